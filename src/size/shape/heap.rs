//! Memory that a runtime's heap decides, not the load.

use super::Shape;
use crate::model::{Code, Heap, HeapLimit, Profile, Runtime, Workload};
use crate::units::{Fine, MiB};

/// What a runtime needs beside its heap, of that: threads, code, buffers. An assumption.
const BESIDE_HEAP: u32 = 4;

/// No runtime does with less.
const SMALLEST_HEAP: u32 = 16;

pub(super) fn is_heap(workload: &Workload) -> bool {
    workload.containers.iter().any(|one| one.heap.is_some())
}

/// Without a fixed limit a heap grows with what it is given, and a smaller task may not do:
/// not sized down. With one, never below it.
pub(super) fn look(workload: &Workload, profile: &Profile, shape: &mut Shape) {
    let heaps = workload.containers.iter().filter(|one| one.heap.is_some()).count();
    let maximum = super::super::fixed::maximum(profile).map_or(0, Fine::ceil);
    // Several share what was seen.
    let maximum = maximum / u32::try_from(heaps.max(1)).unwrap_or(u32::MAX);
    let mut limits = 0_u32;
    for (name, heap) in
        workload.containers.iter().filter_map(|one| Some((&one.name, one.heap.as_ref()?)))
    {
        match heap.limit {
            Some(HeapLimit::Fixed(limit)) => limits = limits.saturating_add(limit.0),
            _ => shape.memory.hold = true,
        }
        shape.say(Code::HeapShaped, said(name, heap, maximum));
    }
    let beside = limits.div_ceil(BESIDE_HEAP);
    shape.least_memory = shape.least_memory.max(MiB(limits.saturating_add(beside)));
}

fn said(name: &str, heap: &Heap, maximum: u32) -> String {
    // Four fifths of what was seen: the rest is beside the heap.
    let mib = (maximum / 5 * 4).max(SMALLEST_HEAP);
    let flag = match heap.runtime {
        Runtime::Jvm => format!("-Xmx{mib}m"),
        Runtime::Node => format!("--max-old-space-size={mib}"),
        Runtime::Go => format!("GOMEMLIMIT={mib}MiB"),
    };
    let runtime = heap.runtime.name();
    match heap.limit {
        Some(HeapLimit::Fixed(limit)) => {
            format!("{name}: {runtime}, heap limited to {} MiB", limit.0)
        }
        Some(HeapLimit::Share) => {
            format!("{name}: {runtime}, heap a share of the memory; {flag} would fix it")
        }
        None => format!("{name}: {runtime} without a limit of its heap; {flag} would set it"),
    }
}
