//! List prices as AWS publishes them: the Price List API for today, its bulk files for a
//! day in the past, and Savings Plans offering rates.
//!
//! Money stays a decimal string until it is a whole number. Exactly one product must match
//! what is wanted; several are told, none is taken.

mod bulk;
mod product;
mod products;
mod savings;
mod table;
mod wanted;

pub use savings::SavingsRate;

use super::client::Watch;
use super::failure::Failure;
use super::limit::{Bucket, Rate};
use super::partition::partition;
use super::session::{SessionOptions, config};
use super::signed::Signed;
use super::{PullError, attempt::Patience};
use crate::model::{Code, Finding, PriceRow, Service};
use aws_config::retry::RetryConfig;
use aws_config::{Region, SdkConfig};
use product::Product;
use std::collections::BTreeMap;

/// What is wanted.
#[derive(Clone, Debug)]
pub struct PriceOptions {
    pub session: SessionOptions,
    pub regions: Vec<String>,
    pub services: Vec<Service>,
    pub savings_plans: bool,
    /// Seconds since 1970: prices of that day instead of today's.
    pub as_of: Option<i64>,
}

/// What came.
#[derive(Clone, Debug, Default)]
pub struct LivePrices {
    /// Sorted by service, region, item, variant and tier.
    pub rows: Vec<(Service, PriceRow)>,
    pub savings: Vec<SavingsRate>,
    pub findings: Vec<Finding>,
}

/// Asks for all of it.
///
/// # Errors
/// Where the network cannot be used at all. What one service or region does not give is a
/// finding.
pub fn live_prices(options: &PriceOptions, watch: &Watch) -> Result<LivePrices, PullError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(PullError::Runtime)?;
    runtime.block_on(async {
        let mut live = LivePrices::default();
        let shared = config(&options.session, Some("us-east-1")).await;
        for region in &options.regions {
            match endpoint_region(region) {
                Some(endpoint) => {
                    let asker = Asker::new(&shared, endpoint, region, options, watch);
                    asker.region(options, &mut live).await;
                }
                None => live.findings.push(
                    Finding::new(Code::PriceMissing, "its partition has no price list endpoint")
                        .about(region.clone()),
                ),
            }
        }
        live.rows.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
        live.savings.sort();
        live.savings.dedup();
        live.findings.sort();
        live.findings.dedup();
        Ok(live)
    })
}

fn sort_key((service, row): &(Service, PriceRow)) -> (Service, &str, &str, &str, Option<u64>) {
    (*service, &row.region, &row.item, &row.variant, row.tier_from)
}

/// The price list answers in a few regions only, whatever region is priced.
fn endpoint_region(region: &str) -> Option<&'static str> {
    match partition(region) {
        "aws" => Some("us-east-1"),
        "aws-cn" => Some("cn-northwest-1"),
        _ => None,
    }
}

/// Asks for the prices of one region.
struct Asker<'o> {
    region: &'o str,
    pricing: aws_sdk_pricing::Client,
    signed: Signed,
    bucket: Bucket,
    patience: Patience,
    place: String,
    watch: &'o Watch,
}

impl<'o> Asker<'o> {
    fn new(
        shared: &SdkConfig,
        endpoint: &'static str,
        region: &'o str,
        options: &PriceOptions,
        watch: &'o Watch,
    ) -> Self {
        let shared = shared.to_builder().region(Region::new(endpoint)).build();
        let pricing = aws_sdk_pricing::config::Builder::from(&shared);
        let pricing = pricing.retry_config(RetryConfig::disabled()).build();
        Asker {
            region,
            pricing: aws_sdk_pricing::Client::from_conf(pricing),
            signed: Signed::new(&shared, endpoint),
            // Not published; taken low.
            bucket: Bucket::new(Rate { burst: 10.0, per_second: 10.0 }, 1.0),
            patience: options.session.patience,
            place: format!("price list of {region}"),
            watch,
        }
    }

    async fn region(&self, options: &PriceOptions, live: &mut LivePrices) {
        match options.as_of {
            None => self.of_today(&options.services, live).await,
            Some(at) => self.of_day(&options.services, at, live).await,
        }
        if options.savings_plans && options.as_of.is_some() {
            let detail = "Savings Plans: the rates of a past day are not asked for";
            live.findings.push(Finding::new(Code::PriceMissing, detail).about(self.region));
        } else if options.savings_plans && partition(self.region) != "aws" {
            let detail = "Savings Plans: where to ask for them in its partition is not known";
            live.findings.push(Finding::new(Code::PriceMissing, detail).about(self.region));
        } else if options.savings_plans {
            match savings::rates(self, &options.services).await {
                Ok(rates) => live.savings.extend(rates),
                Err(failure) => live.findings.push(self.failed("Savings Plans", &failure)),
            }
        }
    }

    async fn of_today(&self, services: &[Service], live: &mut LivePrices) {
        for ask in wanted::asks(services) {
            match self.products(ask.service_code, &ask.filters(self.region)).await {
                Ok(products) => wanted::rows(self.region, ask, &products, live),
                Err(failure) => live.findings.push(self.failed(ask.service_code, &failure)),
            }
        }
    }

    /// One file a service, whatever is wanted of it.
    async fn of_day(&self, services: &[Service], at: i64, live: &mut LivePrices) {
        let mut by_service: BTreeMap<&str, Vec<&'static wanted::Ask>> = BTreeMap::new();
        for ask in wanted::asks(services) {
            by_service.entry(ask.service_code).or_default().push(ask);
        }
        for (service_code, asks) in by_service {
            match self.bulk(service_code, at, &asks).await {
                Ok(products) => {
                    for ask in asks {
                        let of_ask: Vec<Product> =
                            products.iter().filter(|one| ask.takes(one)).cloned().collect();
                        wanted::rows(self.region, ask, &of_ask, live);
                    }
                }
                Err(failure) => live.findings.push(self.failed(service_code, &failure)),
            }
        }
    }

    fn failed(&self, what: &str, failure: &Failure) -> Finding {
        let about = format!("prices of {}", self.region);
        Finding::new(Code::PullFailed, format!("{what}: {failure}")).about(about)
    }
}
