//! The cheapest home, and whether it would be another one if prices or CPUs were a little different.

use crate::model::Advice;
use crate::model::ledger::{Conclusion, Entry, Home};

/// Prices may be off by so many percent, each way.
const PRICE: u128 = 10;
/// A CPU may be slower or faster than Fargate's by so many percent.
const SPEED: u128 = 30;

pub(super) fn conclude(advice: &Advice, homes: &[(Home, Entry)]) -> Conclusion {
    let arm = advice.workload.architecture == crate::model::Architecture::Arm;
    let needs_image = |entry: &Entry| {
        let assumptions = entry.as_ref().map_or(&[][..], |price| price.assumptions.as_slice());
        assumptions.iter().any(|one| one.starts_with("needs an image"))
    };
    let priced: Vec<(Home, u128)> = homes
        .iter()
        .filter(|(_, entry)| !needs_image(entry))
        .filter_map(|(home, entry)| Some((*home, entry.as_ref().ok()?.pico())))
        .collect();
    // An image for another architecture has to be made first.
    let as_it_is = |home: Home| {
        if home == Home::EksFargate {
            return !arm;
        }
        home.is_arm() == arm || !has_architecture(home)
    };
    let cheapest = |may: &dyn Fn(Home) -> bool| {
        let among = priced.iter().filter(|(home, _)| may(*home));
        among.min_by_key(|(_, pico)| *pico).copied()
    };
    let firm = cheapest(&|home| home.is_firm() && as_it_is(home));
    let any = cheapest(&as_it_is);
    let Some((home, pico)) = firm else {
        return Conclusion { any: any.map(|one| one.0), ..Conclusion::default() };
    };
    let others = || priced.iter().filter(|(other, _)| *other != home && as_it_is(*other));
    // As much dearer here as cheaper there.
    let by_price = |other: u128| other * (100 - PRICE) < pico * (100 + PRICE);
    let by_speed = |other: u128| other * 100 < pico * (100 + SPEED);
    let own_cpu = |other: Home| !matches!(other, Home::Fargate(_) | Home::FargateSpot(_));
    let firmly = |other: &Home| other.is_firm();
    Conclusion {
        firm: Some(home),
        any: any.map(|one| one.0),
        within_price: others()
            .filter(|(other, cost)| firmly(other) && *cost >= pico && by_price(*cost))
            .map(|one| one.0)
            .collect(),
        within_speed: others()
            .filter(|(other, cost)| {
                firmly(other)
                    && own_cpu(*other) != own_cpu(home)
                    && *cost >= pico
                    && by_speed(*cost)
            })
            .map(|one| one.0)
            .collect(),
    }
}

/// Those that are made of tasks or functions of one architecture.
const fn has_architecture(home: Home) -> bool {
    matches!(home, Home::Fargate(_) | Home::FargateSpot(_) | Home::Lambda(_))
}
