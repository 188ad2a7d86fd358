//! A usual estate: two clusters, services of several sizes, a nightly task, two functions.
//!
//! All values are multiples of 1/8, so that sums are exact in any order. What a series was in
//! any minute is known without asking the server: see [`usual_metric`].

mod cluster;
mod documents;
mod functions;
mod nightly;
mod place;
mod scaling;
mod service;

use super::{Estate, Metric, fargate_products};
use place::Place;
use service::{Launch, Service};

/// The account of the usual estate.
pub const ACCOUNT: &str = "123456789012";
/// Its region.
pub const REGION: &str = "eu-west-1";

/// The clusters.
const CLUSTERS: [&str; 2] = ["prod", "stage"];

/// An estate of so many services, two of three in `prod`, the others in `stage`. The first
/// three of `prod` are `web` (behind a load balancer, scaled by the hour, made half as big five
/// days ago), `queue` and `worker`; the rest are `svc-0002`, `svc-0004` and so on by number.
///
/// * every fifth, from number 4, runs on Fargate Spot; every eleventh, from number 10, on EC2;
/// * every eighth, from number 5, has no tasks and no points from 02:00 to 03:00 UTC;
/// * every sixteenth, from number 9, had none on the whole fifth day before now;
/// * every tenth, from number 7, was created three days ago, the others ninety;
/// * every third, from number 1, has a second container; every fourth, from 3, is ARM.
///
/// The prices of Fargate in the region are there too.
#[must_use]
pub fn estate_of(services: usize, now: i64) -> Estate {
    let mut estate = Estate::new(now, ACCOUNT);
    estate.products = fargate_products(REGION, "EU");
    add_usual(&mut estate, ACCOUNT, REGION, services);
    estate
}

/// The same services in another account or region of an estate.
pub fn add_usual(estate: &mut Estate, account: &str, region: &str, services: usize) {
    let place = Place::new(account, region, estate.now);
    let region = estate.region(account, region);
    let services: Vec<_> = (0..services).map(|number| Service::new(number, &place)).collect();
    for name in CLUSTERS {
        region.clusters.push(cluster::cluster(&place, name, &services));
        if services.iter().any(|one| one.cluster == name && one.launch() == Launch::Ec2) {
            region.container_instances.push(cluster::instance(&place, name));
        }
    }
    for service in &services {
        service.add_to(region);
    }
    for name in ["FARGATE", "FARGATE_SPOT"] {
        region.capacity_providers.push(cluster::capacity_provider(&place, name));
    }
    nightly::add_nightly(region, &place);
    functions::add_functions(region, &place);
}

/// A series of a service of [`estate_of`], by the service's number: `CPUUtilization` or
/// `MemoryUtilization` as the server gives it, in any account and region.
#[must_use]
pub fn usual_metric(number: usize, now: i64, name: &str) -> Metric {
    Service::new(number, &Place::new(ACCOUNT, REGION, now)).metric(name)
}
