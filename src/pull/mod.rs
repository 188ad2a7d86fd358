//! Live AWS into nouns: what runs, and how much it uses. The only room that is async, and
//! the only one that names the AWS clients.
//!
//! Comes in: credentials, accounts, regions, a scope. Goes out: inventories, a plan of
//! calls, and the points that the calls bring; whoever calls keeps them. Reads only.

mod attempt;
mod client;
mod commitments;
mod credentials;
mod failure;
mod fetch;
mod inventory;
mod limit;
mod metrics;
mod paging;
mod partition;
mod plan;
mod prices;
mod readings;
mod series;
mod session;
mod signed;
mod window;

pub use attempt::Patience;
pub use client::{Call, Watch};
pub use failure::{Failure, FailureKind};
pub use fetch::{Fetched, Keep};
pub use inventory::{FUNCTIONS, Found, INSTANCES, Inventory, Scope};
pub use metrics::{Budget, Points};
pub use plan::{Batch, Place, Plan, Volume, Wanted};
pub use prices::{LivePrices, PriceOptions, SavingsRate, live_prices};
pub use readings::{Converted, Facts, Measured, convert, convert_parts};
pub use series::{Identity, Insights, Measure, Metric, Statistic};
pub use session::{AssumeRole, Quota, SessionOptions};
pub use window::{LONGEST_PULL, MOST_DAYS, Segment, segments, settled_end};

use crate::model::Held;
use client::Client;
use session::Session;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

#[derive(Debug, thiserror::Error)]
pub enum PullError {
    #[error("{0}")]
    Session(String),
    #[error("cannot start the network's threads: {0}")]
    Runtime(std::io::Error),
}

/// Accounts and regions that were reached, ready to be asked. Everything blocks.
pub struct Puller {
    runtime: Runtime,
    clients: Vec<Arc<Client>>,
    failures: Vec<(Place, Failure)>,
}

impl Puller {
    /// Finds credentials and asks whose they are, for every account and region.
    ///
    /// # Errors
    /// Where no region is known. An account that cannot be reached is no error: see
    /// [`Puller::failures`].
    pub fn open(options: &SessionOptions, watch: &Watch) -> Result<Self, PullError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(PullError::Runtime)?;
        let session =
            runtime.block_on(Session::open(options, watch)).map_err(PullError::Session)?;
        let clients = session.clients.into_iter().map(Arc::new).collect();
        Ok(Puller { runtime, clients, failures: session.failures })
    }

    /// The places that were reached, in order.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.clients.iter().map(|client| &client.place)
    }

    /// The places that were not, and why.
    #[must_use]
    pub fn failures(&self) -> &[(Place, Failure)] {
        &self.failures
    }

    /// What runs in the places given, all at once. `tell` hears of clusters done and of
    /// all clusters known so far.
    pub fn inventories(
        &self,
        places: &[Place],
        scope: &Scope,
        tell: &Arc<dyn Fn(u64, u64) + Send + Sync>,
    ) -> Vec<(Place, Result<Inventory, Failure>)> {
        let scope = Arc::new(scope.clone());
        let clusters = Arc::new((AtomicU64::new(0), AtomicU64::new(0)));
        self.runtime.block_on(async {
            let mut all = JoinSet::new();
            for client in self.clients.iter().filter(|client| places.contains(&client.place)) {
                let (client, scope) = (Arc::clone(client), Arc::clone(&scope));
                let (tell, clusters) = (Arc::clone(tell), Arc::clone(&clusters));
                all.spawn(async move {
                    let told = move |done: u64, known: u64| {
                        if done == 0 {
                            clusters.1.fetch_add(known, Ordering::Relaxed);
                        } else {
                            clusters.0.fetch_add(1, Ordering::Relaxed);
                        }
                        tell(
                            clusters.0.load(Ordering::Relaxed),
                            clusters.1.load(Ordering::Relaxed),
                        );
                    };
                    let found = inventory::inventory(&client, &scope, &told).await;
                    (client.place.clone(), found)
                });
            }
            let mut found = all.join_all().await;
            found.sort_by(|a, b| a.0.cmp(&b.0));
            found
        })
    }

    /// What the accounts that were reached have committed to, and whether all of them told it. What
    /// could not be asked for or is not applied stands in [`Held::missing`].
    #[must_use]
    pub fn commitments(&self) -> (Held, bool) {
        self.runtime.block_on(async {
            let (mut held, mut told_all) = (Held::default(), true);
            let mut accounts = BTreeSet::new();
            for client in &self.clients {
                let place = &client.place;
                if accounts.insert(&place.account) {
                    match commitments::plans(client).await {
                        Ok((plans, left)) => {
                            held.plans.extend(plans);
                            let told =
                                left.into_iter().map(|why| format!("{}: {why}", place.account));
                            held.missing.extend(told);
                        }
                        Err(failure) => {
                            told_all = false;
                            held.missing.push(format!("Savings Plans: {failure}"));
                        }
                    }
                }
                match commitments::reserved(client).await {
                    Ok((instances, left)) => {
                        held.instances.extend(instances);
                        held.missing.extend(left.into_iter().map(|why| format!("{place}: {why}")));
                    }
                    Err(failure) => {
                        told_all = false;
                        held.missing.push(format!("Reserved Instances: {failure}"));
                    }
                }
            }
            (held, told_all)
        })
    }

    /// Fetches the batches of a plan that are not there yet. See [`Keep`].
    pub fn fetch(&self, plan: &Arc<Plan>, budget: Budget, keep: &mut dyn Keep) -> Fetched {
        self.runtime.block_on(fetch::fetch(&self.clients, plan, &Arc::new(budget), keep))
    }
}
