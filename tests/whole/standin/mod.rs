//! A stand-in for AWS on 127.0.0.1: one server that speaks the protocols of the services that
//! are read here, with their limits, pages, errors and ages of data, and with faults on demand.
//!
//! ```ignore
//! let server = Server::start(estate_of(20, now));
//! server.faults(vec![
//!     Fault::new(FaultKind::Throttle, When::Every(3)).of_service("cloudwatch"),
//! ]);
//! Command::new("…").envs(server.environment()) // or an SDK's endpoint_url(server.url())
//! assert!(server.calls().iter().all(|call| call.status != 500));
//! ```
//!
//! Any access key will do that does not begin with `ASIA`: those are given out by `AssumeRole`,
//! with the account in them. Signatures are read (account, region), never checked.
//!
//! Not here: metric math and other expressions, periods under a minute, percentiles of raw
//! values, metrics of linked accounts, filter expressions of container instances, task sets,
//! daemons, quotas (but see [`When::Above`]), CSV offer files, TLS. What is not here is refused,
//! never answered with something else.

#![allow(dead_code, unused_imports, reason = "each test uses its own part of it")]

mod alarms;
mod caller;
mod calls;
mod cbor;
mod clock;
mod cloudwatch;
mod ecs;
mod estate;
mod failure;
mod fargate;
mod faults;
mod http;
mod lambda;
mod listing;
mod metric;
mod pages;
mod pricing;
mod request;
mod route;
mod savings;
mod scaling;
mod series;
mod serving;
mod sts;
mod tasks;
mod usual;

pub use calls::Call;
pub use estate::{Estate, Paging, Region};
pub use fargate::{fargate_products, product};
pub use faults::{Fault, FaultKind, When};
pub use metric::{Metric, Point};
pub use usual::{ACCOUNT, REGION, add_usual, estate_of, usual_metric};

use serving::Shared;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};

/// A running stand-in. It stops when it is dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts to listen on a free port of 127.0.0.1.
    #[must_use]
    pub fn start(estate: Estate) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared::new(estate, format!("http://{address}")));
        let serving = Arc::clone(&shared);
        let listening = thread::spawn(move || serving::listen(&listener, &serving));
        Self { address, shared, listening: Some(listening) }
    }

    /// Where it listens: `http://127.0.0.1:…`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What a program needs in its environment to come here and nowhere else.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        [
            ("AWS_ENDPOINT_URL", &*self.url()),
            ("AWS_ACCESS_KEY_ID", "testing"),
            ("AWS_SECRET_ACCESS_KEY", "testing"),
            ("AWS_REGION", REGION),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .to_vec()
    }

    /// Every call so far, in the order in which the answers were made.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.shared.calls.lock().expect("no thread panics with it").clone()
    }

    /// Forgets the calls so far.
    pub fn clear_calls(&self) {
        self.shared.calls.lock().expect("no thread panics with it").clear();
    }

    /// Sets the faults, in place of those set before; their counts start anew.
    pub fn faults(&self, faults: Vec<Fault>) {
        *self.shared.faults.lock().expect("no thread panics with it") = faults::Faults::new(faults);
    }

    /// Changes what exists, the time included.
    pub fn change(&self, change: impl FnOnce(&mut Estate)) {
        let mut world = self.shared.world.write().expect("no thread panics with it");
        change(&mut world.estate);
        world.index();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        self.shared.hang_up();
        if let Some(listening) = self.listening.take() {
            drop(listening.join());
        }
    }
}
