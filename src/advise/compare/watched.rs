//! What a workload writes and sends, and what watches it: logs, data through NAT gateways,
//! Container Insights. Nothing of it is known from readings; it counts where it is asked for.

use super::{Context, calls};
use crate::model::ledger::{Home, Price};
use crate::model::{Advice, Code, Finding, Kind};
use crate::units::{self, Quantity, Unit};

/// How CloudWatch watches containers on ECS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Insights {
    #[default]
    Off,
    Standard,
    /// With tasks and containers one by one.
    Enhanced,
}

/// Of a task in a month; in thousandths. Nothing where it was not asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// GB written to CloudWatch Logs.
    pub log_milli_gb: u32,
    /// GB through NAT gateways, where it has no public address.
    pub nat_milli_gb: u32,
    pub insights: Insights,
    /// Millions of observations of a pod on EKS.
    pub observations_milli: Option<u32>,
}

/// Charges that are told apart later.
const LOGS: &str = "logs";
const NAT_DATA: &str = "data through NAT gateways";
pub(super) const INSIGHTS: &str = "Container Insights";

/// What CloudWatch counts of each service, family, task and container: CPU and memory utilized
/// and reserved, network and storage in and out ("Amazon ECS Container Insights metrics"), on
/// Fargate ephemeral storage too.
const USE: u64 = 8;
const EPHEMERAL: u64 = 2;
/// Running, pending and desired tasks, deployments, task sets.
const COUNTS: u64 = 5;
/// Enhanced: utilization of CPU and memory, on Fargate of ephemeral storage; and of a container
/// its use, utilization of both, restarts, failed health checks.
const UTILIZATION: u64 = 2;
const CONTAINER: u64 = 12;

impl Context<'_> {
    /// Adds what was asked for.
    pub(super) fn watch(
        &self,
        advice: &Advice,
        home: Home,
        price: &mut Price,
    ) -> Result<(), Finding> {
        match self.hours(advice) {
            Some(hours) => self.watch_for(advice, (home, hours), price),
            None => Ok(()),
        }
    }

    /// The same for so many hours of a task.
    pub(super) fn watch_for(
        &self,
        advice: &Advice,
        (home, hours): (Home, Quantity<units::Hour>),
        price: &mut Price,
    ) -> Result<(), Finding> {
        let watched = self.around.watched;
        if advice.workload.kind == Kind::Function {
            return Ok(());
        }
        if watched.log_milli_gb > 0 {
            let each = self.catalog.logs.as_ref().ok_or_else(|| self.missing("CloudWatch Logs"))?;
            price.charge(LOGS, self.each_month(each.price, watched.log_milli_gb, hours)?);
        }
        if watched.nat_milli_gb > 0 && self.is_private(home) && calls(advice) {
            let each = self.catalog.nat_data.as_ref();
            let each = each.ok_or_else(|| self.missing("data through a NAT gateway"))?;
            price.charge(NAT_DATA, self.each_month(each.price, watched.nat_milli_gb, hours)?);
        }
        price.charge(INSIGHTS, self.insights(advice, home, hours)?);
        Ok(())
    }

    /// So many thousandths for each task and month, pico-dollars.
    fn each_month<U: Unit>(
        &self,
        price: units::Price<U>,
        milli: u32,
        hours: Quantity<units::Hour>,
    ) -> Result<u128, Finding> {
        let quantity: Quantity<U> =
            hours.each(u64::from(milli), u64::from(self.wanted.month_hours) * 1_000);
        let amount = price.times(quantity);
        let amount =
            amount.map_err(|error| Finding::new(Code::AmountTooLarge, error.to_string()))?;
        Ok(u128::try_from(amount.pico).unwrap_or(0))
    }

    fn insights(
        &self,
        advice: &Advice,
        home: Home,
        hours: Quantity<units::Hour>,
    ) -> Result<u128, Finding> {
        let on_fargate = match home {
            Home::Fargate(_) | Home::FargateSpot(_) => true,
            Home::Ecs | Home::ManagedInstances => false,
            Home::EksNodes | Home::EksFargate | Home::EksAutoMode => {
                return self.observations(hours);
            }
            _ => return Ok(0),
        };
        let missing = || self.missing("metrics of Container Insights");
        let [whole, by_task] = metrics(advice, self.around.watched.insights, on_fargate);
        let price = match self.around.watched.insights {
            Insights::Off => return Ok(0),
            Insights::Standard => self.catalog.metric.as_ref().ok_or_else(missing)?,
            Insights::Enhanced => self.catalog.metric_enhanced.as_ref().ok_or_else(missing)?,
        };
        // What runs at times is there for those hours: metrics are billed by the hour.
        let month = u64::from(self.wanted.month_hours);
        // Of several at once, or none, no more than a month.
        let there = if advice.workload.kind == Kind::Task {
            hours.at_most_of(month)
        } else {
            Quantity::whole(month)
        };
        let milli = |count: u64| u32::try_from(count * 1_000).unwrap_or(u32::MAX);
        let whole = self.each_month(price.price, milli(whole), there)?;
        Ok(whole + self.each_month(price.price, milli(by_task), hours)?)
    }

    fn observations(&self, hours: Quantity<units::Hour>) -> Result<u128, Finding> {
        if self.around.watched.insights == Insights::Off {
            return Ok(0);
        }
        let Some(milli) = self.around.watched.observations_milli else {
            let what = "what Container Insights observes on EKS is not known (--eks-observations)";
            return Err(Finding::new(Code::NotPriced, what));
        };
        let price = self.catalog.observations.as_ref();
        let price = price.ok_or_else(|| self.missing("observations of Container Insights"))?;
        self.each_month(price.price, milli, hours)
    }

    pub(super) fn watch_lines(&self) -> Vec<String> {
        let Watched { log_milli_gb, nat_milli_gb, insights, .. } = self.around.watched;
        let mut all = Vec::new();
        if log_milli_gb > 0 {
            all.push(
                "logs: the same for each hour of a task wherever it runs, taken in by CloudWatch \
                 Logs and not stored; functions that run already are left out (--log-gb)"
                    .to_owned(),
            );
        }
        if nat_milli_gb > 0 {
            all.push(
                "data through NAT gateways: the same for each hour of a task that has no public \
                 address (--nat-gb)"
                    .to_owned(),
            );
        }
        if insights != Insights::Off {
            all.push(
                "Container Insights: metrics of services, families (and enhanced of tasks and \
                 containers) by AWS's table of their dimensions, at the first tier; without those of \
                 clusters and instances and without its log events; Lambda, docker-compose and \
                 Beanstalk have none (--container-insights)"
                    .to_owned(),
            );
        }
        all
    }
}

/// Metrics of a workload as a whole, and of each of its tasks.
fn metrics(advice: &Advice, insights: Insights, on_fargate: bool) -> [u64; 2] {
    let fargate = u64::from(on_fargate);
    let of_use = USE + EPHEMERAL * fargate;
    let service = advice.workload.kind == Kind::Service;
    // By service, which has counts, and by family.
    let standard = if service { 2 * of_use + COUNTS } else { of_use };
    let sets = 1 + u64::from(service);
    match insights {
        Insights::Off => [0, 0],
        Insights::Standard => [standard, 0],
        Insights::Enhanced => {
            let more = UTILIZATION + fargate;
            let containers = advice.workload.containers.len().max(1) as u64 * CONTAINER;
            let whole = standard + sets * (more + containers);
            [whole, sets * (of_use + more + containers)]
        }
    }
}
