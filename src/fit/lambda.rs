//! Could a function do it? Only what standard Lambda allows: 900 seconds, 10,240 MiB,
//! one request at a time in each environment.

use super::comes_in_requests;
use crate::model::{Code, Demand, Finding, Kind, Workload};
use crate::units::{CpuUnits, MiB};

const LONGEST_SECONDS: u64 = 900;
const SMALLEST: u32 = 128;
const LARGEST: u32 = 10_240;
const LARGEST_STORAGE_GIB: u32 = 10;
const LARGEST_IMAGE_MIB: u32 = 10 * 1024;
const LARGEST_PAYLOAD_KIB: u32 = 6 * 1024;
/// Memory that comes with one whole vCPU.
const MIB_A_VCPU: u64 = 1_769;

/// Requests (or runs) of the window and the CPU they used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requests {
    pub count: u64,
    /// CPU time of all of them, in thousandths of a vCPU-second; nothing where CPU was
    /// not measured.
    pub cpu_milliseconds: Option<u64>,
    /// What of it may be for no request: health checks, collecting garbage.
    pub idle_milliseconds: u64,
}

/// What is taken for granted of functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Functions {
    /// So long may a request or a run take, in percent of its time today.
    pub latency_percent: u32,
    /// What cannot be so fast is refused; else it is as fast as it can be.
    pub strict: bool,
    /// vCPUs that one request can use at once.
    pub parallelism: u32,
    /// How fast Lambda's CPUs are, in percent of today's.
    pub cpu_speed_percent: u32,
}

impl Default for Functions {
    fn default() -> Self {
        Functions { latency_percent: 125, strict: false, parallelism: 1, cpu_speed_percent: 100 }
    }
}

/// A function's memory and what one request is billed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LambdaFit {
    pub memory: MiB,
    pub billed_milliseconds: u64,
}

/// Of the memory sizes that hold a request and answer it within the limit the one with which it
/// costs the least.
///
/// # Errors
/// The first reason against it, in the order in which people ask.
pub(super) fn fit(
    workload: &Workload,
    demand: Demand,
    requests: Option<&Requests>,
    functions: Functions,
) -> Result<LambdaFit, Finding> {
    if workload.gpus > 0 {
        return Err(Finding::new(Code::GpuNeeded, format!("{} GPUs", workload.gpus)));
    }
    if !comes_in_requests(workload) {
        return Err(Finding::new(Code::LambdaNotRequests, String::new()));
    }
    let longest = workload.longest_run_seconds.map(u64::from);
    if let Some(seconds) = longest.filter(|seconds| *seconds > LONGEST_SECONDS) {
        return Err(too_long(seconds * 1000));
    }
    if let Some(mib) = workload.image_mib.filter(|mib| *mib > LARGEST_IMAGE_MIB) {
        let detail = format!("{mib} of {LARGEST_IMAGE_MIB} MiB");
        return Err(Finding::new(Code::LambdaImageTooLarge, detail));
    }
    if let Some(kib) = workload.payload_kib.filter(|kib| *kib > LARGEST_PAYLOAD_KIB) {
        let detail = format!("{kib} of {LARGEST_PAYLOAD_KIB} KiB");
        return Err(Finding::new(Code::LambdaPayloadTooLarge, detail));
    }
    let storage = workload.ephemeral_gib.unwrap_or(0);
    if storage > LARGEST_STORAGE_GIB {
        let detail = format!("{storage} of {LARGEST_STORAGE_GIB} GiB of storage");
        return Err(Finding::new(Code::LambdaTooMuchStorage, detail));
    }
    let least = least_memory(demand)?;
    let duration = duration_milliseconds(workload)
        .ok_or_else(|| Finding::new(Code::LambdaDurationUnknown, String::new()))?;
    let requests = requests
        .filter(|requests| requests.count > 0)
        .ok_or_else(|| Finding::new(Code::LambdaRequestsUnknown, String::new()))?;
    let cpu_today = workload.size.map_or(demand.cpu, |size| size.cpu);
    let request = Request::new(duration, requests, cpu_today, functions);
    let limit = duration * u64::from(functions.latency_percent) / 100;
    request.cheapest(least, limit.max(1), functions.strict)
}

fn too_long(milliseconds: u64) -> Finding {
    let seconds = milliseconds.div_ceil(1000);
    Finding::new(Code::LambdaTooLong, format!("{seconds} of {LONGEST_SECONDS} seconds"))
}

fn least_memory(demand: Demand) -> Result<u32, Finding> {
    if demand.memory.0 > LARGEST {
        let detail = format!("{} of {LARGEST} MiB", demand.memory.0);
        return Err(Finding::new(Code::LambdaTooMuchMemory, detail));
    }
    Ok(demand.memory.0.max(SMALLEST))
}

/// A request's mean, or for a task its longest run: every run is billed as that.
fn duration_milliseconds(workload: &Workload) -> Option<u64> {
    match workload.kind {
        Kind::Service | Kind::Function => workload.request_milliseconds.map(u64::from),
        Kind::Task => workload.longest_run_seconds.map(|seconds| u64::from(seconds) * 1000),
    }
}

/// What one takes: a part that waits, which stays as long, and a part that computes.
#[derive(Clone, Copy, Debug)]
struct Request {
    /// Milliseconds.
    waits: u64,
    /// Milliseconds of CPU times the memory of a vCPU times a hundred: divided by memory and speed
    /// it is how long it computes.
    work: u128,
    /// Percent.
    speed: u128,
    /// More memory brings nothing.
    most: u32,
}

impl Request {
    /// Of the time that a request takes today it computes on as many vCPUs as it can use and the
    /// task has, on one at least: what tasks have less than one of is theirs in turns.
    fn new(duration: u64, requests: &Requests, today: CpuUnits, functions: Functions) -> Self {
        let side = u64::from(today.0.clamp(1024, functions.parallelism.max(1) * 1024));
        // Where CPU was not measured all of the duration is taken to compute: an upper bound. More
        // CPU than that is used by what a function does one after the other; or between requests,
        // as far as that may be.
        let all_of_it = duration * side / 1024;
        let cpu = requests.cpu_milliseconds.map_or(duration, |all| {
            let busy = all.saturating_sub(requests.idle_milliseconds).div_ceil(requests.count);
            all.div_ceil(requests.count).min(all_of_it).max(busy)
        });
        let most = MIB_A_VCPU * u64::from(functions.parallelism.max(1));
        Request {
            waits: duration.saturating_sub((cpu * 1024).div_ceil(side)),
            work: u128::from(cpu) * u128::from(MIB_A_VCPU) * 100,
            speed: u128::from(functions.cpu_speed_percent.max(1)),
            most: u32::try_from(most).unwrap_or(LARGEST).min(LARGEST),
        }
    }

    /// `w + c / vcpu`, rounded up to a millisecond as billed.
    fn milliseconds(&self, memory: u32) -> u64 {
        let computes = self.work.div_ceil(self.speed * u128::from(memory.min(self.most)));
        self.waits.saturating_add(u64::try_from(computes).unwrap_or(u64::MAX))
    }

    /// The smallest memory at which it takes no longer than that.
    fn within(&self, milliseconds: u64) -> Option<u32> {
        let left = u128::from(milliseconds.checked_sub(self.waits)?);
        if self.work == 0 {
            return Some(SMALLEST);
        }
        let memory = self.work.div_ceil((self.speed * left).max(1));
        u32::try_from(memory).ok().filter(|memory| left > 0 && *memory <= self.most)
    }

    /// Memory times what is billed, the least of all from `least` on. With more memory what waits
    /// costs more and what computes the same, so that but for rounding up the smallest is best.
    fn cheapest(&self, least: u32, limit: u64, strict: bool) -> Result<LambdaFit, Finding> {
        let fastest = self.milliseconds(LARGEST);
        if fastest > LONGEST_SECONDS * 1000 {
            return Err(too_long(fastest));
        }
        let slow = || {
            let detail = format!("{fastest} ms with all the CPU that it can use, {limit} allowed");
            Finding::new(Code::LambdaTooSlow, detail)
        };
        let limit = limit.min(LONGEST_SECONDS * 1000);
        let first = match self.within(limit) {
            Some(memory) => memory,
            None if strict => return Err(slow()),
            None => self.most,
        };
        let first = first.max(least);
        let cost = |memory: u32| u128::from(memory) * u128::from(self.milliseconds(memory));
        let never_less =
            |memory: u32| u128::from(memory) * u128::from(self.waits) + self.work / self.speed;
        let mut best = first;
        for memory in first + 1..=self.most {
            if never_less(memory) >= cost(best) {
                break;
            }
            if cost(memory) < cost(best) {
                best = memory;
            }
        }
        Ok(LambdaFit { memory: MiB(best), billed_milliseconds: self.milliseconds(best) })
    }
}

#[cfg(test)]
mod tests;
