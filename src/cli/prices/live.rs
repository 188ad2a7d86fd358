//! Options of whatever asks AWS for prices.

use super::ServiceArg;
use crate::cli::options::Global;
use crate::cli::progress::Stage;
use crate::cli::pull::live::{moment, watch};
use crate::cli::usage;
use crate::model::Service;
use crate::pull::{LivePrices, Patience, PriceOptions, SessionOptions, live_prices};

#[derive(clap::Args)]
pub(super) struct Live {
    /// Regions to price, separated by commas
    #[arg(long, required = true, value_delimiter = ',', value_name = "REGION,...")]
    pub regions: Vec<String>,
    /// Whose prices; EC2 has hundreds of instance types and takes longest
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "fargate,lambda,surroundings,ec2"
    )]
    services: Vec<ServiceArg>,
    /// Prices as they were on a day: 2026-11-01T00:00:00Z, or seconds since 1970
    #[arg(long, value_parser = moment, value_name = "DATE")]
    as_of: Option<i64>,
    /// Profile of the AWS configuration files
    #[arg(long)]
    profile: Option<String>,
    /// Attempts at a call before it is given up
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=100))]
    attempts: u32,
}

impl Live {
    /// Asks for everything.
    pub fn ask(&self, savings_plans: bool, global: &Global) -> anyhow::Result<LivePrices> {
        let patience = Patience { attempts: self.attempts, ..Patience::default() };
        let session =
            SessionOptions { profile: self.profile.clone(), patience, ..SessionOptions::default() };
        let options = PriceOptions {
            session,
            regions: self.regions.clone(),
            services: self.services.iter().copied().map(Service::from).collect(),
            savings_plans,
            as_of: self.as_of,
        };
        let stage = Stage::new("prices", "regions", global);
        let live = live_prices(&options, &watch(global)).map_err(|error| usage(error.to_string()));
        stage.end();
        live
    }
}
