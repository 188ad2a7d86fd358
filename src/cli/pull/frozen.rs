//! What a pull has set out to do, kept from its first moment on: however often it is
//! stopped, it ends as it would have without.

use super::live::Live;
use super::redact::Redactor;
use crate::cli::usage;
use crate::pull::{Inventory, Place, Plan, Wanted, settled_end};
use crate::store::{Base, Journal};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

const FILE: &str = "pull.json";
const DAY: i64 = 86_400;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Frozen {
    essence: Value,
    redact: bool,
    /// When it was begun, and the end of its window: seconds since 1970.
    pub now: i64,
    pub end: i64,
    days: u32,
    period: Option<u32>,
    /// Whose ids are short.
    pub home: Option<Place>,
    /// The store as it was before.
    pub base: Option<Base>,
}

impl Frozen {
    /// A pull that begins now.
    pub fn new(
        live: &Live,
        now: i64,
        base: Option<Base>,
        places: &[Place],
        redactor: &mut Redactor,
    ) -> Self {
        let period = live.period.seconds();
        let end = settled_end(now, period);
        let until =
            live.until.map(|until| until - until.rem_euclid(i64::from(period.unwrap_or(60))));
        Frozen {
            essence: live.essence(),
            redact: redactor.is_on(),
            now,
            end: until.map_or(end, |until| until.min(end)),
            days: live.days,
            period,
            home: home(base.as_ref(), places, redactor),
            base,
        }
    }

    /// The pull that was begun, if one was.
    ///
    /// # Errors
    /// Where it was begun with other options.
    pub fn begun(
        journal: &Journal,
        live: &Live,
        redact: bool,
        out: &Path,
    ) -> anyhow::Result<Option<Self>> {
        let Some(text) = journal.text(FILE)? else { return Ok(None) };
        let path = journal.path().display();
        let frozen: Frozen = serde_json::from_str(&text)
            .with_context(|| format!("{path}/{FILE} is damaged; remove {path} and pull again"))?;
        if frozen.essence != live.essence() || frozen.redact != redact {
            let differs = difference(&frozen.essence, &live.essence());
            return Err(usage(format!(
                "a pull into {} was begun with other options{differs}; end it with the same ones, or remove {path}",
                out.display()
            )));
        }
        Ok(Some(frozen))
    }

    pub fn keep(&self, journal: &Journal) -> anyhow::Result<()> {
        Ok(journal.keep_text(FILE, &serde_json::to_string(self)?)?)
    }

    /// The start of the window.
    pub fn start(&self) -> i64 {
        self.end - i64::from(self.days) * DAY
    }

    /// Everything that is to be asked: what the store does not have yet.
    pub fn plan(&self, inventories: &[Inventory], redactor: &mut Redactor) -> Plan {
        let through = self.base.as_ref().map(|base| &base.info.through);
        let mut wanted: Vec<Wanted> = Vec::new();
        for inventory in inventories {
            let ids: BTreeMap<&str, String> = inventory
                .found
                .iter()
                .map(|found| {
                    let id = redactor.workload(found, &inventory.place).id;
                    (found.workload.id.as_str(), id)
                })
                .collect();
            let known = |id: &str| through.and_then(|all| all.get(&ids[id]).copied());
            wanted.extend(inventory.wanted(|id| known(id).unwrap_or_else(|| self.start())));
        }
        Plan::new(wanted, self.end, self.now, self.period)
    }
}

/// A store of one account and region has short ids; what comes later to it has long ones.
fn home(base: Option<&Base>, places: &[Place], redactor: &mut Redactor) -> Option<Place> {
    match base.and_then(|base| base.info.pulls.first()) {
        Some(first) => {
            let [only] = first.places.as_slice() else { return None };
            places.iter().find(|place| redactor.place(place).to_string() == *only).cloned()
        }
        None => match places {
            [only] => Some(only.clone()),
            _ => None,
        },
    }
}

/// The first option that is not what it was.
fn difference(before: &Value, now: &Value) -> String {
    let Some(all) = before.as_object() else { return String::new() };
    let differs = all.iter().find(|(name, value)| now[name.as_str()] != **value);
    differs.map_or_else(String::new, |(name, value)| {
        format!(" (--{} was {value})", name.replace('_', "-"))
    })
}
