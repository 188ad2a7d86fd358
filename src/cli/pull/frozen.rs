//! What a pull has set out to do, kept from its first moment on: however often it is
//! stopped, it ends as it would have without.

use super::live::Live;
use super::redact::Redactor;
use crate::cli::usage;
use crate::model::Workload;
use crate::pull::{Inventory, LONGEST_PULL, Place, Plan, Wanted, settled_end};
use crate::store::{Base, Journal};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
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
    /// Every account and region that it is about, reached or not.
    pub places: Vec<Place>,
    /// Whose ids are short.
    pub home: Option<Place>,
    /// The store as it was before.
    pub base: Option<Base>,
    /// What is in it, under its own names where the store has pseudonyms.
    #[serde(default)]
    pub names: Vec<Workload>,
}

impl Frozen {
    /// A pull that begins now.
    pub fn new(
        live: &Live,
        now: i64,
        base: Option<Base>,
        names: Vec<Workload>,
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
            places: places.to_vec(),
            home: home(base.as_ref(), places, redactor),
            names: living(base.as_ref(), names, redactor),
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

    /// What was asked for and will not be: what lies before the store's own beginning.
    pub fn left_out(&self) -> Option<i64> {
        const DAY_AT_MOST: i64 = 86_400;
        let begins = self.base.as_ref()?.info.window_start;
        (self.start() + DAY_AT_MOST < begins).then_some(begins)
    }

    /// From when on the history of sizes is of interest: where the oldest readings begin.
    pub fn history_from(&self) -> i64 {
        let through = self.base.iter().flat_map(|base| base.info.through.values());
        through.copied().chain([self.start()]).min().unwrap_or(self.start())
    }

    /// What the store knows and nobody lists any more is asked for once more.
    pub fn remember(&self, inventories: &mut [Inventory]) {
        let before = match &self.base {
            _ if !self.sees_everything() => &[],
            _ if self.redact => self.names.as_slice(),
            Some(base) => &base.workloads,
            None => &[],
        };
        for inventory in inventories {
            inventory.remember(before);
        }
    }

    /// Nothing is left out of the inventory on purpose.
    pub fn sees_everything(&self) -> bool {
        let empty = |name: &str| self.essence[name].as_array().is_none_or(Vec::is_empty);
        empty("clusters")
            && empty("services")
            && empty("tags")
            && self.essence["no_functions"] != Value::Bool(true)
    }

    /// Is it too old to go on with? Some of what it planned may be gone at CloudWatch.
    pub const fn is_stale(&self, now: i64) -> bool {
        now - self.now > LONGEST_PULL
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
    match base {
        Some(base) => {
            let home = base.info.home.as_ref()?;
            places.iter().find(|place| redactor.place(place).to_string() == *home).cloned()
        }
        None => match places {
            [only] => Some(only.clone()),
            _ => None,
        },
    }
}

/// Those that the store does not know to be gone.
fn living(base: Option<&Base>, names: Vec<Workload>, redactor: &mut Redactor) -> Vec<Workload> {
    let workloads = base.iter().flat_map(|base| &base.workloads);
    let gone = workloads.filter(|one| one.gone_since.is_some()).map(|one| one.id.as_str());
    let gone: BTreeSet<&str> = gone.collect();
    names.into_iter().filter(|one| !gone.contains(redactor.known(one).id.as_str())).collect()
}

/// The first option that is not what it was.
fn difference(before: &Value, now: &Value) -> String {
    let Some(all) = before.as_object() else { return String::new() };
    let differs = all.iter().find(|(name, value)| now[name.as_str()] != **value);
    differs.map_or_else(String::new, |(name, value)| {
        format!(" (--{} was {value})", name.replace('_', "-"))
    })
}
