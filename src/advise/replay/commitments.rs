//! A scene's hours under commitments: what is used of them, what they leave, and the best one
//! beside them.

use super::Stage;
use crate::bill::commitment::{
    self, Commitments, Instance, PARTS, Plan, PlanKind, Reserved, Used, settle,
};
use crate::model::{BestPlan, Catalog, Committed, PlanType, Platform, Purchase, Rated, Terms};
use crate::replay::HOUR;
use std::collections::{BTreeMap, BTreeSet};

/// As reservations name it.
pub const LINUX: &str = "Linux/UNIX";
/// Zones of instances that are played are not known: all are in this one.
pub const ANY_ZONE: &str = "";

/// What is committed, and what is asked about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contract {
    pub reserved: Vec<Reserved>,
    pub plans: Vec<(Plan, Terms)>,
    /// So many more are known not to be known.
    pub unknown: usize,
    /// Off everything that is paid on demand, in hundredths of a percent.
    pub discount: u32,
    /// The terms of a plan that is looked for beside those.
    pub best: Option<(PlanType, Terms)>,
}

impl Contract {
    /// Is there anything to say?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Contract::default()
    }

    /// In the order in which they are applied: plans of a family first.
    fn ordered(&self) -> Vec<&(Plan, Terms)> {
        let mut all: Vec<&(Plan, Terms)> = self.plans.iter().collect();
        all.sort_by_key(|(plan, _)| plan.kind == PlanKind::Compute);
        all
    }
}

/// What was used in each hour, by what it is, in millionths of a whole one.
#[derive(Clone, Debug, Default)]
pub(super) struct Uses {
    /// Nobody asks about commitments: nothing is noted.
    unasked: bool,
    all: BTreeMap<Rated, BTreeMap<usize, u64>>,
}

impl Uses {
    pub fn new(asked: bool) -> Self {
        Uses { unasked: !asked, ..Uses::default() }
    }

    pub fn add(&mut self, rated: &Rated, hour: usize, parts: u128) {
        let parts = u64::try_from(parts).unwrap_or(u64::MAX);
        if parts == 0 || self.unasked {
            return;
        }
        if !self.all.contains_key(rated) {
            self.all.insert(rated.clone(), BTreeMap::new());
        }
        if let Some(hours) = self.all.get_mut(rated) {
            *hours.entry(hour).or_default() += parts;
        }
    }
}

/// What a scene comes to under a contract.
pub(super) fn committed(stage: &Stage, catalog: &Catalog, contract: &Contract) -> Committed {
    let list: u128 = stage.hours.iter().map(crate::model::HourReplay::used).sum();
    let priced: Vec<(&Rated, &BTreeMap<usize, u64>, u64)> = stage
        .uses
        .all
        .iter()
        .filter_map(|(rated, hours)| Some((rated, hours, on_demand(catalog, rated)?)))
        .collect();
    let off = |pico: u128| pico * u128::from(10_000 - contract.discount.min(10_000)) / 10_000;
    let (mut unrated, mut unrated_best) = (BTreeSet::new(), BTreeSet::new());
    let rate = |plan: PlanType, terms: Terms, rated: &Rated| catalog.plan_rate(plan, terms, rated);
    let mut told = Committed { list_pico: list, ..Committed::default() };
    let listed = stage.hours.iter().map(|hour| off(hour.used()));
    told.hourly_effective_pico = listed.collect();
    let mut left_hours: Vec<Vec<Used>> = Vec::with_capacity(stage.hours.len());
    for (number, live) in stage.window.live.iter().enumerate().filter(|(_, live)| **live > 0) {
        // Of an hour at the window's edge as if all of it were like what is in it.
        let live = u64::from(*live);
        let whole = HOUR.unsigned_abs();
        let of_hour = |pico: u128| pico * u128::from(live) / u128::from(whole);
        let mut hour: Vec<Used> = priced
            .iter()
            .map(|(rated, hours, on_demand)| {
                let parts = hours.get(&number).copied().unwrap_or(0);
                used(rated, parts.saturating_mul(whole) / live, *on_demand, catalog)
            })
            .collect();
        let before = cost(&hour);
        let committed_before = told.committed_pico;
        let (committed, idle) = apply_reserved(&mut hour, contract);
        told.committed_pico += of_hour(committed);
        told.idle_pico += of_hour(idle);
        for (plan, terms) in contract.ordered() {
            let kind = match plan.kind {
                PlanKind::Compute => PlanType::Compute,
                PlanKind::Ec2 { .. } => PlanType::Ec2Instance,
            };
            for (one, (rated, ..)) in hour.iter_mut().zip(&priced) {
                let known = rate(kind, *terms, rated);
                one.compute = known.filter(|_| kind == PlanType::Compute);
                one.ec2 = known.filter(|_| kind == PlanType::Ec2Instance);
                let may = match &plan.kind {
                    PlanKind::Compute => true,
                    PlanKind::Ec2 { family, region } => {
                        one.family() == Some(family) && one.region == *region
                    }
                };
                if known.is_none() && may && one.parts > 0 {
                    unrated.insert(one.what.clone());
                }
            }
            let alone = Commitments { reserved: Vec::new(), plans: vec![plan.clone()] };
            let settled = settle(&hour, &alone);
            told.committed_pico += of_hour(plan.hourly);
            told.idle_pico += of_hour(plan.hourly - settled.used[0]);
            for (one, (parts, _)) in hour.iter_mut().zip(settled.on_demand) {
                one.parts = parts;
            }
        }
        let rest = stage.hours[number].used().saturating_sub(of_hour(before - cost(&hour)));
        let committed = told.committed_pico - committed_before;
        told.hourly_effective_pico[number] = off(rest) + committed;
        if let Some((kind, terms)) = contract.best {
            for (one, (rated, ..)) in hour.iter_mut().zip(&priced) {
                let known = rate(kind, terms, rated);
                one.compute = known.filter(|_| kind == PlanType::Compute);
                one.ec2 = known.filter(|_| kind == PlanType::Ec2Instance);
                // What a plan is held against is what would be paid.
                one.on_demand = u64::try_from(off(one.on_demand.into())).unwrap_or(u64::MAX);
                let may = kind == PlanType::Compute || one.instance.is_some();
                if known.is_none() && may && one.parts > 0 {
                    unrated_best.insert(one.what.clone());
                }
            }
            hour.retain(|one| one.parts > 0 && (one.compute.is_some() || one.ec2.is_some()));
            left_hours.push(hour);
        }
    }
    told.contracted_pico = off(list);
    told.effective_pico = told.hourly_effective_pico.iter().sum();
    told.best = contract.best.and_then(|(kind, _)| best(&left_hours, kind, &catalog.region));
    told.unrated = unrated.into_iter().collect();
    if let Some(best) = &mut told.best {
        best.unrated = unrated_best.into_iter().collect();
    }
    told
}

/// Of a kind; of plans of a family that of the family with which the most is saved.
fn best(hours: &[Vec<Used>], kind: PlanType, region: &str) -> Option<BestPlan> {
    let families = hours.iter().flatten().filter_map(Used::family);
    let of_family =
        |family: &str| PlanKind::Ec2 { family: family.to_owned(), region: region.to_owned() };
    let mut kinds: Vec<PlanKind> = match kind {
        PlanType::Compute => vec![PlanKind::Compute],
        PlanType::Ec2Instance => {
            families.collect::<BTreeSet<_>>().into_iter().map(of_family).collect()
        }
    };
    if kinds.is_empty() {
        // Nothing it could be applied to: none.
        kinds.push(of_family(""));
    }
    let found = kinds.into_iter().filter_map(|kind| {
        let best = commitment::best(hours, &Commitments::default(), &kind)?;
        let family = match kind {
            PlanKind::Ec2 { family, .. } if best.hourly > 0 => Some(family),
            _ => None,
        };
        Some(BestPlan {
            family,
            hourly_pico: best.hourly,
            saved_pico: best.without.saturating_sub(best.cost),
            utilization: best.utilization,
            coverage: best.coverage,
            regret: best.regret,
            unrated: Vec::new(),
        })
    });
    found.max_by_key(|one| one.saved_pico)
}

fn cost(hour: &[Used]) -> u128 {
    settle(hour, &Commitments::default()).total
}

/// What reservations cost in an hour, and what of that stands idle.
fn apply_reserved(hour: &mut [Used], contract: &Contract) -> (u128, u128) {
    let (mut committed, mut unused) = (0, 0);
    if contract.reserved.is_empty() {
        return (committed, unused);
    }
    let alone = Commitments { reserved: contract.reserved.clone(), plans: Vec::new() };
    let settled = settle(hour, &alone);
    for (one, idle) in contract.reserved.iter().zip(settled.idle) {
        committed += u128::from(one.hourly) * u128::from(one.count);
        unused += u128::from(one.hourly) * u128::from(idle) / u128::from(PARTS);
    }
    for (one, (parts, _)) in hour.iter_mut().zip(settled.on_demand) {
        one.parts = parts;
    }
    (committed, unused)
}

fn used(rated: &Rated, parts: u64, on_demand: u64, catalog: &Catalog) -> Used {
    let instance = match rated {
        Rated::Instance(name) => Some(Instance {
            instance_type: name.clone(),
            zone: ANY_ZONE.to_owned(),
            size_flexible: true,
            platform: LINUX.to_owned(),
        }),
        _ => None,
    };
    let region = catalog.region.clone();
    Used { what: name(rated), parts, on_demand, compute: None, ec2: None, region, instance }
}

/// As people read it.
fn name(rated: &Rated) -> String {
    match rated {
        Rated::FargateVcpu(platform) => format!("Fargate {} vCPU", platform.name()),
        Rated::FargateMemory(platform) => format!("Fargate {} memory", platform.name()),
        Rated::LambdaDuration(architecture) => {
            format!("Lambda {} duration", format!("{architecture:?}").to_lowercase())
        }
        Rated::Instance(name) => name.clone(),
    }
}

/// Pico-dollars for a whole one on demand: of Lambda the first tier's.
pub(super) fn on_demand(catalog: &Catalog, rated: &Rated) -> Option<u64> {
    let fargate = |platform: &Platform| catalog.fargate(*platform, Purchase::OnDemand);
    match rated {
        Rated::FargateVcpu(platform) => Some(fargate(platform)?.vcpu.as_ref()?.price.as_pico()),
        Rated::FargateMemory(platform) => Some(fargate(platform)?.memory.as_ref()?.price.as_pico()),
        Rated::LambdaDuration(architecture) => {
            Some(catalog.lambda(*architecture)?.duration.first()?.price.price.as_pico())
        }
        Rated::Instance(name) => Some(catalog.instance(name)?.price.price.as_pico()),
    }
}
