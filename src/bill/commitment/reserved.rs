//! Reserved Instances. A regional one on Linux is as good for other sizes of its family, the
//! smaller ones first, by normalization factors; a zonal one for its type alone.

use super::{PARTS, Used};

/// Instances that are paid for, running or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserved {
    pub instance_type: String,
    pub count: u32,
    /// Pico-dollars for one an hour, with its share of what was paid upfront.
    pub hourly: u64,
    /// For any size of the family; else for this type alone.
    pub regional: bool,
}

/// Takes instances from what is left; by reservation, what is idle, and what all of them cost.
pub(super) fn apply(hour: &[Used], all: &[Reserved], left: &mut [u64]) -> (Vec<u64>, u128) {
    let mut idle = vec![0; all.len()];
    let mut total = 0;
    // Zonal ones first.
    for regional in [false, true] {
        for (number, one) in all.iter().enumerate().filter(|(_, one)| one.regional == regional) {
            total += u128::from(one.hourly) * u128::from(one.count);
            idle[number] = cover(hour, one, left);
        }
    }
    (idle, total)
}

fn cover(hour: &[Used], one: &Reserved, left: &mut [u64]) -> u64 {
    let mut parts = u64::from(one.count) * PARTS;
    let mut take = |number: usize, factor: [u64; 2]| {
        // So many parts of the reservation for one of the instance.
        let covered = (parts * factor[1] / factor[0]).min(left[number]);
        left[number] -= covered;
        parts -= (covered * factor[0]).div_ceil(factor[1]).min(parts);
    };
    let same = |used: &&Used| used.instance_type.as_deref() == Some(&one.instance_type);
    if !one.regional {
        for number in (0..hour.len()).filter(|number| same(&&hour[*number])) {
            take(number, [1, 1]);
        }
        return parts;
    }
    let family = one.instance_type.split('.').next();
    let own = factor(&one.instance_type);
    let mut order: Vec<(u64, usize)> = hour
        .iter()
        .enumerate()
        .filter(|(_, used)| used.family() == family)
        .filter_map(|(number, used)| {
            let kind = used.instance_type.as_deref()?;
            let factor = if kind == one.instance_type { own.or(Some(1)) } else { factor(kind) };
            Some((factor?, number))
        })
        .collect();
    order.sort_unstable();
    for (size, number) in order {
        let kind = hour[number].instance_type.as_deref();
        if kind == Some(&one.instance_type) {
            take(number, [1, 1]);
        } else if let Some(own) = own {
            take(number, [size, own]);
        }
    }
    parts
}

/// The normalization factor, in quarters; nothing for sizes that have none.
fn factor(instance_type: &str) -> Option<u64> {
    let size = instance_type.split('.').nth(1)?;
    Some(match size {
        "nano" => 1,
        "micro" => 2,
        "small" => 4,
        "medium" => 8,
        "large" => 16,
        "xlarge" => 32,
        other => other.strip_suffix("xlarge")?.parse::<u64>().ok()?.checked_mul(32)?,
    })
}
