//! The cheapest home, and whether it would be another one if prices or CPUs were a little different.

use super::Context;
use crate::model::ledger::{Conclusion, Entry, EstateVerdict, Home, HomeTotal, Price, Row};
use crate::model::{Advice, Architecture, Code, Workload};
use std::collections::BTreeMap;

/// Prices may be off by so many percent, each way.
const PRICE: u128 = 10;
/// A CPU may be slower or faster than Fargate's by so many percent.
const SPEED: u128 = 30;

pub(super) fn conclude(advice: &Advice, homes: &[(Home, Entry)]) -> Conclusion {
    let priced: Vec<(Home, u128)> = homes
        .iter()
        .filter(|(_, entry)| !needs_image(entry))
        .filter_map(|(home, entry)| Some((*home, entry.as_ref().ok()?.pico())))
        .collect();
    let as_it_is = |home: Home| as_it_is(home, &advice.workload);
    let cheapest = |may: &dyn Fn(Home) -> bool| {
        let among = priced.iter().filter(|(home, _)| may(*home));
        among.min_by_key(|(_, pico)| *pico).copied()
    };
    // As much dearer here as cheaper there.
    let by_price =
        |other: u128, pico: u128| other * (100 - PRICE) < pico * (100 + PRICE) && other >= pico;
    let by_speed = |other: u128, pico: u128| other * 100 < pico * (100 + SPEED) && other >= pico;
    let near = |best: Option<(Home, u128)>, firmly: bool, speed: bool| -> Vec<Home> {
        let Some((home, pico)) = best else { return Vec::new() };
        let among = priced.iter().filter(|(other, _)| {
            *other != home && as_it_is(*other) && (other.is_firm() || !firmly)
        });
        let near = among.filter(|(other, cost)| {
            if speed {
                own_cpu(*other) != own_cpu(home) && by_speed(*cost, pico)
            } else {
                by_price(*cost, pico)
            }
        });
        near.map(|one| one.0).collect()
    };
    let firm = cheapest(&|home| home.is_firm() && as_it_is(home));
    let any = cheapest(&as_it_is);
    Conclusion {
        firm: firm.map(|one| one.0),
        any: any.map(|one| one.0),
        within_price: near(firm, true, false),
        within_speed: near(firm, true, true),
        any_within_price: near(any, false, false),
        any_within_speed: near(any, false, true),
    }
}

/// Runs on CPUs of a type that is known?
const fn own_cpu(home: Home) -> bool {
    !matches!(home, Home::Fargate(_) | Home::FargateSpot(_))
}

fn needs_image(entry: &Entry) -> bool {
    let assumptions = entry.as_ref().map_or(&[][..], |price| price.assumptions.as_slice());
    assumptions.iter().any(|one| one.starts_with("needs an image"))
}

/// Otherwise an image for another architecture has to be made first.
fn as_it_is(home: Home, workload: &Workload) -> bool {
    let has = |architecture| workload.has_image_for(architecture) == Some(true);
    match home {
        _ if home.is_arm() => has(Architecture::Arm),
        Home::EksFargate | Home::Fargate(_) | Home::FargateSpot(_) | Home::Lambda(_) => {
            has(Architecture::X86)
        }
        _ => true,
    }
}

/// Can it go there with the image that there is?
pub(super) fn is_ready(home: Home, entry: &Entry, workload: &Workload) -> bool {
    as_it_is(home, workload) && !needs_image(entry)
}

/// The cheapest home beside some, with the image that there is. Spot, which ends at two minutes'
/// notice, is none.
pub(super) fn rival(row: &Row, workload: &Workload, but: &[Home]) -> Option<(Home, u128)> {
    let may = |(home, entry): &&(Home, Entry)| {
        !matches!(home, Home::FargateSpot(_))
            && !but.contains(home)
            && is_ready(*home, entry, workload)
    };
    let among = row.homes.iter().filter(may);
    among
        .filter_map(|(home, entry)| Some((*home, entry.as_ref().ok()?.pico())))
        .min_by_key(|(_, pico)| *pico)
}

/// The same of all workloads together.
pub(super) fn of_estate(
    context: &Context<'_>,
    rows: &[Row],
    totals: &[HomeTotal],
) -> EstateVerdict {
    let workloads: BTreeMap<&str, &Workload> =
        context.advices.iter().map(|one| (one.workload.id.as_str(), &one.workload)).collect();
    let gone = |row: &Row| {
        let code = |entry: &Entry| entry.as_ref().err().map(|why| why.code);
        row.homes.iter().all(|(_, entry)| code(entry) == Some(Code::Gone))
    };
    let there: Vec<&Row> = rows.iter().filter(|row| !gone(row)).collect();
    let today: Vec<Option<u128>> = there.iter().map(|row| row.today).collect();
    let alone: Vec<(&str, &Price)> = there
        .iter()
        .filter_map(|row| Some((row.workload.as_str(), row.parts(row.verdict.firm?)?)))
        .collect();
    // Or on Spot, where that is cheaper.
    let with_spot = there.iter().filter_map(|row| {
        let workload = workloads.get(row.workload.as_str());
        let spot = Home::FargateSpot(workload.map_or(Architecture::X86, |one| one.architecture));
        let both = [row.parts(spot), row.verdict.firm.and_then(|firm| row.parts(firm))];
        let least = both.into_iter().flatten().min_by_key(|price| price.pico())?;
        Some((row.workload.as_str(), least))
    });
    let alone_pico = context.together(alone.iter().copied());
    let mut verdict = EstateVerdict {
        today_pico: today.iter().flatten().sum(),
        today_unknown: today.iter().filter(|one| one.is_none()).count(),
        alone_pico,
        alone_known: alone.len(),
        alone_unknown: there.len() - alone.len(),
        // What is dearer together is not taken.
        with_spot_pico: context.together(with_spot).min(alone_pico),
        thin: there.iter().filter(|row| !row.findings.is_empty()).count(),
        ..EstateVerdict::default()
    };
    let ready = |home: Home| {
        there.iter().all(|row| {
            let entry = row.homes.iter().find(|(one, _)| *one == home).map(|(_, entry)| entry);
            entry.filter(|entry| entry.is_ok()).is_none_or(|entry| {
                let workload = workloads.get(row.workload.as_str());
                workload.is_some_and(|workload| is_ready(home, entry, workload))
            })
        })
    };
    let usable: Vec<(&HomeTotal, u128)> = totals
        .iter()
        .filter(|one| one.fits > 0 && ready(one.home))
        .filter_map(|one| Some((one, one.rest_pico?)))
        .collect();
    let all = |(one, rest): &(&HomeTotal, u128)| one.pico + rest;
    let Some(best) = usable.iter().min_by_key(|one| (all(one), usize::MAX - one.0.fits)).copied()
    else {
        return verdict;
    };
    verdict.cheapest = Some((best.0.home, all(&best)));
    // What lives there is so much dearer or cheaper, not the rest.
    let off = |(one, rest): &(&HomeTotal, u128), percent: u128| one.pico * percent + rest * 100;
    let others = || usable.iter().filter(|one| one.0.home != best.0.home);
    verdict.within_price = others()
        .filter(|one| off(one, 100 - PRICE) < off(&best, 100 + PRICE))
        .map(|one| one.0.home)
        .collect();
    verdict.within_speed = others()
        .filter(|one| {
            own_cpu(one.0.home) != own_cpu(best.0.home) && all(one) * 100 < off(&best, 100 + SPEED)
        })
        .map(|one| one.0.home)
        .collect();
    verdict
}
