//! What stands around a scene, hour by hour: load balancers, public addresses, NAT gateways, a
//! control plane. Whatever one of an environment needs is there all the time.

use super::{Actor, Player, Stage};
use crate::advise::compare::{Balancers, calls, environment, is_private, name_servers, speaks};
use crate::model::ledger::Home;
use crate::model::{Catalog, Code, Finding, Kind, ReplayRow, Scene};
use crate::replay::HOUR;
use std::collections::BTreeSet;

/// What a scene needs of it.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// Environments with a load balancer, and services that speak HTTP.
    balanced: BTreeSet<String>,
    speaking: u64,
    /// Environments with something that has no public address.
    private: BTreeSet<String>,
    /// Something is where the scene is about.
    there: bool,
}

/// Pico-dollars an hour of one; of gateways of an environment's.
struct Prices {
    balancer: u64,
    gateways: u64,
    address: u64,
    plane: u64,
}

impl Player<'_> {
    /// Notes what a workload needs where it is now.
    pub(super) fn surround(&self, stage: &mut Stage, actor: Actor<'_>, row: &ReplayRow) {
        let advice = actor.advice;
        if row.outcome.is_err() {
            return;
        }
        let stays = row.stays.is_some();
        stage.needs.there |= !stays && advice.workload.kind != Kind::Function;
        let home = if stays { Scene::Fargate.home() } else { stage.scene.home() };
        let environment = environment(advice).to_owned();
        if speaks(advice) && is_balanced(home) {
            stage.needs.speaking += 1;
            stage.needs.balanced.insert(environment.clone());
        }
        let asked = self.asked;
        if calls(advice) && is_private(home, asked.wanted.network, asked.around) {
            stage.needs.private.insert(environment);
        }
    }

    /// Spends what stands around in every hour.
    ///
    /// # Errors
    /// Where a price of it is not known: nothing is spent then.
    pub(super) fn stand_around(&self, stage: &mut Stage) -> Result<(), Finding> {
        let (around, catalog) = (self.asked.around, self.fitter.catalog());
        let needs = std::mem::take(&mut stage.needs);
        let balancers = match around.balancers {
            Balancers::Shared => needs.balanced.len() as u64,
            Balancers::Each => needs.speaking,
            Balancers::None => 0,
        };
        let private = if around.nat_gateways > 0 { needs.private.len() as u64 } else { 0 };
        let prices = Prices {
            balancer: if balancers > 0 {
                around.balancer(catalog, self.asked.wanted.zones)?
            } else {
                0
            },
            gateways: if private > 0 { around.gateways(catalog)? } else { 0 },
            address: around.address(catalog)?,
            plane: match stage.scene {
                _ if !needs.there => 0,
                Scene::EksFargate => control_plane(catalog)? + name_servers(self.fitter)?,
                scene if scene.is_eks() => control_plane(catalog)?,
                _ => 0,
            },
        };
        let standing = u128::from(balancers) * u128::from(prices.balancer)
            + u128::from(private) * u128::from(prices.gateways)
            + u128::from(prices.plane);
        let whole = u128::from(HOUR.unsigned_abs());
        for (place, live) in stage.window.live.iter().enumerate() {
            let hour = &mut stage.hours[place];
            // Instances that Lambda keeps stand in private subnets.
            let instances = match stage.scene {
                Scene::LambdaManagedInstances => 0,
                _ => u128::from(hour.instance_seconds),
            };
            let addressed = u128::from(stage.addressed[place]) + instances * 1_000;
            hour.around_pico = standing * u128::from(*live) / whole
                + addressed * u128::from(prices.address) / (whole * 1_000);
        }
        Ok(())
    }
}

/// Does a load balancer stand before it? Functions have URLs, and one host has its own address.
const fn is_balanced(home: Home) -> bool {
    !matches!(
        home,
        Home::Lambda(_)
            | Home::LambdaManagedInstances
            | Home::ComposeOneHost
            | Home::BeanstalkSingle
    )
}

fn control_plane(catalog: &Catalog) -> Result<u64, Finding> {
    let plane = catalog.eks_cluster.as_ref().ok_or_else(|| {
        Finding::new(Code::PriceMissing, format!("an EKS cluster in {}", catalog.region))
    })?;
    Ok(plane.price.as_pico())
}
