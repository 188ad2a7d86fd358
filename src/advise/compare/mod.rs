//! The ledger: every workload in every home, each with a price or a reason, and what the whole
//! estate would cost in each.
//!
//! What differs between homes is counted: instances and their volumes, control planes, fees, load
//! balancers, public addresses, room for deployments. What is the same everywhere is left out.

mod alone;
mod break_even;
mod conclude;
mod estate;
mod free_tier;
mod hosts;
mod lambda_managed;
mod questions;
mod shared;
mod watched;

use super::fleet::{Effort, Wanted};
use crate::bill::BillError;
use crate::fit::{Fitter, Network};
use crate::model::ledger::{
    BreakEven, ByMemory, Curves, Entry, Home, HomeTotal, Ledger, Price, Row,
};
use crate::model::{Advice, Catalog, Code, Finding, Kind, Platform, Protocol};
use crate::units::{Hour, Quantity, UsdPerHour};
pub(super) use alone::{POD_MIB, bound_to_a_host, name_servers, pod_size};
use free_tier::FreeTier;
pub(super) use hosts::{Cost, Hosts, size as host_size};
pub(super) use lambda_managed::Part;
pub(super) use shared::{is_sold, joined, wanted_in};
use std::collections::{BTreeMap, BTreeSet};
pub use watched::{Insights, Watched};

/// What stands around the workloads, as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Around {
    pub spot: Spot,
    pub balancers: Balancers,
    /// Each task on Fargate, and each instance, has a public IPv4 address.
    pub public_addresses: bool,
    /// NAT gateways of each environment, for what has no public address.
    pub nat_gateways: u32,
    /// Subtract what an account has free of Lambda.
    pub lambda_free_tier: bool,
    pub watched: Watched,
    /// Look at what the fleet costs without a workload.
    pub marginal: Marginal,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marginal {
    None,
    All,
    Of(String),
}

/// Fargate Spot as an expected value, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Of the tasks, those that are wanted on Spot.
    pub share: u32,
    /// Of their time, that in which Spot has no capacity and they run on demand.
    pub fallback: u32,
    /// Of their work, what is done again after an interruption.
    pub rework: u32,
}

impl Spot {
    /// Of all tasks those that run on Spot, in millionths.
    pub(super) fn there_ppm(self) -> u128 {
        u128::from(self.share) * 10_000 * u128::from(100 - self.fallback) / 100
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Balancers {
    /// One for all services of an environment that speak HTTP.
    Shared,
    /// One for each of them.
    Each,
    None,
}

/// An internet-facing load balancer has an address in each of its zones, of which it needs two.
const BALANCER_ZONES: u32 = 2;

impl Around {
    /// What runs alone.
    pub const NOTHING: Around = Around {
        spot: Spot { share: 100, fallback: 0, rework: 0 },
        balancers: Balancers::None,
        public_addresses: false,
        nat_gateways: 0,
        lambda_free_tier: false,
        watched: Watched {
            log_milli_gb: 0,
            nat_milli_gb: 0,
            insights: Insights::Off,
            observations_milli: None,
        },
        marginal: Marginal::None,
    };

    /// A load balancer with its public addresses, pico-dollars an hour.
    ///
    /// # Errors
    /// Where a price is not known; so too below.
    pub(super) fn balancer(&self, catalog: &Catalog, zones: u32) -> Result<u64, Finding> {
        let alb = catalog.alb.as_ref().ok_or_else(|| missing("a load balancer", catalog))?;
        let addresses = u64::from(zones.max(BALANCER_ZONES)) * self.address(catalog)?;
        Ok(alb.price.as_pico() + addresses)
    }

    /// An environment's NAT gateways, each with the public address that it always has.
    pub(super) fn gateways(&self, catalog: &Catalog) -> Result<u64, Finding> {
        let nat = catalog.nat.as_ref().ok_or_else(|| missing("a NAT gateway", catalog))?;
        let each = nat.price.as_pico() + public_address(catalog)?;
        Ok(each * u64::from(self.nat_gateways))
    }

    /// A public address; nothing where none is asked for.
    pub(super) fn address(&self, catalog: &Catalog) -> Result<u64, Finding> {
        if self.public_addresses { public_address(catalog) } else { Ok(0) }
    }
}

fn public_address(catalog: &Catalog) -> Result<u64, Finding> {
    let price = catalog.public_ipv4.as_ref();
    Ok(price.ok_or_else(|| missing("a public IPv4 address", catalog))?.price.as_pico())
}

fn missing(what: &str, catalog: &Catalog) -> Finding {
    Finding::new(Code::PriceMissing, format!("{what} in {}", catalog.region))
}

/// What all cells are made from.
pub(super) struct Context<'c> {
    pub advices: &'c [Advice],
    pub catalog: &'c Catalog,
    pub fitter: &'c Fitter<'c>,
    pub wanted: &'c Wanted,
    pub around: &'c Around,
    /// By environment, services that speak HTTP.
    speaking: BTreeMap<String, u64>,
    /// By environment, services and jobs.
    calling: BTreeMap<String, u64>,
    /// Workloads that share the control plane of a cluster on Fargate.
    pods: u64,
    /// Of Lambda.
    free: FreeTier,
}

/// Where the cheapest home changes, for each workload and for the estate.
#[must_use]
pub fn break_evens(
    advices: &[Advice],
    fitter: &Fitter<'_>,
    wanted: &Wanted,
    around: &Around,
    ledger: &Ledger,
    effort: &Effort<'_>,
) -> Vec<BreakEven> {
    let context = Context::new(advices, fitter, wanted, around);
    let mut all: Vec<&Advice> = advices.iter().collect();
    all.sort_by(|a, b| a.workload.id.cmp(&b.workload.id));
    let estate = estate::Estate::of(&context, ledger, effort);
    let taken = estate.as_ref().and_then(estate::Estate::taken);
    let each = all.into_iter().flat_map(|advice| context.break_evens(advice, ledger, taken));
    each.chain(estate.iter().flat_map(estate::Estate::break_evens)).collect()
}

/// What workloads are on instances that Lambda keeps, by their names: and what their requests cost
/// a month.
pub(super) fn lambda_managed(
    advices: &[Advice],
    fitter: &Fitter<'_>,
    wanted: &Wanted,
    around: &Around,
) -> BTreeMap<String, Result<(Part, u128), Finding>> {
    let context = Context::new(advices, fitter, wanted, around);
    let all = lambda_managed::LambdaManaged::new(&context);
    let part = |advice: &Advice| (advice.workload.id.clone(), all.part(&context, advice));
    advices.iter().map(part).collect()
}

/// The hosts of every environment.
pub(super) fn hosts(
    advices: &[Advice],
    fitter: &Fitter<'_>,
    wanted: &Wanted,
    around: &Around,
) -> Hosts {
    Hosts::new(&Context::new(advices, fitter, wanted, around))
}

/// What a task costs by its memory, and where one's own workloads are.
#[must_use]
pub fn by_memory(
    advices: &[Advice],
    fitter: &Fitter<'_>,
    wanted: &Wanted,
    around: &Around,
    cpu: crate::units::CpuUnits,
) -> ByMemory {
    let context = Context::new(advices, fitter, wanted, around);
    let own = advices.iter().filter_map(|advice| context.task_by_memory(advice));
    ByMemory { cpu_units: cpu.0, points: context.by_memory(cpu), own: own.collect() }
}

/// A workload as a function beside Fargate, over requests; nothing where it cannot be one, or never
/// costs the same.
#[must_use]
pub fn by_requests(
    advice: &Advice,
    advices: &[Advice],
    fitter: &Fitter<'_>,
    wanted: &Wanted,
    around: &Around,
    ledger: &Ledger,
) -> Option<Curves> {
    Context::new(advices, fitter, wanted, around).by_requests(advice, ledger)
}

/// All of it on instances beside Fargate, over how full the instances are; nothing where no
/// workload can be in both.
#[must_use]
pub fn estate_by_utilization(
    advices: &[Advice],
    fitter: &Fitter<'_>,
    wanted: &Wanted,
    around: &Around,
    ledger: &Ledger,
    effort: &Effort<'_>,
) -> Option<Curves> {
    let context = Context::new(advices, fitter, wanted, around);
    estate::Estate::of(&context, ledger, effort)?.by_utilization()
}

/// A workload's task on an instance beside Fargate, over how full the instance is; nothing where
/// no instance holds it.
#[must_use]
pub fn by_utilization(
    advice: &Advice,
    fitter: &Fitter<'_>,
    wanted: &Wanted,
    around: &Around,
) -> Option<Curves> {
    Context::new(&[], fitter, wanted, around).by_utilization(advice)
}

/// Every workload exactly once, by name; in every row every home exactly once.
#[must_use]
pub fn ledger(
    advices: &[Advice],
    fitter: &Fitter<'_>,
    wanted: &Wanted,
    around: &Around,
    effort: &Effort<'_>,
) -> Ledger {
    let context = Context::new(advices, fitter, wanted, around);
    let catalog = context.catalog;
    let shared = Shared {
        shares: shared::Shares::new(&context, effort),
        hosts: Hosts::new(&context),
        managed: lambda_managed::LambdaManaged::new(&context),
    };
    let mut rows: Vec<Row> = advices
        .iter()
        .map(|advice| {
            let homes = Home::ALL.into_iter().map(|home| {
                let entry = entry(&context, &shared, advice, home);
                (home, entry.map_err(|finding| finding.about(&advice.workload.id)))
            });
            let homes: Vec<(Home, Entry)> = homes.collect();
            let verdict = conclude::conclude(advice, &homes);
            Row {
                workload: advice.workload.id.clone(),
                today: context.today(advice),
                findings: thin(advice),
                homes,
                verdict,
            }
        })
        .collect();
    rows.sort_by(|a, b| a.workload.cmp(&b.workload));
    let totals: Vec<HomeTotal> =
        Home::ALL.into_iter().map(|home| context.total(&rows, home)).collect();
    Ledger {
        region: catalog.region.clone(),
        month_hours: wanted.month_hours,
        verdict: conclude::of_estate(&context, &rows, &totals),
        totals,
        assumptions: assumptions(&context),
        rows,
    }
}

/// What several workloads pay for together.
struct Shared {
    shares: shared::Shares,
    hosts: Hosts,
    managed: lambda_managed::LambdaManaged,
}

fn entry(context: &Context<'_>, shared: &Shared, advice: &Advice, home: Home) -> Entry {
    if advice.workload.gone_since.is_some() {
        return Err(Finding::new(Code::Gone, String::new()));
    }
    let mut price = match home {
        Home::Fargate(_) | Home::FargateSpot(_) | Home::EksFargate | Home::Lambda(_) => {
            context.alone(advice, home)
        }
        Home::Ecs | Home::ManagedInstances | Home::EksNodes | Home::EksAutoMode => {
            shared.shares.entry(context, advice, home)
        }
        Home::LambdaManagedInstances => shared.managed.entry(context, advice),
        Home::ComposeOneHost
        | Home::ComposeTwoHosts
        | Home::BeanstalkSingle
        | Home::BeanstalkBalanced
        | Home::BeanstalkEcs => shared.hosts.entry(context, advice, home),
    }?;
    context.surround(advice, home, &mut price)?;
    Ok(price)
}

/// A charge that is told apart later.
const NAT: &str = "NAT gateway";

/// Does it run, as something that calls the outside?
pub(super) fn calls(advice: &Advice) -> bool {
    let workload = &advice.workload;
    workload.kind != Kind::Function && workload.gone_since.is_none()
}

/// Does it answer calls that a load balancer for HTTP hands out?
pub(super) fn speaks(advice: &Advice) -> bool {
    let workload = &advice.workload;
    workload.kind == Kind::Service
        && workload.gone_since.is_none()
        && workload.protocol == Some(Protocol::Http)
}

/// All that have none are one.
pub(super) fn environment(advice: &Advice) -> &str {
    advice.workload.environment.as_deref().unwrap_or_default()
}

/// Have tasks no public address in a home?
pub(super) fn is_private(home: Home, network: Network, around: &Around) -> bool {
    match home {
        Home::Lambda(_) => false,
        // On instances in one's own private subnets.
        Home::EksFargate | Home::LambdaManagedInstances => true,
        Home::Ecs | Home::ManagedInstances if network != Network::Bridge => true,
        _ => !around.public_addresses,
    }
}

fn price_finding(error: &BillError) -> Finding {
    super::price_finding(error)
}

impl<'c> Context<'c> {
    fn new(
        advices: &'c [Advice],
        fitter: &'c Fitter<'c>,
        wanted: &'c Wanted,
        around: &'c Around,
    ) -> Self {
        let mut speaking = BTreeMap::new();
        for advice in advices.iter().filter(|one| speaks(one)) {
            *speaking.entry(environment(advice).to_owned()).or_default() += 1;
        }
        let mut calling = BTreeMap::new();
        for advice in advices.iter().filter(|one| calls(one)) {
            *calling.entry(environment(advice).to_owned()).or_default() += 1;
        }
        let catalog = fitter.catalog();
        let free = FreeTier::default();
        let mut context =
            Context { advices, catalog, fitter, wanted, around, speaking, calling, pods: 1, free };
        context.free = FreeTier::new(&context);
        let pods = advices
            .iter()
            .filter(|one| one.workload.gone_since.is_none() && context.eks_fargate(one, 1).is_ok());
        context.pods = pods.count() as u64;
        context
    }

    /// Hours of a task in a month, over all tasks, as recommended.
    fn hours(&self, advice: &Advice) -> Option<Quantity<Hour>> {
        let recommended = advice.recommended.as_ref();
        match (advice.workload.kind, recommended) {
            (Kind::Service, Some(one)) => {
                let hours = u128::from(one.tasks_per_mille) * u128::from(self.wanted.month_hours);
                Some(Quantity::ratio(hours, 1000))
            }
            _ => advice.task_hours,
        }
    }

    /// What it costs where it runs today, on Fargate, with what stands around it; nothing where
    /// that is not known.
    fn today(&self, advice: &Advice) -> Option<u128> {
        let current = advice.current.as_ref()?;
        let free = match advice.workload.kind {
            Kind::Function => self.free.of_function(current),
            Kind::Service | Kind::Task => 0,
        };
        let alone = alone::total(current) - free;
        let hours = advice.task_hours.unwrap_or(Quantity::whole(0));
        let addresses = UsdPerHour::pico(self.address().ok()?).times(hours).ok()?;
        let fargate = Home::Fargate(Platform::LinuxX86);
        let nat = if self.is_private(fargate) { self.nat(advice).ok()? } else { 0 };
        let mut watched = Price::default();
        self.watch_for(advice, (fargate, hours), &mut watched).ok()?;
        Some(
            alone
                + self.balancer(advice).ok()?
                + u128::try_from(addresses.pico).ok()?
                + nat
                + watched.pico(),
        )
    }

    /// Adds what was asked for beside the home itself: NAT gateways, logs, Container Insights.
    fn surround(&self, advice: &Advice, home: Home, price: &mut Price) -> Result<(), Finding> {
        if self.is_private(home) {
            price.charge(NAT, self.nat(advice)?);
        }
        self.watch(advice, home, price)
    }

    /// Have tasks no public address there? With network interfaces of their own on instances, and
    /// as pods on Fargate, they never have one.
    fn is_private(&self, home: Home) -> bool {
        is_private(home, self.wanted.network, self.around)
    }

    /// A workload's part of its environment's NAT gateways, a month.
    fn nat(&self, advice: &Advice) -> Result<u128, Finding> {
        if self.around.nat_gateways == 0 || !calls(advice) {
            return Ok(0);
        }
        let among = self.calling.get(environment(advice)).copied().unwrap_or(1);
        Ok(self.gateways()?.div_ceil(u128::from(among.max(1))))
    }

    /// All of an environment, a month.
    fn gateways(&self) -> Result<u128, Finding> {
        Ok(self.month(self.around.gateways(self.catalog)?))
    }

    /// Hours of a thing that is there all month, pico-dollars.
    fn month(&self, pico_an_hour: u64) -> u128 {
        u128::from(pico_an_hour) * u128::from(self.wanted.month_hours)
    }

    /// A load balancer's part for a workload, a month; nothing where it needs none.
    fn balancer(&self, advice: &Advice) -> Result<u128, Finding> {
        if !speaks(advice) || self.around.balancers == Balancers::None {
            return Ok(0);
        }
        let each = self.around.balancer(self.catalog, self.wanted.zones)?;
        let among = match self.around.balancers {
            Balancers::Shared => self.speaking.get(environment(advice)).copied().unwrap_or(1),
            Balancers::Each | Balancers::None => 1,
        };
        Ok(self.month(each).div_ceil(u128::from(among.max(1))))
    }

    /// A public address, pico-dollars an hour; nothing where none is asked for.
    fn address(&self) -> Result<u64, Finding> {
        self.around.address(self.catalog)
    }

    fn missing(&self, what: &str) -> Finding {
        missing(what, self.catalog)
    }
}

impl Context<'_> {
    /// What fits there, there, and the rest by its cheapest firm home. What services share (a load
    /// balancer, NAT gateways) is paid for as long as one of them needs it. Daemons are part of
    /// instances.
    fn total(&self, rows: &[Row], home: Home) -> HomeTotal {
        let mut total = HomeTotal { home, fits: 0, pico: 0, rest: 0, rest_pico: Some(0) };
        let mut here = Common::default();
        let mut elsewhere = Common::default();
        let by_id = self.by_id();
        let common =
            |price: &Price, id: &str, seen: &mut Common| self.apart(&by_id, price, id, seen);
        for row in rows {
            let of = |home: Home| row.homes.iter().find(|(one, _)| *one == home);
            let id = row.workload.as_str();
            match of(home).map(|(_, entry)| entry) {
                Some(Ok(price)) => {
                    total.fits += 1;
                    total.pico += common(price, id, &mut here);
                }
                Some(Err(why)) if why.code == Code::Gone => {}
                _ if by_id.get(id).is_some_and(|one| is_daemon(one)) => {}
                _ => {
                    total.rest += 1;
                    let firm = row.verdict.firm.and_then(of).and_then(|one| one.1.as_ref().ok());
                    let firm = firm.map(|price| common(price, id, &mut elsewhere));
                    total.rest_pico = total.rest_pico.zip(firm).map(|(sum, one)| sum + one);
                }
            }
        }
        let each = self.common_prices();
        total.pico += here.cost(&Common::default(), each);
        let more = elsewhere.cost(&here, each);
        total.rest_pico = total.rest_pico.map(|rest| rest + more);
        total
    }
}

impl Context<'_> {
    fn by_id(&self) -> BTreeMap<&str, &Advice> {
        self.advices.iter().map(|one| (one.workload.id.as_str(), one)).collect()
    }

    /// Without what is shared, which is noted.
    fn apart(
        &self,
        by_id: &BTreeMap<&str, &Advice>,
        price: &Price,
        id: &str,
        seen: &mut Common,
    ) -> u128 {
        let environment = by_id.get(id).map_or("", |one| environment(one));
        let balancers = self.around.balancers == Balancers::Shared;
        price.pico() - seen.note(price, environment, balancers)
    }

    /// A month of a load balancer, and of an environment's NAT gateways.
    fn common_prices(&self) -> [u128; 2] {
        let balancer = self.around.balancer(self.catalog, self.wanted.zones);
        [balancer.map_or(0, |each| self.month(each)), self.gateways().unwrap_or(0)]
    }

    /// Prices of several workloads; what they share is paid for once, and all of it by those that
    /// need it.
    pub(super) fn together<'p>(&self, all: impl Iterator<Item = (&'p str, &'p Price)>) -> u128 {
        let by_id = self.by_id();
        let mut seen = Common::default();
        let sum: u128 = all.map(|(id, price)| self.apart(&by_id, price, id, &mut seen)).sum();
        sum + seen.cost(&Common::default(), self.common_prices())
    }
}

/// Environments that need a load balancer, and NAT gateways.
#[derive(Default)]
struct Common {
    environments: [BTreeSet<String>; 2],
}

impl Common {
    /// Pico-dollars of a price that are for what is shared.
    fn note(&mut self, price: &Price, environment: &str, balancers: bool) -> u128 {
        let mut parts = 0;
        for (what, set) in [alone::BALANCER, NAT].into_iter().zip(&mut self.environments) {
            let charges = price.charges.iter().filter(|one| one.what == what);
            let part: u128 = charges.map(|one| one.pico).sum();
            if part > 0 && (what == NAT || balancers) {
                set.insert(environment.to_owned());
                parts += part;
            }
        }
        parts
    }

    /// Of what is not there already.
    fn cost(&self, there: &Common, each: [u128; 2]) -> u128 {
        let pairs = self.environments.iter().zip(&there.environments).zip(each);
        pairs.map(|((own, there), each)| each * own.difference(there).count() as u128).sum()
    }
}

fn is_daemon(advice: &Advice) -> bool {
    advice.workload.host.as_ref().is_some_and(|host| host.daemon)
}

/// What makes a workload's own prices doubtful.
fn thin(advice: &Advice) -> Vec<Finding> {
    const THIN: [Code; 7] = [
        Code::NoReadings,
        Code::TooFewReadings,
        Code::TooFewRuns,
        Code::NoFullWeek,
        Code::TasksAssumed,
        Code::CpuUnknown,
        Code::MemoryUnknown,
    ];
    let thin = advice.findings.iter().filter(|one| THIN.contains(&one.code));
    thin.cloned().collect()
}

fn assumptions(context: &Context<'_>) -> Vec<String> {
    let Spot { share, fallback, rework } = context.around.spot;
    let mut all = vec![
        format!(
            "Fargate Spot is an expected value: {share} % of the tasks on Spot, which has no room \
             for them in {fallback} % of the time (then on demand), {rework} % of the work done \
             again after interruptions (--spot-share, --spot-fallback, --spot-rework)"
        ),
        match context.around.balancers {
            Balancers::Shared => {
                "services that speak HTTP share a load balancer of their environment, without its \
                 capacity units; it goes when the last of them leaves (--load-balancers)"
            }
            Balancers::Each => {
                "each service that speaks HTTP has a load balancer, without its capacity units \
                 (--load-balancers)"
            }
            Balancers::None => "no load balancers (--load-balancers)",
        }
        .to_owned(),
        if context.around.public_addresses {
            "each task on Fargate and each instance has a public IPv4 address, a load balancer one in \
             each of its zones (--no-public-ipv4)"
        } else {
            "no public addresses (--no-public-ipv4)"
        }
        .to_owned(),
        match context.around.nat_gateways {
            0 => "tasks on instances that have a network interface of their own, and pods on Fargate, \
                  have no public address: no NAT gateway is counted for their calls to the outside \
                  (--nat-gateways)"
                .to_owned(),
            count => {
                let data = match context.around.watched.nat_milli_gb {
                    0 => ", without the data that passes them",
                    _ => "",
                };
                format!(
                    "what has no public address shares {count} NAT gateways of its environment{data} \
                     (--nat-gateways)"
                )
            }
        },
        "a share of an instance is split by CPU and memory as AWS's split cost allocation does (a \
         vCPU counts as nine GB), what is unused and daemons in proportion; it holds if the whole \
         estate moves"
            .to_owned(),
        "left out, since it is the same everywhere or not known: what is not asked for of logs, \
         metrics and NAT data, other data transfer, registry, storage of one's own, people's time"
            .to_owned(),
    ];
    if context.around.lambda_free_tier {
        all.push(
            "what an account has free of Lambda each month goes to its functions first; the rest is \
             shared by all that could be one (--lambda-free-tier)"
                .to_owned(),
        );
    }
    all.extend(context.watch_lines());
    all.push(
        "an environment's hosts for docker-compose and Beanstalk hold the most tasks that run at \
         once, of jobs too"
            .to_owned(),
    );
    all
}

#[cfg(test)]
mod tests;
