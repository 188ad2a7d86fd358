//! All batches of a plan: several at a time, each kept as it comes.

use super::client::Client;
use super::failure::{Failure, FailureKind};
use super::metrics::{Budget, Points, fetch as fetch_batch};
use super::plan::{Place, Plan};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Batches of one account and region on their way at a time.
const IN_FLIGHT: usize = 8;
/// So many batches that failed for good, and the rest of the place is not asked any more.
const PATIENCE_WITH_A_PLACE: usize = 3;

/// Whoever keeps what is fetched.
pub trait Keep {
    /// Is this batch there already?
    fn has(&self, batch: usize) -> bool;

    /// Takes a batch; from now on it is there.
    ///
    /// # Errors
    /// Where it cannot be kept: nothing more is fetched then.
    fn put(&mut self, batch: usize, points: Vec<Points>) -> Result<(), String>;
}

/// How it went.
#[derive(Debug, Default)]
pub struct Fetched {
    /// By place, the first failure and how many batches are missing for it.
    pub failures: BTreeMap<Place, (Failure, usize)>,
    /// Batches that there was no budget for.
    pub unaffordable: usize,
    /// What was fetched could not be kept.
    pub lost: Option<String>,
}

/// The batches of one place that are still to come.
struct Queue {
    client: Arc<Client>,
    batches: VecDeque<usize>,
    in_flight: usize,
    failed: usize,
}

pub(super) async fn fetch(
    clients: &[Arc<Client>],
    plan: &Arc<Plan>,
    budget: &Arc<Budget>,
    keep: &mut dyn Keep,
) -> Fetched {
    let mut queues: BTreeMap<Place, Queue> = BTreeMap::new();
    for client in clients {
        let batches = plan.batches.iter().enumerate();
        let mine = batches.filter(|(number, one)| one.place == client.place && !keep.has(*number));
        let batches = mine.map(|(number, _)| number).collect();
        let queue = Queue { client: Arc::clone(client), batches, in_flight: 0, failed: 0 };
        queues.insert(client.place.clone(), queue);
    }
    let mut out = Fetched::default();
    let mut running = JoinSet::new();
    loop {
        for queue in queues.values_mut() {
            start(queue, plan, budget, &mut running);
        }
        let Some(done) = running.join_next().await else { return out };
        let (number, result): (usize, Result<Vec<Points>, Failure>) =
            done.expect("a task of ours does not panic");
        let place = &plan.batches[number].place;
        let queue = queues.get_mut(place).expect("it was started from there");
        queue.in_flight -= 1;
        match result {
            Ok(points) => {
                if let Err(problem) = keep.put(number, points) {
                    out.lost = Some(problem);
                    return out;
                }
            }
            Err(failure) if failure.kind == FailureKind::OverBudget => out.unaffordable += 1,
            Err(failure) => failed(queue, place, failure, &mut out),
        }
    }
}

fn start(
    queue: &mut Queue,
    plan: &Arc<Plan>,
    budget: &Arc<Budget>,
    running: &mut JoinSet<(usize, Result<Vec<Points>, Failure>)>,
) {
    while queue.in_flight < IN_FLIGHT {
        let Some(number) = queue.batches.pop_front() else { return };
        queue.in_flight += 1;
        let (client, plan, budget) =
            (Arc::clone(&queue.client), Arc::clone(plan), Arc::clone(budget));
        running.spawn(async move {
            let batch = &plan.batches[number];
            (number, Box::pin(fetch_batch(&client, batch, &plan.wanted, &budget)).await)
        });
    }
}

/// One batch failed for good. What concerns the whole place ends the place.
fn failed(queue: &mut Queue, place: &Place, failure: Failure, out: &mut Fetched) {
    queue.failed += 1;
    let hopeless = !failure.kind.is_passing() || queue.failed >= PATIENCE_WITH_A_PLACE;
    let missing = if hopeless { std::mem::take(&mut queue.batches).len() } else { 0 };
    let entry = out.failures.entry(place.clone()).or_insert((failure, 0));
    entry.1 += 1 + missing;
}
