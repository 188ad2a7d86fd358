//! Where the cheapest home of a workload changes: tasks an instance, hours a day, requests, Spot share, a
//! commitment's discount. Each by bisection, until both sides are equal to the cent.

use super::questions::{Moves, Rival, rivals};
use super::shared::{AROUND, INSTANCES};
use super::watched::INSIGHTS;
use super::{Balancers, Context, NAT, alone, conclude};
use crate::advise::fleet::Wanted;
use crate::advise::fleet::offers::volume_pico;
use crate::advise::starts::Calls;
use crate::bill::{self, FREE_TEMP_MIB};
use crate::model::ledger::{BreakEven, Curves, Home, Ledger, Price, Question, Row};
use crate::model::{
    Advice, Architecture, Demand, FargateRates, Fit, Kind, Payment, Place, PlanType, Platform,
    Purchase, Rated, Terms, World,
};
use crate::units::{MiB, Quantity};

/// Parts of one, in which break-evens are told.
pub(super) const PARTS: u64 = 1_000_000;
/// And looked for: of a large estate a millionth is more than a cent.
pub(super) const FINE: u64 = 1_000_000_000_000;
const MOST_REQUESTS: u64 = 1_000_000_000_000;
/// Points of a curve; percent, too.
pub(super) const STEPS: u64 = 100;

impl Context<'_> {
    /// All questions that have an answer for a workload.
    /// `taken` is how much of their instances all tasks of the estate take, in fine parts.
    pub(super) fn break_evens(
        &self,
        advice: &Advice,
        ledger: &Ledger,
        taken: Option<u64>,
    ) -> Vec<BreakEven> {
        let id = advice.workload.id.as_str();
        let Some(row) = ledger.rows.iter().find(|row| row.workload == id) else {
            return Vec::new();
        };
        let own = match advice.workload.architecture {
            Architecture::X86 => Home::Fargate(Platform::LinuxX86),
            Architecture::Arm => Home::Fargate(Platform::LinuxArm),
        };
        let Some(fargate) = row.price(own) else { return Vec::new() };
        let mut all = Vec::new();
        // A job is not there all month.
        if advice.workload.kind == Kind::Service {
            all.extend(self.tasks_an_instance(advice, own));
            all.extend(self.hours_a_day(advice, own));
        }
        let rival = |but: &[Home]| conclude::rival(row, &advice.workload, but);
        let beside =
            [Home::Lambda(Architecture::X86), Home::Lambda(Architecture::Arm), own, Home::Ecs];
        let held = [Some(own), Some(Home::Ecs), rival(&beside).map(|one| one.0)];
        for home in held.into_iter().flatten() {
            // What others share stays.
            let stays = match self.around.balancers {
                Balancers::Shared => part_of(row, home, |what| what == alone::BALANCER),
                Balancers::Each | Balancers::None => 0,
            } + part_of(row, home, |what| what == NAT);
            all.extend(
                row.price(home).and_then(|price| self.requests(advice, home, price - stays)),
            );
        }
        let moves = |home: Home, of: fn(&str) -> bool| {
            let pico = row.price(home)?;
            Some(Moves { id, home: home.name(), pico, part: part_of(row, home, of) })
        };
        // Of Fargate and instances each against the other, and against the cheapest of all.
        let against = |other: Home, but: &[Home]| {
            let other = row.price(other).map(|price| (other, price));
            rivals(other, rival(but))
        };
        if let (Kind::Service, Some(taken), Some(ecs)) =
            (advice.workload.kind, taken, moves(Home::Ecs, of_instances))
        {
            let others = against(own, &[Home::Ecs]);
            all.extend(others.filter_map(|other| ecs.density(taken, other)));
        }
        let others: Vec<Rival<'_>> = against(Home::Ecs, &[own]).collect();
        if let Some(longer) =
            moves(own, by_the_hour).filter(|_| advice.workload.kind == Kind::Service)
        {
            // Pods on Fargate would run as short.
            let stay = against(Home::Ecs, &[own, Home::EksFargate]);
            let day = of_a_day(advice);
            all.extend(stay.filter_map(|other| longer.hours(day, other)));
        }
        let part = part_of(row, own, by_plan);
        let fargate = Moves { id, home: own.name(), pico: fargate, part };
        if let Some(spot) = self.all_on_spot(advice).map(|price| price.pico()) {
            all.extend(others.iter().filter_map(|other| fargate.spot_share(spot, *other)));
        }
        all.extend(others.iter().filter_map(|other| fargate.discount(*other)));
        let (covered, hours) = (self.covered(advice, row, own), self.wanted.month_hours);
        all.extend(others.iter().filter_map(|other| fargate.commitment(&covered, hours, *other)));
        if let Some(ecs) = moves(Home::Ecs, by_plan) {
            all.extend(against(own, &[Home::Ecs]).filter_map(|other| ecs.discount(other)));
        }
        all
    }

    /// Of what a Compute Savings Plan of a year without an upfront payment covers on Fargate: its
    /// price on demand, and under the plan. Nothing where no rate is known.
    /// So too of what is not there in every hour with as many tasks: only its hours tell
    /// (`loadline replay --best-plan`).
    pub(super) fn covered(&self, advice: &Advice, row: &Row, own: Home) -> Vec<(u128, u128)> {
        if !is_constant(advice) {
            return Vec::new();
        }
        let platform = match advice.workload.architecture {
            Architecture::X86 => Platform::LinuxX86,
            Architecture::Arm => Platform::LinuxArm,
        };
        let terms = Terms { years: 1, payment: Payment::NoUpfront };
        let rates = self.catalog.fargate(platform, Purchase::OnDemand);
        let of = |rated: Rated, list: Option<u64>, what: fn(&str) -> bool| {
            let plan = self.catalog.plan_rate(PlanType::Compute, terms, &rated)?;
            let month = part_of(row, own, what);
            Some((month, month * u128::from(plan) / u128::from(list.filter(|list| *list > 0)?)))
        };
        let list = |of: fn(&FargateRates) -> Option<u64>| rates.and_then(of);
        let vcpu = of(
            Rated::FargateVcpu(platform),
            list(|rates| Some(rates.vcpu.as_ref()?.price.as_pico())),
            |what| what.starts_with("Fargate") && what.ends_with("vCPU"),
        );
        let memory = of(
            Rated::FargateMemory(platform),
            list(|rates| Some(rates.memory.as_ref()?.price.as_pico())),
            |what| what.starts_with("Fargate") && what.ends_with("memory"),
        );
        [vcpu, memory].into_iter().flatten().collect()
    }

    /// All of its tasks wanted on Spot.
    pub(super) fn all_on_spot(&self, advice: &Advice) -> Option<Price> {
        let spot = super::Spot { share: 100, ..self.around.spot };
        let architecture = advice.workload.architecture;
        let mut price = self.spot(advice, architecture, spot).ok()?;
        self.surround(advice, Home::FargateSpot(architecture), &mut price).ok()?;
        Some(price)
    }

    /// A task on Fargate that runs all month, with its address; and an instance's month with
    /// volume and address.
    fn task_and_instance(
        &self,
        advice: &Advice,
        place: Place,
    ) -> Option<(u128, u128, String, u32)> {
        let architecture = advice.workload.architecture;
        let purchase = Purchase::OnDemand;
        let platform = match architecture {
            Architecture::X86 => Platform::LinuxX86,
            Architecture::Arm => Platform::LinuxArm,
        };
        let size = advice.places.iter().find(|one| one.place == Place::Fargate(platform, purchase));
        let size = size?.fit()?.size?;
        let hourly = self.fitter.table(platform, purchase)?.price(size)?;
        let address = self.address().ok()?;
        let task = self.month(hourly.as_pico() + address);
        let found = advice.places.iter().find(|one| one.place == place)?;
        let what = &found.fit()?.what;
        let (tasks, kind) = match what.split_once(' ') {
            Some((share, kind)) => (share.strip_prefix("1/")?.parse().ok()?, kind),
            None => (1, what.as_str()),
        };
        let offer = self.catalog.instance(kind)?;
        let wanted = Wanted { world: World::Ec2, ..self.wanted.clone() };
        let around = volume_pico(self.catalog, &wanted)? + address;
        let instance = self.month(offer.price.price.as_pico() + around);
        Some((task, instance, kind.to_owned(), tasks))
    }

    /// With how many of its tasks on an instance is that as cheap as Fargate?
    fn tasks_an_instance(&self, advice: &Advice, own: Home) -> Option<BreakEven> {
        let place = Place::Ec2Share(advice.workload.architecture);
        let (task, instance, kind, holds) = self.task_and_instance(advice, place)?;
        let sides = |parts: u64| (instance * u128::from(PARTS) / u128::from(parts.max(1)), task);
        // What an instance does not hold is no answer.
        let at = crossing(PARTS / 100, u64::from(holds.max(1)) * PARTS, sides)?;
        Some(BreakEven {
            workload: advice.workload.id.clone(),
            question: Question::TasksAnInstance { instance_type: kind, holds },
            at,
            now: None,
            below: own.name().to_owned(),
            above: Home::Ecs.name().to_owned(),
            both: [sides(at).0, sides(at).1],
        })
    }

    /// If it ran so long each day, and an instance of its own all the time?
    fn hours_a_day(&self, advice: &Advice, own: Home) -> Option<BreakEven> {
        let place = Place::Ec2Own(advice.workload.architecture);
        let (task, instance, kind, _) = self.task_and_instance(advice, place)?;
        let sides = |parts: u64| (task * u128::from(parts) / u128::from(24 * PARTS), instance);
        let at = crossing(0, 24 * PARTS, sides)?;
        Some(BreakEven {
            workload: advice.workload.id.clone(),
            question: Question::HoursADay { instance_type: kind },
            at,
            now: None,
            below: own.name().to_owned(),
            above: Home::Ecs.name().to_owned(),
            both: [sides(at).0, sides(at).1],
        })
    }

    /// What so many requests a month cost as a function, each as today.
    fn as_function(&self, advice: &Advice) -> Option<impl Fn(u64) -> Option<u128>> {
        let architecture = advice.workload.architecture;
        let fit = function(advice)?;
        let (memory, duration) = fit.what.split_once(" MiB, ")?;
        let memory: u32 = memory.parse().ok()?;
        let milliseconds: u64 = duration.strip_suffix(" ms")?.parse().ok()?;
        let temp = advice.workload.ephemeral_gib.map_or(FREE_TEMP_MIB, |gib| gib * 1024);
        let mut around = Price::default();
        self.surround(advice, Home::Lambda(architecture), &mut around).ok()?;
        let free = self.free.of(&fit.bill, self.catalog.lambda(architecture)?);
        Some(move |requests: u64| -> Option<u128> {
            let calls = Calls {
                architecture,
                memory_mib: memory,
                billed_milliseconds: milliseconds,
                temp_mib: temp,
                requests: Quantity::whole(requests),
                month_hours: self.wanted.month_hours,
            };
            let bill = bill::lambda(self.catalog, &calls.used()).ok()?;
            Some(free.left(&bill) + around.pico())
        })
    }

    /// At how many requests a month does Lambda cost what another home does today?
    fn requests(&self, advice: &Advice, other: Home, cost: u128) -> Option<BreakEven> {
        let architecture = advice.workload.architecture;
        let fit = function(advice)?;
        let lambda = self.as_function(advice)?;
        // Beyond the tiers whose prices are known it is dearer in any case.
        let sides = |requests: u64| (lambda(requests).unwrap_or(u128::MAX), cost);
        let at = crossing(0, MOST_REQUESTS, sides)?;
        let line = fit.bill.lines.iter().find(|line| line.unit == "request");
        let now = line.and_then(|line| line.quantity.split('.').next()?.parse().ok());
        Some(BreakEven {
            workload: advice.workload.id.clone(),
            question: Question::RequestsAMonth,
            at,
            now,
            below: Home::Lambda(architecture).name().to_owned(),
            above: other.name().to_owned(),
            both: [lambda(at)?, cost],
        })
    }

    /// Lambda beside Fargate over requests a month, to twice the break-even.
    pub(super) fn by_requests(&self, advice: &Advice, ledger: &Ledger) -> Option<Curves> {
        let all = self.break_evens(advice, ledger, None);
        let fargate = |one: &&BreakEven| {
            one.question == Question::RequestsAMonth && one.above != Home::Ecs.name()
        };
        let one = all.iter().find(fargate)?;
        let lambda = self.as_function(advice)?;
        let (most, fargate) = (one.at.saturating_mul(2).max(STEPS), one.both[1]);
        let point = |step: u64| {
            let requests = most / STEPS * step;
            Some((requests, [lambda(requests)?, fargate]))
        };
        Some(Curves {
            names: [one.below.clone(), one.above.clone()],
            points: (0..=STEPS).map_while(point).collect(),
        })
    }

    /// One task's part of an instance beside Fargate, over how much of the instance tasks like it
    /// take, in percent.
    pub(super) fn by_utilization(&self, advice: &Advice) -> Option<Curves> {
        let place = Place::Ec2Share(advice.workload.architecture);
        let (task, instance, kind, holds) = self.task_and_instance(advice, place)?;
        let full = instance / u128::from(holds.max(1));
        Some(Curves {
            names: [format!("its part of {kind}, which holds {holds}"), "Fargate".to_owned()],
            points: (20..=STEPS)
                .map(|used| (used, [full * 100 / u128::from(used), task]))
                .collect(),
        })
    }

    /// Its name, what memory a task needs, and what that costs on Fargate all month.
    pub(super) fn task_by_memory(&self, advice: &Advice) -> Option<(String, u32, u128)> {
        let (platform, purchase) = (Platform::LinuxX86, Purchase::OnDemand);
        let fit = alone::placed(advice, Place::Fargate(platform, purchase)).ok()?;
        let size = fit.size?;
        let needed = advice.given().map_or(size.memory, |given| given.memory);
        let hourly = self.fitter.table(platform, purchase)?.price(size)?;
        let month = self.month(hourly.as_pico() + self.address().ok()?);
        Some((advice.workload.id.clone(), needed.min(size.memory).0, month))
    }

    /// What a task costs on Fargate and on an instance of its own, by its memory, MiB and
    /// pico-dollars a month: Fargate's line beside EC2's steps.
    pub(super) fn by_memory(&self, cpu: crate::units::CpuUnits) -> Vec<(u32, [Option<u128>; 2])> {
        let platform = Platform::LinuxX86;
        let table = self.fitter.table(platform, Purchase::OnDemand);
        let wanted = Wanted { world: World::Ec2, ..self.wanted.clone() };
        let volume = volume_pico(self.catalog, &wanted);
        let address = self.address().ok();
        let at = |memory: u32| {
            let demand = Demand { cpu, memory: MiB(memory) };
            let fargate = table.and_then(|table| table.price(table.cheapest(demand)?));
            let own = self.fitter.instance(Architecture::X86, demand);
            (
                memory,
                [
                    fargate.zip(address).map(|(price, more)| self.month(price.as_pico() + more)),
                    own.zip(volume).zip(address).map(|((offer, volume), address)| {
                        self.month(offer.price.price.as_pico() + volume + address)
                    }),
                ],
            )
        };
        (1..=64).map(|step| at(step * 512)).collect()
    }
}

/// Has a service as many tasks all the time, as far as they were counted?
fn is_constant(advice: &Advice) -> bool {
    let tasks = advice.recommended.as_ref().map_or(0, |one| one.tasks_per_mille);
    let most = advice.observed.most_tasks.map_or(tasks, |most| u64::from(most) * 1_000);
    advice.workload.kind == Kind::Service && tasks == most && !scales(advice)
}

fn scales(advice: &Advice) -> bool {
    advice.recommended.as_ref().is_some_and(|one| one.scaling.is_some())
}

/// How much of a day, in fine parts, all of a service's tasks would take for what they run now. Of
/// one that scales by itself its day as it is.
pub(super) fn of_a_day(advice: &Advice) -> u64 {
    let most = advice.observed.most_tasks.map_or(0, |most| u64::from(most) * 1_000);
    let tasks = advice.recommended.as_ref().map_or(0, |one| one.tasks_per_mille);
    if scales(advice) || most == 0 || tasks == 0 || tasks >= most {
        return FINE;
    }
    FINE / most * tasks
}

fn function(advice: &Advice) -> Option<&Fit> {
    let place = Place::Lambda(advice.workload.architecture);
    advice.places.iter().find(|one| one.place == place)?.fit()
}

/// What a commitment takes something off: instances and Fargate's CPU and memory.
pub(super) fn by_plan(what: &str) -> bool {
    what == INSTANCES || (what.starts_with("Fargate") && !what.contains("storage"))
}

pub(super) fn of_instances(what: &str) -> bool {
    [INSTANCES, AROUND].contains(&what)
}

/// What others share stays, however long it runs.
pub(super) fn by_the_hour(what: &str) -> bool {
    ![alone::BALANCER, NAT, INSIGHTS].contains(&what)
}

/// Of a price the charges of some kind.
pub(super) fn part_of(row: &Row, home: Home, of: fn(&str) -> bool) -> u128 {
    let found = row.homes.iter().find(|(one, _)| *one == home);
    let charges = found.and_then(|(_, entry)| entry.as_ref().ok()).map(|price| &price.charges);
    let parts = charges.into_iter().flatten().filter(|one| of(&one.what));
    parts.map(|one| one.pico).sum()
}

/// In the parts in which it is told.
pub(super) const fn told(fine: u64) -> u64 {
    let each = FINE / PARTS;
    (fine + each / 2) / each
}

/// The place where the left side stops being on one side of the right one; of two neighbours the
/// one at which they are nearer to each other. Nothing where they never meet.
pub(super) fn crossing(low: u64, high: u64, sides: impl Fn(u64) -> (u128, u128)) -> Option<u64> {
    let above = |at: u64| {
        let (left, right) = sides(at);
        left > right
    };
    let first = above(low);
    if first == above(high) {
        return None;
    }
    let (mut low, mut high) = (low, high);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if above(middle) == first { low = middle } else { high = middle }
    }
    let apart = |at: u64| {
        let (left, right) = sides(at);
        left.abs_diff(right)
    };
    Some(if apart(low) <= apart(high) { low } else { high })
}
