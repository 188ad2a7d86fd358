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
    pub region: String,
    /// As [`super::Instance::platform`].
    pub platform: String,
    /// In one zone and for its type alone; without one in all of the region, for any size of the
    /// family where that is flexible.
    pub zone: Option<String>,
}

impl Reserved {
    fn may_cover(&self, used: &Used) -> bool {
        let instance = used.instance.as_ref().filter(|one| one.platform == self.platform);
        used.region == self.region
            && instance.is_some_and(|one| self.zone.as_ref().is_none_or(|zone| *zone == one.zone))
    }
}

/// Takes instances from what is left; by reservation, what is idle, and what all of them cost.
pub(super) fn apply(hour: &[Used], all: &[Reserved], left: &mut [u64]) -> (Vec<u64>, u128) {
    let mut idle = vec![0; all.len()];
    let mut total = 0;
    // Zonal ones first.
    for regional in [false, true] {
        for (number, one) in
            all.iter().enumerate().filter(|(_, one)| one.zone.is_none() == regional)
        {
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
    let kind = |number: usize| hour[number].instance.as_ref().map(|one| &one.instance_type);
    let may: Vec<usize> = (0..hour.len()).filter(|number| one.may_cover(&hour[*number])).collect();
    if one.zone.is_some() {
        for number in may.into_iter().filter(|number| kind(*number) == Some(&one.instance_type)) {
            take(number, [1, 1]);
        }
        return parts;
    }
    let family = one.instance_type.split('.').next();
    let own = factor(&one.instance_type);
    let mut order: Vec<(u64, usize)> = may
        .into_iter()
        .filter(|number| hour[*number].family() == family)
        .filter_map(|number| {
            let instance = hour[number].instance.as_ref()?;
            let same = instance.instance_type == one.instance_type;
            if !same && !instance.size_flexible {
                return None;
            }
            let factor = factor(&instance.instance_type);
            Some((if same { own.or(Some(1)) } else { factor }?, number))
        })
        .collect();
    order.sort_unstable();
    for (size, number) in order {
        if kind(number) == Some(&one.instance_type) {
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
