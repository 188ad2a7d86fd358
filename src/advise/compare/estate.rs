//! The estate as one: where all of it on ECS with instances costs what all of it on Fargate does.
//! Workloads that can only be in one of both are left out of the question.

use super::break_even::{FINE, STEPS, by_plan, by_the_hour, of_a_day, of_instances, part_of};
use super::questions::{Moves, Rival, rivals};
use super::shared::wanted_in;
use super::{Context, conclude};
use crate::advise::fleet::{Effort, Planned, planned_times, times};
use crate::model::ledger::{BreakEven, Curves, Home, Ledger, Question, Row};
use crate::model::{Advice, Architecture, FleetPlan, Kind, Platform};
use std::collections::BTreeMap;

/// Today's number of tasks is looked at half, twice, ... so often.
const DOUBLINGS: u32 = 7;
const NAME: &str = BreakEven::ESTATE;

/// Pico-dollars a month of a workload on Fargate and on ECS.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    /// Tasks of a service at their most; none of a job, which is not there all month.
    copies: u32,
    /// What does not depend on the number of tasks, and what does.
    fixed: [u128; 2],
    by_task: [u128; 2],
    /// Its share of the instances.
    instances: u128,
}

pub(super) struct Estate<'c> {
    context: &'c Context<'c>,
    effort: &'c Effort<'c>,
    advices: Vec<Advice>,
    rows: Vec<&'c Row>,
    parts: Vec<Part>,
    own: Home,
    plan: Option<FleetPlan>,
}

impl<'c> Estate<'c> {
    /// Nothing where no workload can be in both.
    pub fn of(
        context: &'c Context<'c>,
        ledger: &'c Ledger,
        effort: &'c Effort<'c>,
    ) -> Option<Self> {
        let rows: BTreeMap<&str, &Row> =
            ledger.rows.iter().map(|row| (row.workload.as_str(), row)).collect();
        let both = context.advices.iter().filter_map(|advice| {
            let row = *rows.get(advice.workload.id.as_str())?;
            let priced = row.price(own(advice)).is_some() && row.price(Home::Ecs).is_some();
            priced.then_some((advice, row))
        });
        let both: Vec<(&Advice, &Row)> = both.collect();
        let first = both.first().map(|(advice, _)| own(advice))?;
        let advices: Vec<Advice> = both.iter().map(|(advice, _)| (*advice).clone()).collect();
        let mut estate = Estate {
            context,
            effort,
            rows: both.iter().map(|(_, row)| *row).collect(),
            parts: Vec::new(),
            // Each on its own architecture; named by the first of them.
            own: first,
            plan: None,
            advices,
        };
        let planned = estate.planned(1_000);
        let copies: BTreeMap<&str, u32> = planned
            .iter()
            .flat_map(|planned| &planned.tasks)
            .map(|task| (task.workload.as_str(), task.copies))
            .collect();
        estate.parts = both
            .iter()
            .map(|(advice, row)| part(advice, row, copies.get(row.workload.as_str()).copied()))
            .collect();
        estate.plan = planned.map(|planned| planned.plan);
        Some(estate)
    }

    /// Its fleet with so many thousandths of the tasks.
    fn planned(&self, per_mille: u64) -> Option<Planned> {
        let wanted =
            wanted_in(Home::Ecs, self.context.wanted, self.context.address().ok()?).ok()?;
        let catalog = self.context.catalog;
        planned_times(&self.advices, catalog, &wanted, self.effort, per_mille).ok()
    }

    /// All questions that have an answer.
    pub fn break_evens(&self) -> Vec<BreakEven> {
        let mut all = Vec::new();
        let [fargate, ecs] = self.today();
        let moves =
            |home: Home, pico: u128, part: u128| Moves { id: NAME, home: home.name(), pico, part };
        // Against each other, and against what is cheaper than both.
        let third = self.rival(&[Home::Ecs]).filter(|one| one.1 < fargate.min(ecs));
        let (to_ecs, to_fargate) = ((self.own, fargate), (Home::Ecs, ecs));
        let to_ecs: Vec<Rival<'_>> = rivals(Some(to_ecs), third).collect();
        let to_fargate: Vec<Rival<'_>> = rivals(Some(to_fargate), third).collect();
        if let Some(taken) = self.taken() {
            let fuller = moves(Home::Ecs, ecs, self.instances());
            all.extend(to_ecs.iter().filter_map(|other| fuller.density(taken, *other)));
        }
        all.extend(self.tasks());
        let services = self.advices.iter().zip(&self.parts).filter(|(_, part)| part.copies > 0);
        let (mut by_hour, mut all_day) = (0, 0);
        for (advice, part) in services {
            let paid = part.by_task[0];
            by_hour += paid;
            all_day += paid * u128::from(FINE) / u128::from(of_a_day(advice).max(1));
        }
        let longer = moves(self.own, fargate, by_hour);
        let day = (by_hour * u128::from(FINE)).checked_div(all_day).unwrap_or(0);
        let day = u64::try_from(day).unwrap_or(FINE);
        let third = self.rival(&[Home::Ecs, Home::EksFargate]);
        let stay = rivals(Some((Home::Ecs, ecs)), third.filter(|one| one.1 < fargate.min(ecs)));
        all.extend(stay.filter_map(|other| longer.hours(day, other)));
        let planned = |home: &dyn Fn(&Advice) -> Home| {
            let pairs = self.advices.iter().zip(&self.rows);
            pairs.map(|(advice, row)| part_of(row, home(advice), by_plan)).sum()
        };
        let on_fargate = moves(self.own, fargate, planned(&own));
        if let Some(spot) = self.on_spot() {
            all.extend(to_fargate.iter().filter_map(|other| on_fargate.spot_share(spot, *other)));
        }
        all.extend(to_fargate.iter().filter_map(|other| on_fargate.discount(*other)));
        let covered = self.advices.iter().zip(&self.rows);
        let covered: Vec<(u128, u128)> = covered
            .flat_map(|(advice, row)| self.context.covered(advice, row, own(advice)))
            .collect();
        let hours = self.context.wanted.month_hours;
        all.extend(
            to_fargate.iter().filter_map(|other| on_fargate.commitment(&covered, hours, *other)),
        );
        let on_ecs = moves(Home::Ecs, ecs, planned(&|_| Home::Ecs));
        all.extend(to_ecs.iter().filter_map(|other| on_ecs.discount(*other)));
        all
    }

    /// All of it wanted on Spot, as far as that is cheaper.
    fn on_spot(&self) -> Option<u128> {
        let each = self.advices.iter().zip(&self.rows).map(|(advice, row)| {
            let today = row.price(own(advice))?;
            Some(self.context.all_on_spot(advice)?.pico().min(today))
        });
        each.sum()
    }

    /// All of it in the cheapest home beside some, what cannot be there where it is cheapest by
    /// itself.
    fn rival(&self, but: &[Home]) -> Option<(Home, u128)> {
        let all = |home: Home| -> Option<u128> {
            let each = self.advices.iter().zip(&self.rows).map(|(advice, row)| {
                let (_, entry) = row.homes.iter().find(|(one, _)| *one == home)?;
                let price = match entry {
                    Ok(price) if conclude::is_ready(home, entry, &advice.workload) => price,
                    Ok(_) => return None,
                    Err(_) => row.parts(row.verdict.firm?)?,
                };
                Some((row.workload.as_str(), price))
            });
            let each: Vec<_> = each.collect::<Option<_>>()?;
            Some(self.context.together(each.into_iter()))
        };
        let fits = |home: &Home| self.rows.iter().any(|row| row.price(*home).is_some());
        let may = |home: &Home| {
            !matches!(home, Home::Fargate(_) | Home::FargateSpot(_)) && !but.contains(home)
        };
        let homes = Home::ALL.into_iter().filter(may).filter(fits);
        homes.filter_map(|home| Some((home, all(home)?))).min_by_key(|(_, pico)| *pico)
    }

    fn today(&self) -> [u128; 2] {
        let sum = |side: usize| {
            let parts = self.parts.iter();
            parts.map(|one| one.fixed[side] + one.by_task[side]).sum::<u128>()
        };
        [sum(0), sum(1) + self.instances()]
    }

    fn instances(&self) -> u128 {
        self.parts.iter().map(|one| one.instances).sum()
    }

    /// What of its instances tasks take, in fine parts.
    pub(super) fn taken(&self) -> Option<u64> {
        let [(cpu, all_cpu), (memory, all_memory), ..] = self.plan.as_ref()?.used();
        let weight = |cpu: u64, memory: u64| u128::from(cpu) * 9 + u128::from(memory);
        let part = weight(cpu, memory) * u128::from(FINE);
        let part = part.checked_div(weight(all_cpu, all_memory))?;
        u64::try_from(part).ok().filter(|part| *part > 0)
    }

    /// What all cost on instances of which tasks take so many parts.
    fn on_instances(&self, taken: u64, parts: u64) -> u128 {
        let [_, ecs] = self.today();
        let instances = self.instances();
        ecs - instances + instances * u128::from(taken) / u128::from(parts.max(1))
    }

    /// How many tasks have there to be? The place that is nearest to today, in doublings.
    fn tasks(&self) -> Option<BreakEven> {
        self.plan.as_ref()?;
        let mut known = BTreeMap::new();
        let mut cheaper = |per_mille: u64| {
            let sides = *known.entry(per_mille).or_insert_with(|| self.times(per_mille));
            sides.map(|[fargate, ecs]| fargate < ecs)
        };
        let today = cheaper(1_000)?;
        let other = |per_mille: &u64, cheaper: &mut dyn FnMut(u64) -> Option<bool>| {
            cheaper(*per_mille).is_some_and(|one| one != today)
        };
        let (mut low, mut high) = (1..=DOUBLINGS).find_map(|step| {
            let (up, down) = (1_000 << step, 1_000 >> step);
            if other(&up, &mut cheaper) {
                return Some((up / 2, up));
            }
            other(&down, &mut cheaper).then_some((down, down * 2))
        })?;
        let first = cheaper(low)?;
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if cheaper(middle)? == first { low = middle } else { high = middle }
        }
        let count = |per_mille: u64| -> u64 {
            let services = self.parts.iter().filter(|one| one.copies > 0);
            services.map(|one| u64::from(times(one.copies, per_mille))).sum()
        };
        let homes = [self.own.name(), Home::Ecs.name()];
        let homes = if first { homes } else { [homes[1], homes[0]] };
        let [fargate, ecs] = self.times(high)?;
        Some(answer(Question::Tasks, count(high), count(1_000), homes, (fargate, ecs)))
    }

    /// What all cost with so many thousandths of each service's tasks.
    pub(super) fn times(&self, per_mille: u64) -> Option<[u128; 2]> {
        let plan = self.planned(per_mille)?.plan;
        let mut sides = [0, plan.pico_an_hour * u128::from(self.context.wanted.month_hours)];
        for part in &self.parts {
            // A job has no copies, and is as it was.
            let copies = u128::from(times(part.copies, per_mille));
            for (side, sum) in sides.iter_mut().enumerate() {
                let by_task = part.by_task[side];
                *sum += part.fixed[side]
                    + (by_task * copies).checked_div(u128::from(part.copies)).unwrap_or(by_task);
            }
        }
        Some(sides)
    }

    /// On instances beside Fargate, over what of them tasks take, in percent.
    pub fn by_utilization(&self) -> Option<Curves> {
        let ([fargate, _], taken) = (self.today(), self.taken()?);
        let hundredth = FINE / STEPS;
        Some(Curves {
            names: ["ECS on EC2".to_owned(), "Fargate".to_owned()],
            points: (20..=STEPS)
                .map(|used| (used, [self.on_instances(taken, used * hundredth), fargate]))
                .collect(),
        })
    }
}

fn answer(
    question: Question,
    at: u64,
    now: u64,
    [below, above]: [&str; 2],
    (one, other): (u128, u128),
) -> BreakEven {
    BreakEven {
        workload: NAME.to_owned(),
        question,
        at,
        now: Some(now),
        below: below.to_owned(),
        above: above.to_owned(),
        both: [one, other],
    }
}

/// On Fargate, with the image that there is.
fn own(advice: &Advice) -> Home {
    match advice.workload.architecture {
        Architecture::X86 => Home::Fargate(Platform::LinuxX86),
        Architecture::Arm => Home::Fargate(Platform::LinuxArm),
    }
}

fn part(advice: &Advice, row: &Row, copies: Option<u32>) -> Part {
    let all = |home: Home| row.price(home).unwrap_or(0);
    let homes = [own(advice), Home::Ecs];
    let copies = copies.filter(|_| advice.workload.kind == Kind::Service).unwrap_or(0);
    if copies == 0 {
        return Part { fixed: homes.map(all), ..Part::default() };
    }
    let fixed = homes.map(|home| part_of(row, home, |what| !by_the_hour(what)));
    let instances = part_of(row, Home::Ecs, of_instances);
    let by_task = [all(homes[0]) - fixed[0], all(homes[1]) - fixed[1] - instances];
    Part { copies, fixed, by_task, instances }
}
