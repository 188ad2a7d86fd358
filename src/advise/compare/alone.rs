//! Homes that a workload can move to by itself.

use super::{Context, price_finding};
use crate::bill::{self, FREE_EPHEMERAL_GIB, FargateUse, Support};
use crate::model::ledger::{Entry, Home, Price};
use crate::model::{
    Advice, Architecture, Bill, Code, Demand, Finding, Fit, Place, Platform, Purchase, Verdict,
};
use crate::units::{MiB, Quantity};

/// What a pod on Fargate needs beside its containers: kubelet, kube-proxy and containerd.
const POD_MIB: u32 = 256;

impl Context<'_> {
    pub(super) fn alone(&self, advice: &Advice, home: Home) -> Entry {
        if advice.workload.host.as_ref().is_some_and(|host| host.daemon) {
            return Err(Finding::new(Code::HostNeeded, "one on every instance"));
        }
        match home {
            Home::FargateSpot(architecture) => self.spot(advice, architecture),
            Home::EksFargate => self.eks_fargate(advice),
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
                }
                Ok(price)
            }
        }
    }

    /// Load balancer and public addresses.
    fn around_fargate(&self, advice: &Advice, price: &mut Price) -> Result<(), Finding> {
        price.charge("load balancer", self.balancer(advice)?);
        let hours = self.hours(advice).unwrap_or(Quantity::whole(0));
        let address = crate::units::UsdPerHour::pico(self.address()?).times(hours);
        let amount =
            address.map_err(|error| Finding::new(Code::AmountTooLarge, error.to_string()))?;
        price.charge("public IPv4", u128::try_from(amount.pico).unwrap_or(0));
        Ok(())
    }

    fn spot(&self, advice: &Advice, architecture: Architecture) -> Entry {
        let platform = match architecture {
            Architecture::X86 => Platform::LinuxX86,
            Architecture::Arm => Platform::LinuxArm,
        };
        let of = |purchase| placed(advice, Place::Fargate(platform, purchase));
        let (spot, on_demand) = (of(Purchase::Spot)?, of(Purchase::OnDemand)?);
        let super::Spot { share, fallback, rework } = self.around.spot;
        // Parts of a million.
        let wanted = u128::from(share) * 10_000;
        let there = wanted * u128::from(100 - fallback) / 100;
        let worked = there * u128::from(100 + rework) / 100;
        let part = |fit: &Fit, parts: u128| total(&fit.bill) * parts / 1_000_000;
        let mut price = Price {
            what: spot.what.clone(),
            assumptions: vec!["tasks end at two minutes' notice".to_owned()],
            ..Price::default()
        };
        price.charge("on Spot, work done again included", part(spot, worked));
        price.charge("on demand", part(on_demand, 1_000_000 - there));
        self.around_fargate(advice, &mut price)?;
        Ok(price)
    }

    /// A pod is rounded up to Fargate's sizes with 256 MiB more.
    fn eks_fargate(&self, advice: &Advice) -> Entry {
        // Whether Fargate takes it at all.
        let fit = placed(advice, Place::Fargate(Platform::LinuxX86, Purchase::OnDemand))?;
        let least = advice
            .sizing
            .least
            .or_else(|| fit.size.map(|size| Demand { cpu: size.cpu, memory: size.memory }));
        let least = least.ok_or_else(|| Finding::new(Code::SizeUnknown, String::new()))?;
        let pod = Demand { cpu: least.cpu, memory: MiB(least.memory.0 + POD_MIB) };
        let table = self.fitter.table(Platform::LinuxX86, Purchase::OnDemand);
        let size = table.and_then(|table| table.cheapest(pod)).ok_or_else(|| {
            let detail = format!("{} and {} with what a pod needs beside", pod.cpu, pod.memory);
            Finding::new(Code::TooLarge, detail)
        })?;
        let hours = self.hours(advice);
        let task_hours = hours.ok_or_else(|| Finding::new(Code::NoReadings, String::new()))?;
        let ephemeral = advice.workload.ephemeral_gib.unwrap_or(FREE_EPHEMERAL_GIB);
        let used = FargateUse {
            platform: Platform::LinuxX86,
            purchase: Purchase::OnDemand,
            size,
            ephemeral_gib: ephemeral,
            task_hours,
        };
        let bill = bill::fargate(self.catalog, &used).map_err(|error| price_finding(&error))?;
        let mut price = Price { what: size.short(), ..Price::default() };
        if advice.workload.architecture == Architecture::Arm {
            price.assumptions.push("needs an image for x86-64".to_owned());
        }
        charge(&mut price, &bill);
        price.charge("control plane", self.control_plane()?);
        price.charge("load balancer", self.balancer(advice)?);
        Ok(price)
    }

    /// A workload's part of an EKS cluster, a month: as many parts as there are workloads.
    pub(super) fn control_plane(&self) -> Result<u128, Finding> {
        let hours = Quantity::whole(u64::from(self.wanted.month_hours));
        let bill = bill::cluster(self.catalog, Support::Standard, hours)
            .map_err(|error| price_finding(&error))?;
        let containers = self.advices.iter().filter(|one| {
            one.workload.kind != crate::model::Kind::Function && one.workload.gone_since.is_none()
        });
        Ok(total(&bill).div_ceil(containers.count().max(1) as u128))
    }
}

fn placed(advice: &Advice, place: Place) -> Result<&Fit, Finding> {
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

fn charge(price: &mut Price, bill: &Bill) {
    for line in &bill.lines {
        let pico = u128::try_from(line.amount.pico).unwrap_or(0);
        price.charge(line.description.clone(), pico);
    }
}
