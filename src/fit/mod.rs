//! Where one workload could run: a demand and the catalog in, for every place a choice
//! or a coded reason out. What it costs is `bill`'s to say.

pub mod constraint;
mod fargate;
pub mod fleet;
mod instance;
mod lambda;

pub use fargate::FargateTable;
pub use instance::{Network, Node, Nodes};
pub use lambda::{Functions, LambdaFit, Requests};

use crate::model::{
    Architecture, Catalog, Code, Demand, FargateRates, Finding, InstanceOffer, Kind,
    OperatingSystem, Place, Platform, Protocol, Purchase, Size, Workload,
};

/// What there is to choose from, prepared once for many workloads.
#[derive(Clone, Debug)]
pub struct Fitter<'c> {
    catalog: &'c Catalog,
    tables: Vec<(Platform, Purchase, Option<FargateTable>)>,
    nodes: [Nodes<'c>; 2],
    functions: Functions,
}

/// What fits in a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice<'c> {
    Fargate(Size),
    /// One instance a task.
    Own(&'c InstanceOffer),
    /// So many tasks an instance.
    Share(&'c InstanceOffer, u32),
    Lambda(LambdaFit),
}

/// One workload with all that is known of it for fitting.
#[derive(Clone, Copy, Debug)]
pub struct Need<'w> {
    pub workload: &'w Workload,
    pub demand: Demand,
    /// Requests or runs, where they were counted.
    pub requests: Option<Requests>,
}

impl<'c> Fitter<'c> {
    #[must_use]
    pub fn new(catalog: &'c Catalog, node: Node) -> Self {
        let both = [Purchase::OnDemand, Purchase::Spot];
        let tables = Platform::ALL
            .into_iter()
            .flat_map(|platform| both.map(|purchase| (platform, purchase)))
            .map(|(platform, purchase)| {
                let rates = catalog.fargate(platform, purchase).and_then(FargateRates::task_rates);
                let table =
                    rates.map(|rates| FargateTable::new(&catalog.fargate_sizes, platform, rates));
                (platform, purchase, table)
            })
            .collect();
        let nodes = [Architecture::X86, Architecture::Arm]
            .map(|architecture| Nodes::new(&catalog.instances, architecture, node));
        Fitter { catalog, tables, nodes, functions: Functions::default() }
    }

    /// The same with other assumptions about functions.
    #[must_use]
    pub fn with_functions(self, functions: Functions) -> Self {
        Fitter { functions, ..self }
    }

    #[must_use]
    pub const fn functions(&self) -> Functions {
        self.functions
    }

    #[must_use]
    pub const fn catalog(&self) -> &'c Catalog {
        self.catalog
    }

    /// Prices of every Fargate size on a platform; nothing where a rate has no source.
    #[must_use]
    pub fn table(&self, platform: Platform, purchase: Purchase) -> Option<&FargateTable> {
        let found = self.tables.iter().find(|(p, q, _)| *p == platform && *q == purchase);
        found.and_then(|(_, _, table)| table.as_ref())
    }

    /// Every place, each with what fits there or why nothing does.
    #[must_use]
    pub fn places(&self, need: &Need<'_>) -> Vec<(Place, Result<Choice<'c>, Finding>)> {
        Place::ALL.into_iter().map(|place| (place, self.place(place, need))).collect()
    }

    /// One place.
    ///
    /// # Errors
    /// The coded reason why the workload cannot run there.
    pub fn place(&self, place: Place, need: &Need<'_>) -> Result<Choice<'c>, Finding> {
        runs_on(place, need.workload)?;
        if need.workload.has_image_for(place.architecture()) == Some(false) {
            let detail = format!("for {} alone", need.workload.architecture.image());
            return Err(Finding::new(Code::ImageArchitecture, detail));
        }
        match place {
            Place::Fargate(platform, purchase) => self.fargate(platform, purchase, need),
            Place::Ec2Own(architecture) => {
                let gpus = need.workload.gpus;
                let offer = self.nodes(architecture).cheapest(need.demand, gpus);
                offer.map(Choice::Own).ok_or_else(|| self.no_instance(architecture, need.demand))
            }
            Place::Ec2Share(architecture) => {
                let gpus = need.workload.gpus;
                let share = self.nodes(architecture).cheapest_share(need.demand, gpus);
                share
                    .map(|(offer, tasks)| Choice::Share(offer, tasks))
                    .ok_or_else(|| self.no_instance(architecture, need.demand))
            }
            Place::Lambda(_) => {
                let requests = need.requests.as_ref();
                let fit = lambda::fit(need.workload, need.demand, requests, self.functions);
                fit.map(Choice::Lambda)
            }
        }
    }

    fn fargate(
        &self,
        platform: Platform,
        purchase: Purchase,
        need: &Need<'_>,
    ) -> Result<Choice<'c>, Finding> {
        if need.workload.gpus > 0 {
            return Err(Finding::new(Code::GpuNeeded, format!("{} GPUs", need.workload.gpus)));
        }
        let name = Place::Fargate(platform, purchase).name();
        let table = self.table(platform, purchase).ok_or_else(|| {
            Finding::new(Code::PriceMissing, format!("{name} in {}", self.catalog.region))
        })?;
        table.cheapest(need.demand).map(Choice::Fargate).ok_or_else(|| {
            let Demand { cpu, memory } = need.demand;
            let largest = table.largest();
            let detail =
                format!("needs {cpu} and {memory}; the largest size is {}", largest.short());
            Finding::new(Code::TooLarge, detail)
        })
    }

    /// The cheapest instance that holds one such task.
    #[must_use]
    pub fn instance(
        &self,
        architecture: Architecture,
        demand: Demand,
    ) -> Option<&'c InstanceOffer> {
        self.nodes(architecture).cheapest(demand, 0)
    }

    fn nodes(&self, architecture: Architecture) -> &Nodes<'c> {
        &self.nodes[usize::from(architecture == Architecture::Arm)]
    }

    fn no_instance(&self, architecture: Architecture, demand: Demand) -> Finding {
        let region = &self.catalog.region;
        if self.nodes(architecture).is_empty() {
            return Finding::new(Code::PriceMissing, format!("EC2 in {region}"));
        }
        let Demand { cpu, memory } = demand;
        let detail = format!("no instance type priced in {region} holds {cpu} and {memory}");
        Finding::new(Code::TooLarge, detail)
    }
}

/// Does the place exist for the operating system?
fn runs_on(place: Place, workload: &Workload) -> Result<(), Finding> {
    let windows = workload.operating_system == OperatingSystem::Windows;
    let place_is_windows = matches!(place, Place::Fargate(Platform::WindowsX86, _));
    if windows == place_is_windows {
        return Ok(());
    }
    let detail = if windows {
        "runs Windows; priced here is Fargate for Windows alone"
    } else {
        "runs Linux"
    };
    Err(Finding::new(Code::PlatformMismatch, detail))
}

/// Does it answer one request after the other, or run to its end?
const fn comes_in_requests(workload: &Workload) -> bool {
    match workload.kind {
        Kind::Task | Kind::Function => true,
        Kind::Service => matches!(workload.protocol, None | Some(Protocol::Http)),
    }
}

#[cfg(test)]
mod tests;
