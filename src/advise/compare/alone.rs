//! Homes that a workload can move to by itself.

use super::{Context, price_finding};
use crate::advise::places::needs_image;
use crate::bill::{self, FREE_EPHEMERAL_GIB, FargateUse, Support};
use crate::fit::Fitter;
use crate::model::ledger::{Entry, Home, Price};
use crate::model::{
    Advice, Architecture, Bill, Code, Demand, Finding, Fit, Kind, NetworkMode, Place, Platform,
    Purchase, Size, Verdict,
};
use crate::units::{Hour, MiB, Quantity};

/// Executions at once that an account may have by default.
const QUOTA: u128 = 1_000;
/// What a pod on Fargate needs beside its containers: kubelet, kube-proxy and containerd.
pub(in crate::advise) const POD_MIB: u32 = 256;
/// The largest pod that EKS puts on Fargate, and its storage.
const POD_LARGEST: Size = Size::new(16_384, 122_880);
const POD_STORAGE_GIB: u32 = 175;
const NAME_SERVER: Size = Size::new(256, 512);
const NAME_SERVERS: u64 = 2;
/// Charges that are told apart later.
pub(super) const BALANCER: &str = "load balancer";
pub(super) const ADDRESS: &str = "public IPv4";
pub(super) const ON_DEMAND: &str = "on demand";

impl Context<'_> {
    pub(super) fn alone(&self, advice: &Advice, home: Home) -> Entry {
        if let Some(why) = bound_to_a_host(advice) {
            return Err(why);
        }
        let host = advice.workload.host.as_ref();
        let mut entry = self.alone_unbound(advice, home)?;
        if let Some(host) = host.filter(|_| !matches!(home, Home::Lambda(_))) {
            if host.own_interface() == Some(false) {
                entry.assumptions.push("its network mode has to become awsvpc".to_owned());
            }
            if !host.placement_constraints.is_empty() {
                entry.assumptions.push("its placement constraints have to go".to_owned());
            }
        }
        Ok(entry)
    }

    fn alone_unbound(&self, advice: &Advice, home: Home) -> Entry {
        match home {
            Home::FargateSpot(architecture) => self.spot(advice, architecture, self.around.spot),
            Home::EksFargate => self.eks_fargate(advice, self.pods),
            Home::Lambda(architecture) if is_there(advice, architecture) => {
                let mut price = as_it_is(advice)?;
                self.free.apply_there(&mut price);
                Ok(price)
            }
            _ => {
                let place = home.place().expect("Fargate and Lambda are places");
                let fit = placed(advice, place)?;
                let mut price = Price {
                    what: fit.what.clone(),
                    assumptions: fit.assumptions.clone(),
                    ..Price::default()
                };
                charge(&mut price, &fit.bill);
                if matches!(home, Home::Fargate(_)) {
                    self.around_fargate(advice, &mut price)?;
                } else {
                    price.assumptions.extend(self.at_once(advice, fit));
                    self.free.apply(&mut price);
                }
                Ok(price)
            }
        }
    }

    /// Executions at once, where those of an account may not be enough.
    fn at_once(&self, advice: &Advice, fit: &Fit) -> Option<String> {
        let (_, duration) = fit.what.split_once(" MiB, ")?;
        let milliseconds: u64 = duration.strip_suffix(" ms")?.parse().ok()?;
        let seconds: Quantity<Hour> =
            Quantity::ratio(advice.requests?.ceil() * u128::from(milliseconds), 1_000);
        let month = u64::from(self.wanted.month_hours) * 3_600;
        let mean = seconds.each::<Hour>(1, month).ceil();
        (mean * 10 > QUOTA).then(|| {
            format!(
                "{}: {mean} executions at once on average, more at peaks (loadline replay), of \
                 {QUOTA} that an account has by default",
                Code::LambdaConcurrency.name()
            )
        })
    }

    /// Load balancer and public addresses.
    fn around_fargate(&self, advice: &Advice, price: &mut Price) -> Result<(), Finding> {
        price.charge(BALANCER, self.balancer(advice)?);
        let hours = self.hours(advice).unwrap_or(Quantity::whole(0));
        let address = crate::units::UsdPerHour::pico(self.address()?).times(hours);
        let amount =
            address.map_err(|error| Finding::new(Code::AmountTooLarge, error.to_string()))?;
        price.charge(ADDRESS, u128::try_from(amount.pico).unwrap_or(0));
        Ok(())
    }

    pub(super) fn spot(
        &self,
        advice: &Advice,
        architecture: Architecture,
        spot: super::Spot,
    ) -> Entry {
        let platform = match architecture {
            Architecture::X86 => Platform::LinuxX86,
            Architecture::Arm => Platform::LinuxArm,
        };
        let of = |purchase| placed(advice, Place::Fargate(platform, purchase));
        let (fit, other) = (of(Purchase::Spot)?, of(Purchase::OnDemand)?);
        let there = spot.there_ppm();
        let worked = there * u128::from(100 + spot.rework) / 100;
        // A service has one size, whatever its tasks are bought as: the cheaper one as a mix.
        let mixed = |size: Size| -> Result<([u128; 2], Size), Finding> {
            let cost = |purchase, known: &Fit| match known.size {
                Some(same) if same == size => Ok(total(&known.bill)),
                _ => self.fargate_bill(advice, platform, purchase, size).map(|one| total(&one)),
            };
            let on_spot = cost(Purchase::Spot, fit)? * worked / 1_000_000;
            let on_demand = cost(Purchase::OnDemand, other)? * (1_000_000 - there) / 1_000_000;
            Ok(([on_spot, on_demand], size))
        };
        let sizes: Vec<Size> = [other.size, fit.size].into_iter().flatten().collect();
        let each: Result<Vec<_>, Finding> = sizes.into_iter().map(mixed).collect();
        let best = each?.into_iter().min_by_key(|(parts, _)| parts.iter().sum::<u128>());
        let ([on_spot, on_demand], size) =
            best.ok_or_else(|| Finding::new(Code::SizeUnknown, String::new()))?;
        let assumptions = fit.assumptions.clone();
        let mut price = Price { what: size.short(), assumptions, ..Price::default() };
        price.charge("on Spot, work done again included", on_spot);
        price.charge(ON_DEMAND, on_demand);
        self.around_fargate(advice, &mut price)?;
        Ok(price)
    }

    /// All of its hours at a size.
    fn fargate_bill(
        &self,
        advice: &Advice,
        platform: Platform,
        purchase: Purchase,
        size: Size,
    ) -> Result<Bill, Finding> {
        let hours = self.hours(advice);
        let used = FargateUse {
            platform,
            purchase,
            size,
            ephemeral_gib: advice.workload.ephemeral_gib.unwrap_or(FREE_EPHEMERAL_GIB),
            task_hours: hours.ok_or_else(|| Finding::new(Code::NoReadings, String::new()))?,
        };
        bill::fargate(self.catalog, &used).map_err(|error| price_finding(&error))
    }

    /// A pod is rounded up to Fargate's sizes with 256 MiB more; of the control plane it pays
    /// its part among so many.
    pub(super) fn eks_fargate(&self, advice: &Advice, among: u64) -> Entry {
        let size = pod_size(advice, self.fitter)?;
        let bill = self.fargate_bill(advice, Platform::LinuxX86, Purchase::OnDemand, size)?;
        let mut price = Price { what: size.short(), ..Price::default() };
        if advice.workload.has_image_for(Architecture::X86).is_none() {
            price.assumptions.push(needs_image(Architecture::X86));
        }
        charge(&mut price, &bill);
        price.charge("control plane", self.control_plane(among)?);
        let names = self.month(name_servers(self.fitter)?);
        price.charge("CoreDNS", names.div_ceil(u128::from(among.max(1))));
        price.charge(BALANCER, self.balancer(advice)?);
        Ok(price)
    }

    /// A workload's part of an EKS cluster, a month, among so many.
    pub(super) fn control_plane(&self, among: u64) -> Result<u128, Finding> {
        let hours = Quantity::whole(u64::from(self.wanted.month_hours));
        let bill = bill::cluster(self.catalog, Support::Standard, hours)
            .map_err(|error| price_finding(&error))?;
        Ok(total(&bill).div_ceil(u128::from(among.max(1))))
    }
}

/// Why it can only be on an instance.
pub(in crate::advise) fn bound_to_a_host(advice: &Advice) -> Option<Finding> {
    let host = advice.workload.host.as_ref()?;
    if host.daemon {
        return Some(Finding::new(Code::HostNeeded, "one on every instance"));
    }
    let own = host.network_mode == Some(NetworkMode::Host);
    own.then(|| Finding::new(Code::HostNeeded, "the instance's own network"))
}

/// Without nodes the cluster's name servers are pods on Fargate too: two, of the smallest size
/// (they ask for a tenth of a vCPU and 70 MiB). Pico-dollars an hour.
///
/// # Errors
/// Where the price is not known.
pub(in crate::advise) fn name_servers(fitter: &Fitter<'_>) -> Result<u64, Finding> {
    let table = fitter.table(Platform::LinuxX86, Purchase::OnDemand);
    let price = table.and_then(|table| table.price(NAME_SERVER));
    let missing = || Finding::new(Code::PriceMissing, "Fargate for CoreDNS");
    Ok(price.ok_or_else(missing)?.as_pico() * NAME_SERVERS)
}

/// A pod's size on Fargate: what a task is given there, or more where the task's least with what
/// a pod needs beside does not fit into that.
///
/// # Errors
/// Why it cannot be one.
pub(in crate::advise) fn pod_size(advice: &Advice, fitter: &Fitter<'_>) -> Result<Size, Finding> {
    // Whether Fargate takes it at all.
    let fit = placed(advice, Place::Fargate(Platform::LinuxX86, Purchase::OnDemand))?;
    let least = advice.sizing.least.map(Demand::size).or(fit.size);
    let least = least.ok_or_else(|| Finding::new(Code::SizeUnknown, String::new()))?;
    let given = fit.size.unwrap_or(least);
    let pod = Demand {
        cpu: least.cpu.max(given.cpu),
        memory: MiB(least.memory.0 + POD_MIB).max(given.memory),
    };
    let too_large = || {
        let detail = format!("{} and {} with what a pod needs beside", pod.cpu, pod.memory);
        Finding::new(Code::TooLarge, detail)
    };
    let table = fitter.table(Platform::LinuxX86, Purchase::OnDemand);
    let size = table.and_then(|table| table.cheapest(pod)).ok_or_else(too_large)?;
    let storage = advice.workload.ephemeral_gib.unwrap_or(0);
    let fits = size.cpu.0 <= POD_LARGEST.cpu.0
        && size.memory.0 <= POD_LARGEST.memory.0
        && storage <= POD_STORAGE_GIB;
    if fits { Ok(size) } else { Err(too_large()) }
}

pub(super) fn placed(advice: &Advice, place: Place) -> Result<&Fit, Finding> {
    let found = advice.places.iter().find(|one| one.place == place);
    match found.map(|one| &one.verdict) {
        Some(Verdict::Fits(fit)) => Ok(fit),
        Some(Verdict::Refused(why)) => Err(why.clone()),
        None => Err(Finding::new(Code::NotPriced, place.name())),
    }
}

pub(super) fn total(bill: &Bill) -> u128 {
    u128::try_from(bill.total_pico()).unwrap_or(0)
}

/// A function of that architecture already?
fn is_there(advice: &Advice, architecture: Architecture) -> bool {
    let workload = &advice.workload;
    workload.kind == Kind::Function && workload.architecture == architecture
}

/// A function costs what it costs today.
fn as_it_is(advice: &Advice) -> Entry {
    let workload = &advice.workload;
    let (Some(function), Some(bill)) = (&workload.function, &advice.current) else {
        let unpriced = advice.findings.iter().find(|one| one.code.name().starts_with("LAMBDA"));
        let why = unpriced.cloned();
        return Err(why.unwrap_or_else(|| Finding::new(Code::LambdaRequestsUnknown, String::new())));
    };
    let mut price =
        Price { what: format!("{} MiB, as it is", function.memory_mib.0), ..Price::default() };
    charge(&mut price, bill);
    Ok(price)
}

fn charge(price: &mut Price, bill: &Bill) {
    for line in &bill.lines {
        let pico = u128::try_from(line.amount.pico).unwrap_or(0);
        price.charge(line.description.clone(), pico);
    }
}
