//! Could a function do it? Only what standard Lambda allows: 900 seconds, 10,240 MiB,
//! one request at a time in each environment.

use super::comes_in_requests;
use crate::model::{Code, Demand, Finding, Kind, Workload};
use crate::units::MiB;

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

/// A function's memory and what one request is billed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LambdaFit {
    pub memory: MiB,
    pub billed_milliseconds: u64,
}

/// The smallest memory that holds a request and gives it the CPU that it has today, up
/// to one vCPU; below a whole vCPU the CPU part of the duration stretches.
///
/// # Errors
/// The first reason against it, in the order in which people ask.
pub(super) fn fit(
    workload: &Workload,
    demand: Demand,
    requests: Option<&Requests>,
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
    let memory = memory(demand)?;
    let duration = duration_milliseconds(workload)
        .ok_or_else(|| Finding::new(Code::LambdaDurationUnknown, String::new()))?;
    let requests = requests
        .filter(|requests| requests.count > 0)
        .ok_or_else(|| Finding::new(Code::LambdaRequestsUnknown, String::new()))?;
    let billed_milliseconds = stretched(duration, requests, memory);
    if billed_milliseconds > LONGEST_SECONDS * 1000 {
        return Err(too_long(billed_milliseconds));
    }
    Ok(LambdaFit { memory, billed_milliseconds })
}

fn too_long(milliseconds: u64) -> Finding {
    let seconds = milliseconds.div_ceil(1000);
    Finding::new(Code::LambdaTooLong, format!("{seconds} of {LONGEST_SECONDS} seconds"))
}

fn memory(demand: Demand) -> Result<MiB, Finding> {
    let today = u64::from(demand.cpu.0.min(1024)) * MIB_A_VCPU;
    let for_cpu = u32::try_from(today.div_ceil(1024)).expect("at most a vCPU's");
    if demand.memory.0 > LARGEST {
        let detail = format!("{} of {LARGEST} MiB", demand.memory.0);
        return Err(Finding::new(Code::LambdaTooMuchMemory, detail));
    }
    Ok(MiB(demand.memory.0.max(for_cpu).max(SMALLEST)))
}

/// A request's mean, or for a task its longest run: every run is billed as that.
fn duration_milliseconds(workload: &Workload) -> Option<u64> {
    match workload.kind {
        Kind::Service | Kind::Function => workload.request_milliseconds.map(u64::from),
        Kind::Task => workload.longest_run_seconds.map(|seconds| u64::from(seconds) * 1000),
    }
}

/// `w + c / vcpu`, rounded up to a millisecond as billed: the part that waits stays as
/// long, the part that computes stretches below one vCPU.
fn stretched(duration: u64, requests: &Requests, memory: MiB) -> u64 {
    // Where CPU was not measured all of the duration is taken to compute: an upper bound. More CPU
    // than a request lasts is used side by side, which a function does one after the other on its
    // one vCPU; or between requests, as far as that may be.
    let cpu_each = requests.cpu_milliseconds.map_or(duration, |all| {
        let busy = all.saturating_sub(requests.idle_milliseconds).div_ceil(requests.count);
        all.div_ceil(requests.count).min(duration).max(busy)
    });
    let memory = u64::from(memory.0).min(MIB_A_VCPU);
    duration.saturating_sub(cpu_each) + (cpu_each * MIB_A_VCPU).div_ceil(memory)
}
