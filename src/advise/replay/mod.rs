//! An estate's window played again in one scene after the other: as it ran, on Fargate with the
//! recommended sizes, on instances, as functions. Workload by workload, so that readings need not
//! be held all at once.
//!
//! What differs between scenes is tasks, sizes, what they are bought as, and what stands around them.

mod around;
mod assumptions;
pub mod billed;
pub mod commitments;
mod fleets;
mod hosts;
mod instances;
mod lambda_managed;
mod policies;
mod purchase;
mod requests;
mod runs;
mod service;
mod sizes;
mod stage;
mod window;

use super::compare::{self, Around, Hosts, Part};
use super::fleet::{Effort, Wanted};
use super::{Settings, launch, price_finding};
use crate::fit::Fitter;
use crate::model::{
    Advice, Capacity, Code, Finding, HourReplay, Instance, Kind, Place, Platform, Profile,
    Purchase, Ran, ReplayRow, Sample, Scene, SceneReplay, Size, Spent, Verdict, Workload,
};
use crate::replay::HOUR;
use crate::units::MiB;
use commitments::Contract;
use policies::With;
use purchase::Rates;
use service::Kept;
use stage::Stage;
use std::collections::BTreeMap;

pub use assumptions::assumptions;
pub use window::Window;

/// What is asked for.
pub struct Asked<'a> {
    pub scenes: &'a [Scene],
    /// The cluster of the scenes on instances.
    pub wanted: &'a Wanted,
    /// From its launch until an instance takes tasks.
    pub instance_start_seconds: u32,
    /// Instances that were seen.
    pub instances: &'a [Instance],
    pub contract: &'a Contract,
    /// Services that scale by themselves keep their policies, with the new sizes.
    pub own_policies: bool,
    /// What stands around, and how Spot is reckoned.
    pub around: &'a Around,
}

/// Plays workloads one after the other.
pub struct Player<'p> {
    fitter: &'p Fitter<'p>,
    settings: &'p Settings,
    asked: &'p Asked<'p>,
    window: Window,
    stages: Vec<Result<Stage, (Scene, Finding)>>,
    /// Of the scenes on hosts.
    hosts: Option<Hosts>,
    /// Of that on instances which Lambda keeps, by workload.
    managed: BTreeMap<String, Result<(Part, u128), Finding>>,
}

/// A workload with what is known of it.
#[derive(Clone, Copy)]
struct Actor<'a> {
    advice: &'a Advice,
    profile: &'a Profile,
    /// In order of time.
    samples: &'a [Sample],
}

impl<'p> Player<'p> {
    #[must_use]
    pub fn new(
        advices: &[Advice],
        fitter: &'p Fitter<'p>,
        settings: &'p Settings,
        asked: &'p Asked<'p>,
        window: Window,
        effort: &Effort<'_>,
    ) -> Self {
        let fleets = fleets::fleets(advices, fitter, asked, effort);
        let stages = asked.scenes.iter().map(|scene| {
            let mut stage = Stage::new(*scene, &window, !asked.contract.is_empty());
            if let Some((_, planned)) = fleets.iter().find(|(one, _)| one == scene) {
                let planned = planned.as_ref().map_err(|why| (*scene, why.clone()))?;
                let (planned, wanted) = planned;
                let cluster = instances::Cluster::new(planned, fitter.catalog(), wanted);
                stage.cluster = Some(cluster);
            }
            Ok(stage)
        });
        let stages = stages.collect();
        let on_hosts = asked.scenes.iter().any(|scene| scene.hosts().is_some());
        let hosts = on_hosts.then(|| compare::hosts(advices, fitter, asked.wanted, asked.around));
        let managed = if asked.scenes.contains(&Scene::LambdaManagedInstances) {
            compare::lambda_managed(advices, fitter, asked.wanted, asked.around)
        } else {
            BTreeMap::new()
        };
        Player { fitter, settings, asked, window, stages, hosts, managed }
    }

    /// Plays one workload in all scenes.
    pub fn play(&mut self, advice: &Advice, profile: &Profile, samples: &[Sample]) {
        let actor = Actor { advice, profile, samples };
        let mut stages = std::mem::take(&mut self.stages);
        for stage in stages.iter_mut().filter_map(|stage| stage.as_mut().ok()) {
            let row = self.played(stage, actor);
            self.surround(stage, actor, &row);
            stage.rows.push(row);
        }
        self.stages = stages;
    }

    fn played(&self, stage: &mut Stage, actor: Actor<'_>) -> ReplayRow {
        let advice = actor.advice;
        let row = |runs_as: String, outcome: Result<Ran, Finding>, stays| ReplayRow {
            workload: advice.workload.id.clone(),
            runs_as,
            findings: outcome.iter().filter_map(beyond_the_quota).collect(),
            outcome,
            stays,
        };
        let played = stage.scene == Scene::Current && advice.workload.kind != Kind::Function;
        if advice.workload.gone_since.is_some() && !played {
            let why = Finding::new(Code::Gone, String::new()).about(&advice.workload.id);
            return row("-".to_owned(), Err(why), None);
        }
        if advice.workload.kind == Kind::Function {
            let played = self.function(stage, actor);
            return row(played.0, played.1.map_err(|why| why.about(&advice.workload.id)), None);
        }
        let (stays, tried) = match stage.scene {
            Scene::Current => (None, self.current(stage, actor)),
            Scene::Fargate => (None, self.recommended(stage, actor, None)),
            Scene::FargateArm => match arm(actor) {
                Ok(size) => (None, self.recommended(stage, actor, Some(size))),
                Err(why) => (Some(why), self.recommended(stage, actor, None)),
            },
            Scene::FargateSpot => self.or_stays(stage, actor, Self::on_spot),
            Scene::EksFargate => self.or_stays(stage, actor, Self::as_pod),
            Scene::Lambda => self.or_stays(stage, actor, Self::as_function),
            Scene::LambdaManagedInstances => {
                self.or_stays(stage, actor, Self::on_lambdas_instances)
            }
            Scene::Ec2
            | Scene::Ec2Fixed
            | Scene::ManagedInstances
            | Scene::EksEc2
            | Scene::EksAutoMode => self.or_stays(stage, actor, Self::on_instances),
            Scene::ComposeOneHost
            | Scene::ComposeTwoHosts
            | Scene::BeanstalkSingle
            | Scene::BeanstalkBalanced
            | Scene::BeanstalkEcs => self.or_stays(stage, actor, Self::on_hosts),
        };
        let (runs_as, outcome) = tried;
        let about = |why: Finding| why.about(&advice.workload.id);
        // What has no price on Fargate either does not stay there.
        let stays = stays.filter(|_| outcome.is_ok());
        let mut row = row(runs_as, outcome.map_err(about), stays.map(about));
        let doubtful = advice.findings.iter().filter(|one| match one.code {
            Code::TasksAssumed | Code::ScalingUnknown | Code::Gone => true,
            Code::SizeChanged => {
                stage.scene == Scene::Current && sizes::history(&advice.workload).is_none()
            }
            _ => false,
        });
        row.findings.extend(doubtful.cloned());
        row
    }

    /// As the scene has it, or on Fargate and why.
    fn or_stays(
        &self,
        stage: &mut Stage,
        actor: Actor<'_>,
        there: impl Fn(&Self, &mut Stage, Actor<'_>) -> Result<Played, Finding>,
    ) -> (Option<Finding>, Played) {
        match there(self, stage, actor) {
            Ok(played) => (None, played),
            Err(why) => (Some(why), self.recommended(stage, actor, None)),
        }
    }

    /// On Fargate Spot with the recommended size, as an expected value.
    fn on_spot(&self, stage: &mut Stage, actor: Actor<'_>) -> Result<Played, Finding> {
        let workload = &actor.advice.workload;
        if let Some(why) = compare::bound_to_a_host(actor.advice) {
            return Err(why);
        }
        let place = Place::Fargate(
            Platform::of(workload.operating_system, workload.architecture),
            Purchase::Spot,
        );
        let found = actor.advice.places.iter().find(|one| one.place == place);
        if let Some(Verdict::Refused(why)) = found.map(|one| &one.verdict) {
            return Err(why.clone());
        }
        let (Some(recommended), Place::Fargate(platform, _)) = (&actor.advice.recommended, place)
        else {
            return Err(Finding::new(Code::ReplayNotSized, String::new()));
        };
        let (size, spot) = (recommended.size, self.asked.around.spot);
        let rates = Rates::expected(self.fitter, workload, platform, size, spot)?;
        let kept = self.kept(actor, size, false)?;
        let ran = self.tasks(stage, actor, size, kept, Some(&rates));
        Ok((format!("{} {}", place.name(), size.short()), ran))
    }

    /// As pods on Fargate, of which a part is the pod's own.
    fn as_pod(&self, stage: &mut Stage, actor: Actor<'_>) -> Result<Played, Finding> {
        let workload = &actor.advice.workload;
        if let Some(why) = compare::bound_to_a_host(actor.advice) {
            return Err(why);
        }
        let pod = compare::pod_size(actor.advice, self.fitter)?;
        let own = MiB(pod.memory.0.saturating_sub(compare::POD_MIB));
        let size = Size { memory: own, ..pod };
        let rates = Rates::of_pod(self.fitter, workload, pod)?;
        let kept = self.kept(actor, size, false)?;
        let ran = self.tasks(stage, actor, size, kept, Some(&rates));
        Ok((format!("pod {}", pod.short()), ran))
    }

    /// As it ran.
    fn current(&self, stage: &mut Stage, actor: Actor<'_>) -> Played {
        let advice = actor.advice;
        let workload = &advice.workload;
        let Some(size) = workload.size else {
            return ("-".to_owned(), Err(Finding::new(Code::SizeUnknown, String::new())));
        };
        let platform = Platform::of(workload.operating_system, workload.architecture);
        if let Err(why) = launch::parts(workload, advice.observed.tasks_per_mille) {
            // On instances that were seen, which are paid for together.
            let runs_as = format!("instances {}", size.short());
            if !self.runs_on_seen(workload) {
                return (runs_as, Err(why));
            }
            return (runs_as, self.tasks(stage, actor, size, None, None));
        }
        let runs_as =
            format!("{} {}", Place::Fargate(platform, Purchase::OnDemand).name(), size.short());
        if let Some(sizes) = sizes::history(workload).filter(|_| !actor.samples.is_empty()) {
            return (runs_as, self.through_sizes(stage, actor, platform, &sizes));
        }
        if !self.fitter.catalog().sells(platform, size) {
            return (runs_as, Err(Finding::new(Code::SizeNotSold, size.short())));
        }
        let rates = Rates::new(self.fitter, workload, platform, size);
        (runs_as, rates.and_then(|rates| self.tasks(stage, actor, size, None, Some(&rates))))
    }

    /// On EC2 instances of its cluster that were seen?
    fn runs_on_seen(&self, workload: &Workload) -> bool {
        let on_ec2 = workload.launch.iter().all(|one| one.capacity == Capacity::Ec2);
        let same = |one: &Instance| {
            workload.cluster.as_ref().is_none_or(|cluster| one.cluster == *cluster)
        };
        on_ec2 && self.asked.instances.iter().any(same)
    }

    /// On Fargate with the recommended size, or on ARM with the one for it.
    fn recommended(&self, stage: &mut Stage, actor: Actor<'_>, arm: Option<Size>) -> Played {
        let workload = &actor.advice.workload;
        if let Some(why) = compare::bound_to_a_host(actor.advice) {
            return ("-".to_owned(), Err(why));
        }
        let Some(recommended) = &actor.advice.recommended else {
            let why = Finding::new(Code::ReplayNotSized, String::new());
            return ("-".to_owned(), Err(why));
        };
        let platform = match arm {
            Some(_) => Platform::LinuxArm,
            None => Platform::of(workload.operating_system, workload.architecture),
        };
        let size = arm.unwrap_or(recommended.size);
        let runs_as =
            format!("{} {}", Place::Fargate(platform, Purchase::OnDemand).name(), size.short());
        let rates = Rates::new(self.fitter, workload, platform, size);
        let kept = self.kept(actor, size, false);
        let ran = rates.and_then(|rates| self.tasks(stage, actor, size, kept?, Some(&rates)));
        (runs_as, ran)
    }

    /// How the number of tasks is kept with a size, on instances or on Fargate.
    fn kept(
        &self,
        actor: Actor<'_>,
        size: Size,
        on_instances: bool,
    ) -> Result<Option<Kept>, Finding> {
        if self.asked.own_policies {
            let with = With { size, on_instances, samples: actor.samples };
            return policies::own(&actor.advice.workload, with, self.window.seconds());
        }
        Ok(service::recommended(actor.advice, size))
    }

    /// Ends the play: instances come and go by what all tasks need.
    #[must_use]
    pub fn finish(self) -> Vec<Result<SceneReplay, (Scene, Finding)>> {
        let mut player = self;
        let stages = std::mem::take(&mut player.stages);
        let Player { fitter, settings, asked, window, .. } = &player;
        let finished = |stage: Result<Stage, (Scene, Finding)>| {
            let mut stage = stage?;
            let mut types = [stage.stand_on_hosts(), stage.stand_managed()].concat();
            if let Some(cluster) = stage.cluster.take() {
                types = cluster.play(&mut stage, asked);
            } else if stage.scene == Scene::Current && !asked.instances.is_empty() {
                let seen = instances::seen(asked, fitter.catalog());
                match seen {
                    Ok((pico, instances)) => {
                        stage.stand(&instances, pico);
                        types = instances.into_keys().collect();
                    }
                    Err(why) => stage.lose_instances(&why),
                }
            }
            let around_unknown = player.stand_around(&mut stage).err();
            stage.rows.sort_by(|a, b| a.workload.cmp(&b.workload));
            let shared =
                |hour: &HourReplay| hour.pico[Spent::Instances as usize] + hour.around_pico;
            let shared: u128 = stage.hours.iter().map(shared).sum();
            let window_seconds = u128::from(window.live_seconds());
            let rows = stage.rows.iter().filter_map(|row| row.outcome.as_ref().ok()?.month_pico);
            let month_pico = rows.sum::<u128>()
                + stage.requests_month_pico
                + shared * month_seconds(settings) / window_seconds.max(1);
            let contract = Some(asked.contract).filter(|contract| !contract.is_empty());
            let committed =
                contract.map(|contract| commitments::committed(&stage, fitter.catalog(), contract));
            Ok(SceneReplay {
                committed,
                scene: stage.scene,
                hours: stage.hours,
                rows: stage.rows,
                instance_types: types,
                month_pico,
                around_unknown,
            })
        };
        stages.into_iter().map(finished).collect()
    }
}

/// Executions at once that an account may have by default.
const QUOTA: u64 = 1_000;

fn beyond_the_quota(ran: &Ran) -> Option<Finding> {
    let most = ran.most_at_once.filter(|most| *most > QUOTA)?;
    Some(Finding::new(Code::LambdaConcurrency, format!("{most} of {QUOTA}")))
}

/// Its size on ARM.
fn arm(actor: Actor<'_>) -> Result<Size, Finding> {
    let place = Place::Fargate(Platform::LinuxArm, Purchase::OnDemand);
    let found = actor.advice.places.iter().find(|one| one.place == place);
    match found.map(|one| &one.verdict) {
        Some(Verdict::Fits(fit)) => {
            // What scales by itself keeps the size that its policy was looked for with.
            let scaled = actor.advice.recommended.as_ref().filter(|one| one.scaling.is_some());
            scaled
                .map(|one| one.size)
                .or(fit.size)
                .ok_or_else(|| Finding::new(Code::NotPriced, place.name()))
        }
        Some(Verdict::Refused(why)) => Err(why.clone()),
        None => Err(Finding::new(Code::NotPriced, place.name())),
    }
}

/// What it runs as, and what came of it.
type Played = (String, Result<Ran, Finding>);

fn month_seconds(settings: &Settings) -> u128 {
    u128::from(settings.month.hours) * u128::from(HOUR.unsigned_abs())
}

#[cfg(test)]
mod tests;
