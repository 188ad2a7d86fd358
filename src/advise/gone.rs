//! What does not run any more: listed with its reason, without a cost.

use super::{Settings, observed, places};
use crate::model::{Advice, Class, Code, Finding, Profile, Sizing, Workload};
use crate::size;

pub(super) fn advise(workload: &Workload, profile: &Profile, settings: &Settings) -> Advice {
    let sizing = size::size(workload, profile, &settings.policy, None);
    let findings = vec![Finding::new(Code::Gone, String::new())];
    let places = places::none(&findings);
    Advice {
        observed: observed(workload, profile, 0),
        containers: Vec::new(),
        sizing: Sizing { least: None, demand: None, findings: Vec::new(), ..sizing },
        task_hours: None,
        requests: None,
        current: None,
        recommended: None,
        candidates: Vec::new(),
        class: Class::Unknown,
        places,
        findings: findings.into_iter().map(|finding| finding.about(&workload.id)).collect(),
        workload: workload.clone(),
    }
}
