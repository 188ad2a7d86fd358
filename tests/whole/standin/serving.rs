//! The life of a connection and of a request.

use super::caller::Caller;
use super::estate::World;
use super::failure::Failure;
use super::faults::{FaultKind, Faults};
use super::http::{Answer, Connection, Request};
use super::route::{Protocol, Target};
use super::{
    Call, Estate, alarms, cloudwatch, ecs, lambda, listing, pricing, savings, scaling, sts,
};
use serde_json::Value;
use std::collections::HashMap;
use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant};

/// What all connections share.
pub(super) struct Shared {
    pub(super) world: RwLock<World>,
    pub(super) calls: Mutex<Vec<Call>>,
    pub(super) faults: Mutex<Faults>,
    pub(super) stopping: AtomicBool,
    url: String,
    open: Mutex<HashMap<u64, TcpStream>>,
    connections: AtomicU64,
    answers: AtomicU64,
    in_flight: AtomicUsize,
}

impl Shared {
    pub(super) fn new(estate: Estate, url: String) -> Self {
        Self {
            world: RwLock::new(World::new(estate)),
            calls: Mutex::default(),
            faults: Mutex::default(),
            stopping: AtomicBool::new(false),
            url,
            open: Mutex::default(),
            connections: AtomicU64::new(0),
            answers: AtomicU64::new(1),
            in_flight: AtomicUsize::new(0),
        }
    }

    /// Ends all connections.
    pub(super) fn hang_up(&self) {
        for stream in self.open.lock().expect("no thread panics with it").values() {
            drop(stream.shutdown(Shutdown::Both));
        }
    }
}

/// Accepts connections until the server stops.
pub(super) fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let shared = Arc::clone(shared);
        thread::spawn(move || converse(stream, &shared));
    }
}

/// One connection from its first request to its end.
fn converse(stream: TcpStream, shared: &Shared) {
    let number = shared.connections.fetch_add(1, Ordering::SeqCst);
    drop(stream.set_nodelay(true));
    let open = || shared.open.lock().expect("no thread panics with it");
    if let Ok(copy) = stream.try_clone() {
        open().insert(number, copy);
    }
    let mut connection = Connection::new(stream);
    // A client that goes away, or whose connection was cut on purpose, is no error here.
    drop(answer_all(&mut connection, shared));
    open().remove(&number);
}

fn answer_all(connection: &mut Connection, shared: &Shared) -> io::Result<()> {
    while let Some(request) = connection.next()? {
        if shared.stopping.load(Ordering::SeqCst) {
            return Ok(());
        }
        let busy = Busy::new(&shared.in_flight);
        match answer_one(&request, shared, busy.1) {
            Exchange::Reset => return Ok(()),
            Exchange::Cut(answer) => return connection.send(&answer, true),
            Exchange::Late(time, answer) => {
                thread::sleep(time);
                connection.send(&answer, false)?;
            }
            Exchange::Whole(answer) => connection.send(&answer, false)?,
        }
    }
    Ok(())
}

/// A request that is being answered, and how many there were when it came.
struct Busy<'a>(&'a AtomicUsize, usize);

impl<'a> Busy<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        Self(count, count.fetch_add(1, Ordering::SeqCst) + 1)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// How a request ends.
enum Exchange {
    Whole(Answer),
    Late(Duration, Answer),
    Cut(Answer),
    Reset,
}

impl Exchange {
    const fn status(&self) -> u16 {
        match self {
            Self::Whole(answer) | Self::Late(_, answer) | Self::Cut(answer) => answer.status,
            Self::Reset => 0,
        }
    }
}

fn answer_one(request: &Request, shared: &Shared, in_flight: usize) -> Exchange {
    let mut call = Call::new(Instant::now(), in_flight);
    let exchange = exchange(request, shared, &mut call);
    call.status = exchange.status();
    call.took = call.request_at.elapsed();
    shared.calls.lock().expect("no thread panics with it").push(call);
    exchange
}

fn exchange(request: &Request, shared: &Shared, call: &mut Call) -> Exchange {
    let id = request_id(shared.answers.fetch_add(1, Ordering::SeqCst));
    let Some(target) = Target::of(request) else {
        return Exchange::Whole(not_found(request, call).with("x-amzn-requestid", id));
    };
    let world = shared.world.read().expect("no thread panics with it");
    let caller = Caller::of(request, &world.estate);
    target.service.clone_into(&mut call.service);
    call.operation.clone_from(&target.operation);
    if let Some(caller) = &caller {
        call.account.clone_from(&caller.account);
        call.region.clone_from(&caller.region);
    }
    let fault =
        shared.faults.lock().expect("no thread panics with it").strike(&target, caller.as_ref());
    call.faulted = fault.is_some();
    let place = Place { world: &world, url: &shared.url, target: &target };
    let answer = place
        .answer(request, caller.as_ref(), fault.as_ref(), call)
        .unwrap_or_else(|failure| failure.answer(&target));
    drop(world);
    finish(answer.with("x-amzn-requestid", id), fault, &target)
}

/// Lets the fault have its way with an answer.
fn finish(answer: Answer, fault: Option<FaultKind>, target: &Target) -> Exchange {
    match fault {
        None => Exchange::Whole(answer),
        Some(FaultKind::ResetBeforeAnswer) => Exchange::Reset,
        Some(FaultKind::CutBody) => Exchange::Cut(answer),
        Some(FaultKind::SlowHeaders(time)) => Exchange::Late(time, answer),
        Some(kind) => Exchange::Whole(kind.spoil(answer, target)),
    }
}

/// What no service has.
fn not_found(request: &Request, call: &mut Call) -> Answer {
    call.operation.clone_from(&request.path);
    Answer::new(404, "text/html", b"<html><body>404 Not Found</body></html>".to_vec())
}

fn request_id(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

/// Where a request is answered.
struct Place<'a> {
    world: &'a World,
    url: &'a str,
    target: &'a Target,
}

impl Place<'_> {
    fn answer(
        &self,
        request: &Request,
        caller: Option<&Caller>,
        fault: Option<&FaultKind>,
        call: &mut Call,
    ) -> Result<Answer, Failure> {
        if let Some(answer) = fault.and_then(|kind| self.in_place_of_it(kind, caller)) {
            // What was asked is known even where the answer is an error.
            drop(self.measure(request, call));
            return answer;
        }
        if self.target.service == "offers" {
            return Ok(pricing::file(self.world, &request.path));
        }
        let caller = caller.ok_or_else(|| {
            Failure::new("MissingAuthenticationTokenException", "Missing Authentication Token")
                .status(403)
        })?;
        caller.check(request, &self.world.estate).map_err(|failure| self.named(failure))?;
        match self.target.protocol {
            Protocol::Cbor => self.cloudwatch(request, caller, fault, call),
            Protocol::Json => self.json(request, caller),
            Protocol::RestJson => self.rest_json(request, caller),
            Protocol::Query => {
                sts::answer(self.world, caller, &self.target.operation, &request.body)
            }
        }
    }

    fn in_place_of_it(
        &self,
        kind: &FaultKind,
        caller: Option<&Caller>,
    ) -> Option<Result<Answer, Failure>> {
        match kind.failure(self.target, caller) {
            Some(failure) => Some(Err(self.named(failure))),
            None => kind.instead().map(Ok),
        }
    }

    /// Leaves out the older name of an error unless it is wanted.
    fn named(&self, failure: Failure) -> Failure {
        let query_code = failure.query_code.filter(|_| self.world.estate.query_error_codes);
        Failure { query_code, ..failure }
    }

    fn measure(&self, request: &Request, call: &mut Call) -> Result<(), Failure> {
        if self.target.operation == "GetMetricData" {
            let body = cloudwatch::body(&request.body)?;
            cloudwatch::measure(&body, call);
        }
        Ok(())
    }

    fn cloudwatch(
        &self,
        request: &Request,
        caller: &Caller,
        fault: Option<&FaultKind>,
        call: &mut Call,
    ) -> Result<Answer, Failure> {
        if request.header("smithy-protocol") != Some("rpc-v2-cbor") {
            return Err(Failure::new("UnknownOperationException", "Not rpc-v2-cbor").status(404));
        }
        let body = cloudwatch::body(&request.body)?;
        match &*self.target.operation {
            "GetMetricData" => {
                cloudwatch::measure(&body, call);
                cloudwatch::get_metric_data(self.world, caller, &body, fault, call)
            }
            "DescribeAlarms" => alarms::describe_alarms(self.world, caller, &body),
            "ListMetrics" => listing::list_metrics(self.world, caller, &body),
            other => Err(unknown(other)),
        }
    }

    fn json(&self, request: &Request, caller: &Caller) -> Result<Answer, Failure> {
        let body = json_body(&request.body)?;
        let operation = &*self.target.operation;
        let answer = match self.target.service {
            "ecs" => ecs::answer(self.world, caller, operation, &body)?,
            "pricing" => pricing::answer(self.world, self.url, operation, &body)?,
            _ => scaling::answer(self.world, caller, operation, &body)?,
        };
        Ok(Answer::new(200, "application/x-amz-json-1.1", answer.to_string().into_bytes()))
    }

    fn rest_json(&self, request: &Request, caller: &Caller) -> Result<Answer, Failure> {
        let answer = match self.target.service {
            "lambda" => lambda::list_functions(self.world, caller, &request.query)?,
            _ if self.target.operation == "DescribeSavingsPlans" => {
                savings::plans(self.world, caller, &json_body(&request.body)?)?
            }
            _ => savings::offering_rates(self.world, &json_body(&request.body)?)?,
        };
        Ok(Answer::new(200, "application/json", answer.to_string().into_bytes()))
    }
}

fn json_body(bytes: &[u8]) -> Result<Value, Failure> {
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| Failure::new("SerializationException", error.to_string()))?;
    match value {
        Value::Object(_) => Ok(value),
        _ => Err(Failure::new("SerializationException", "Start of structure expected")),
    }
}

/// An operation that the service has not, or that is not modelled.
pub(super) fn unknown(operation: &str) -> Failure {
    Failure::new("UnknownOperationException", format!("Unknown operation {operation}"))
}
