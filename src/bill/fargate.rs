//! Fargate: task-level CPU and memory by the second, whatever the containers use of it.

use super::{BillError, line, missing};
use crate::model::{Bill, Catalog, Platform, Purchase, Size};
use crate::units::{GbHour, Hour, Quantity, VcpuHour};

/// Task storage that costs nothing extra.
pub const FREE_EPHEMERAL_GIB: u32 = 20;

/// What ran.
#[derive(Clone, Copy, Debug)]
pub struct FargateUse {
    pub platform: Platform,
    pub purchase: Purchase,
    pub size: Size,
    /// All of the task's storage; what is above [`FREE_EPHEMERAL_GIB`] is billed.
    pub ephemeral_gib: u32,
    /// Hours of one task, over all tasks.
    pub task_hours: Quantity<Hour>,
}

/// A run shorter than this is billed as this: one minute, on Windows five.
#[must_use]
pub const fn shortest_billed_run(platform: Platform) -> u64 {
    match platform {
        Platform::LinuxX86 | Platform::LinuxArm => 60,
        Platform::WindowsX86 => 300,
    }
}

/// The lines of some task-hours.
///
/// # Errors
/// [`BillError`] where a price has no source, or the amount is beyond belief.
pub fn fargate(catalog: &Catalog, used: &FargateUse) -> Result<Bill, BillError> {
    let name = format!("Fargate {} {}", used.platform.name(), used.purchase.name());
    let none = |part: &str| missing(format!("{name} {part}"), &catalog.region);
    let rates = catalog.fargate(used.platform, used.purchase).ok_or_else(|| none("tasks"))?;
    let vcpu = rates.vcpu.as_ref().ok_or_else(|| none("vCPU"))?;
    let memory = rates.memory.as_ref().ok_or_else(|| none("memory"))?;
    let (spot, kind) = prefixes(used.platform, used.purchase);
    let vcpu_hours: Quantity<VcpuHour> = used.task_hours.each(u64::from(used.size.cpu.0), 1024);
    let gb_hours: Quantity<GbHour> = used.task_hours.each(u64::from(used.size.memory.0), 1024);
    let mut lines = vec![
        line(
            &format!("{spot}Fargate-{kind}vCPU-Hours:perCPU"),
            format!("{name} vCPU"),
            vcpu_hours,
            vcpu,
        )?,
        line(&format!("{spot}Fargate-{kind}GB-Hours"), format!("{name} memory"), gb_hours, memory)?,
    ];
    if used.platform == Platform::WindowsX86 {
        let licence = rates.os_licence.as_ref().ok_or_else(|| none("licence"))?;
        let what = "Windows licence".to_owned();
        lines.push(line("Fargate-Windows-OS-Hours:perCPU", what, vcpu_hours, licence)?);
    }
    let extra_gib = used.ephemeral_gib.saturating_sub(FREE_EPHEMERAL_GIB);
    if extra_gib > 0 {
        let price = rates.ephemeral.as_ref().ok_or_else(|| none("ephemeral storage"))?;
        let what = format!("{extra_gib} GB of ephemeral storage above {FREE_EPHEMERAL_GIB}");
        let stored: Quantity<GbHour> = used.task_hours.each(u64::from(extra_gib), 1);
        lines.push(line("Fargate-EphemeralStorage-GB-Hours", what, stored, price)?);
    }
    Ok(Bill { lines })
}

const fn prefixes(platform: Platform, purchase: Purchase) -> (&'static str, &'static str) {
    let spot = match purchase {
        Purchase::OnDemand => "",
        Purchase::Spot => "SpotUsage-",
    };
    let kind = match platform {
        Platform::LinuxX86 => "",
        Platform::LinuxArm => "ARM-",
        Platform::WindowsX86 => "Windows-",
    };
    (spot, kind)
}
