//! Options of what stands around workloads, whose defaults are written here alone.

use crate::advise::compare::{Around, Balancers, Spot};
use clap::ValueEnum;

/// Load balancers, addresses, gateways; and what Spot is reckoned to do.
#[derive(clap::Args)]
pub(super) struct Surroundings {
    /// Percent of the tasks that are wanted on Fargate Spot
    #[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = percent())]
    pub spot_share: u32,
    /// Percent of the time in which Spot has no room, and tasks run on demand
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = percent())]
    pub spot_fallback: u32,
    /// Percent of the work that is done again after an interruption
    #[arg(long, value_name = "PERCENT", default_value_t = 2, value_parser = percent())]
    pub spot_rework: u32,
    /// Load balancers of services that speak HTTP
    #[arg(long, value_enum, default_value = "shared")]
    pub load_balancers: BalancersArg,
    /// No public IPv4 addresses
    #[arg(long)]
    pub no_public_ipv4: bool,
    /// NAT gateways of each environment, shared by what has no public address
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=6))]
    pub nat_gateways: u32,
}

fn percent() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(0..=100)
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum BalancersArg {
    /// One for each environment
    Shared,
    /// One for each service
    Each,
    None,
}

impl Surroundings {
    pub(super) fn around(&self) -> Around {
        Around {
            spot: Spot {
                share: self.spot_share,
                fallback: self.spot_fallback,
                rework: self.spot_rework,
            },
            balancers: match self.load_balancers {
                BalancersArg::Shared => Balancers::Shared,
                BalancersArg::Each => Balancers::Each,
                BalancersArg::None => Balancers::None,
            },
            public_addresses: !self.no_public_ipv4,
            nat_gateways: self.nat_gateways,
            ..Around::NOTHING
        }
    }
}
