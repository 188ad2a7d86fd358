//! What goes wrong, and when.

use super::caller::Caller;
use super::clock::compact;
use super::failure::Failure;
use super::http::Answer;
use super::route::{Protocol, Target};
use std::time::{Duration, Instant};

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum FaultKind {
    /// Too many requests.
    Throttle,
    /// Any other status. 500 and 503 have a body of the service's protocol, others a page of
    /// HTML, as of a load balancer on the way.
    Status(u16),
    /// Any error: its status, code and message.
    Error(u16, &'static str, &'static str),
    /// The connection is reset in place of an answer.
    ResetBeforeAnswer,
    /// The head announces the whole body; the connection closes in the middle of it.
    CutBody,
    /// An answer that is complete as HTTP, but its body ends in the middle.
    Truncated200,
    /// The right length, but bytes flipped at a quarter, a half and three quarters of the body.
    Corrupt,
    /// The answer comes late.
    SlowHeaders(Duration),
    /// The credentials were good once.
    ExpiredToken,
    /// No policy allows it.
    AccessDenied,
    /// The request was signed by a clock that is a quarter of an hour slow.
    ClockSkew,
    /// A 200 that is a page of HTML under the right content type.
    Malformed,
    /// `CloudWatch`: each series has one timestamp fewer than values.
    UnequalLengths,
    /// `CloudWatch`: each series has this status (`InternalError`, `Forbidden`) and no points.
    SeriesStatus(&'static str),
    /// `CloudWatch`: the answer's token is the one that the request came with.
    RepeatedToken,
}

/// Which of the calls that match a fault it spoils.
#[derive(Debug, Clone, PartialEq)]
pub enum When {
    /// All of them.
    Always,
    /// The first so many.
    First(usize),
    /// Each so-manieth.
    Every(usize),
    /// So many of a thousand, by a pseudo-random sequence.
    Share {
        /// How many of a thousand.
        per_mille: u32,
        /// Another seed spoils other calls.
        seed: u64,
    },
    /// The so-manieth (from 1) and all after it.
    From(usize),
    /// Those over a token bucket's rate, by the clock.
    Above {
        /// How many may come at once.
        burst: u32,
        /// How many a second after that.
        per_second: u32,
    },
}

/// A fault: what goes wrong, when, and for which calls (all of them where it names nothing).
///
/// Of several faults the first that strikes is played, and a fault counts only the calls that
/// no earlier one has spoiled. Where calls come at the same time, the numbers of spoiled calls
/// are the same in every run, but not which calls get these numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// As in [`Call`](super::Call).
    pub service: Option<String>,
    /// As in [`Call`](super::Call).
    pub operation: Option<String>,
    /// As in [`Call`](super::Call).
    pub account: Option<String>,
    /// As in [`Call`](super::Call).
    pub region: Option<String>,
    /// What goes wrong.
    pub kind: FaultKind,
    /// Which of the calls it is for.
    pub when: When,
}

impl Fault {
    /// A fault of every service and operation.
    #[must_use]
    pub const fn new(kind: FaultKind, when: When) -> Self {
        Self { service: None, operation: None, account: None, region: None, kind, when }
    }

    /// The same, of one service alone.
    #[must_use]
    pub fn of_service(self, service: &str) -> Self {
        Self { service: Some(service.to_owned()), ..self }
    }

    /// The same, of one operation alone.
    #[must_use]
    pub fn of_operation(self, operation: &str) -> Self {
        Self { operation: Some(operation.to_owned()), ..self }
    }

    /// The same, for one account alone.
    #[must_use]
    pub fn for_account(self, account: &str) -> Self {
        Self { account: Some(account.to_owned()), ..self }
    }

    /// The same, in one region alone.
    #[must_use]
    pub fn in_region(self, region: &str) -> Self {
        Self { region: Some(region.to_owned()), ..self }
    }

    fn matches(&self, target: &Target, caller: Option<&Caller>) -> bool {
        let same = |wanted: &Option<String>, is: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| is == Some(wanted))
        };
        same(&self.service, Some(target.service))
            && same(&self.operation, Some(&target.operation))
            && same(&self.account, caller.map(|caller| &*caller.account))
            && same(&self.region, caller.map(|caller| &*caller.region))
    }
}

/// A fault and how far it has come.
struct Armed {
    fault: Fault,
    seen: usize,
    bucket: Option<(f64, Instant)>,
}

impl Armed {
    /// Counts a call, and whether this is one to spoil.
    fn strikes(&mut self, now: Instant) -> bool {
        self.seen += 1;
        match self.fault.when {
            When::Always => true,
            When::First(count) => self.seen <= count,
            When::Every(count) => count > 0 && self.seen.is_multiple_of(count),
            When::Share { per_mille, seed } => {
                mix(seed ^ mix(self.seen as u64)) % 1_000 < u64::from(per_mille)
            }
            When::From(count) => self.seen >= count,
            When::Above { burst, per_second } => {
                self.overflows(f64::from(burst), f64::from(per_second), now)
            }
        }
    }

    fn overflows(&mut self, burst: f64, per_second: f64, now: Instant) -> bool {
        let (left, since) = self.bucket.unwrap_or((burst, now));
        let left = (left + (now - since).as_secs_f64() * per_second).min(burst);
        let over = left < 1.0;
        self.bucket = Some((if over { left } else { left - 1.0 }, now));
        over
    }
}

/// All faults that are set.
#[derive(Default)]
pub(super) struct Faults(Vec<Armed>);

impl Faults {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        Self(faults.into_iter().map(|fault| Armed { fault, seen: 0, bucket: None }).collect())
    }

    /// The fault for this call: the first that strikes.
    pub(super) fn strike(&mut self, target: &Target, caller: Option<&Caller>) -> Option<FaultKind> {
        let now = Instant::now();
        self.0
            .iter_mut()
            .filter(|armed| armed.fault.matches(target, caller))
            .find_map(|armed| armed.strikes(now).then(|| armed.fault.kind.clone()))
    }
}

/// A well-mixed number (splitmix64).
pub(super) const fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

impl FaultKind {
    /// The error that takes the place of the answer, for the kinds that are errors.
    pub(super) fn failure(&self, target: &Target, caller: Option<&Caller>) -> Option<Failure> {
        Some(match self {
            Self::Throttle => throttled(target),
            Self::Status(500) => Failure::new("InternalFailure", "An internal error.").status(500),
            Self::Status(503) => {
                Failure::new("ServiceUnavailable", "Service is unavailable.").status(503)
            }
            Self::Error(status, code, message) => Failure::new(code, *message).status(*status),
            Self::ExpiredToken => expired(target),
            Self::AccessDenied => denied(target, caller),
            Self::ClockSkew => skewed(target),
            _ => return None,
        })
    }

    /// What takes the place of the answer whatever the service would have said.
    pub(super) fn instead(&self) -> Option<Answer> {
        match self {
            Self::Status(status) => Some(html(*status, "text/html")),
            _ => None,
        }
    }

    /// What becomes of a good answer.
    pub(super) fn spoil(&self, mut answer: Answer, target: &Target) -> Answer {
        match self {
            Self::Truncated200 => answer.body.truncate(answer.body.len() / 2),
            Self::Corrupt => {
                let length = answer.body.len();
                for at in [length / 4, length / 2, length / 4 * 3] {
                    if let Some(byte) = answer.body.get_mut(at) {
                        *byte ^= 0xff;
                    }
                }
            }
            Self::Malformed => answer.body = html(200, content_type(target)).body,
            _ => {}
        }
        answer
    }
}

fn html(status: u16, content_type: &str) -> Answer {
    let page = format!("<html><head><title>{status}</title></head><body>{status}</body></html>");
    Answer::new(status, content_type, page.into_bytes())
}

fn content_type(target: &Target) -> &'static str {
    match target.protocol {
        Protocol::Cbor => "application/cbor",
        Protocol::Json => "application/x-amz-json-1.1",
        Protocol::RestJson => "application/json",
        Protocol::Query => "text/xml",
    }
}

/// 403 where a protocol tells refusals apart by status, 400 where it does not.
fn refusal(target: &Target, code: &str, message: String) -> Failure {
    let apart = matches!(target.protocol, Protocol::RestJson | Protocol::Query);
    Failure::new(code, message).status(if apart { 403 } else { 400 })
}

pub(super) fn throttled(target: &Target) -> Failure {
    match (target.service, target.protocol) {
        ("lambda", _) => Failure::new("TooManyRequestsException", "Rate exceeded").status(429),
        (_, Protocol::Query) => Failure::new("Throttling", "Rate exceeded"),
        (_, Protocol::RestJson) => Failure::new("ThrottlingException", "Rate exceeded").status(429),
        _ => Failure::new("ThrottlingException", "Rate exceeded").query_code("Throttling"),
    }
}

fn expired(target: &Target) -> Failure {
    let code = match target.protocol {
        Protocol::Query => "ExpiredToken",
        _ => "ExpiredTokenException",
    };
    let message = "The security token included in the request is expired";
    refusal(target, code, message.to_owned()).query_code("ExpiredToken")
}

fn denied(target: &Target, caller: Option<&Caller>) -> Failure {
    let code = match target.protocol {
        Protocol::Query => "AccessDenied",
        _ => "AccessDeniedException",
    };
    let action = format!("{}:{}", target.service, target.operation);
    let who = caller.map_or_else(|| "anonymous".to_owned(), Caller::arn);
    let message = format!(
        "User: {who} is not authorized to perform: {action}{} because no identity-based policy \
         allows the {action} action",
        resource(target, caller)
    );
    refusal(target, code, message).query_code("AccessDenied")
}

/// What was refused, for the services that say it.
fn resource(target: &Target, caller: Option<&Caller>) -> String {
    match (target.service, caller) {
        ("ecs", Some(caller)) => {
            format!(" on resource: arn:aws:ecs:{}:{}:*", caller.region, caller.account)
        }
        ("sts", Some(caller)) => {
            format!(" on resource: arn:aws:iam::{}:role/reader", caller.account)
        }
        ("cloudwatch", _) => String::new(),
        _ => " on resource: *".to_owned(),
    }
}

fn skewed(target: &Target) -> Failure {
    let code = match target.protocol {
        Protocol::Json | Protocol::RestJson => "InvalidSignatureException",
        Protocol::Query | Protocol::Cbor => "SignatureDoesNotMatch",
    };
    let server = 1_795_564_800;
    let message = format!(
        "Signature expired: {} is now earlier than {} ({} - 5 min.)",
        compact(server - 900),
        compact(server - 300),
        compact(server)
    );
    refusal(target, code, message).query_code("SignatureDoesNotMatch")
}

#[cfg(test)]
mod tests {
    use super::{Fault, FaultKind, Faults, Protocol, Target, When};

    fn strikes(when: When, calls: usize) -> Vec<usize> {
        let mut faults = Faults::new(vec![Fault::new(FaultKind::Throttle, when)]);
        let operation = "ListTasks".to_owned();
        let target = Target { service: "ecs", operation, protocol: Protocol::Json };
        (1..=calls).filter(|_| faults.strike(&target, None).is_some()).collect()
    }

    #[test]
    fn faults_strike_when_they_are_told_to() {
        assert_eq!(strikes(When::Always, 3), [1, 2, 3]);
        assert_eq!(strikes(When::First(2), 4), [1, 2]);
        assert_eq!(strikes(When::Every(3), 7), [3, 6]);
        assert_eq!(strikes(When::From(3), 4), [3, 4]);
        let share = When::Share { per_mille: 300, seed: 1 };
        let struck = strikes(share.clone(), 10_000);
        assert!((2_800..3_200).contains(&struck.len()), "{}", struck.len());
        assert_eq!(struck, strikes(share, 10_000));
        assert_eq!(strikes(When::Above { burst: 2, per_second: 0 }, 4), [3, 4]);
    }
}
