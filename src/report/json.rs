//! The answers as JSON. What stands here is frozen by `schema_version`; money is decimal
//! strings, names carry units, what is not known is null.

use crate::model::{
    Advice, Architecture, Bill, ContainerUse, Estate, Finding, Kind, Placement, Policy, Risk, Size,
    Verdict,
};
use serde::Serialize;

pub const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct EstateJson<'a> {
    schema_version: u32,
    source: &'a str,
    synthetic: bool,
    prices_as_of: &'a str,
    prices_from: &'a str,
    region: &'a str,
    month_hours: u32,
    policy: PolicyJson,
    workloads: Vec<AdviceJson<'a>>,
    findings: Vec<FindingJson<'a>>,
    totals: TotalsJson,
}

#[derive(Serialize)]
struct OneJson<'a> {
    schema_version: u32,
    source: &'a str,
    synthetic: bool,
    prices_as_of: &'a str,
    prices_from: &'a str,
    region: &'a str,
    month_hours: u32,
    policy: PolicyJson,
    #[serde(flatten)]
    workload: AdviceJson<'a>,
}

#[derive(Serialize)]
struct PolicyJson {
    memory_risk: Option<f64>,
    cpu_risk: Option<f64>,
    failure_cost_usd: Option<String>,
    throttled_hour_cost_usd: Option<String>,
    risk_days: u32,
    cpu_percentile: f64,
    cpu_headroom_percent: u32,
    memory_margin_percent: u32,
    averages_cpu_headroom_percent: u32,
    averages_memory_headroom_percent: u32,
    min_readings: u64,
    floor_cpu_units: u32,
    floor_memory_mib: u32,
}

#[derive(Serialize)]
struct AdviceJson<'a> {
    id: &'a str,
    kind: &'static str,
    environment: Option<&'a str>,
    current: CurrentJson,
    observed: ObservedJson,
    containers: Vec<ContainerJson<'a>>,
    least: Option<SizeJson>,
    demand: Option<SizeJson>,
    recommended: Option<RecommendedJson>,
    risk: RiskJson,
    candidates: Vec<CandidateJson>,
    finding: &'static str,
    findings: Vec<&'static str>,
    finding_details: Vec<FindingJson<'a>>,
    cheapest_place: Option<&'static str>,
    places: Vec<PlaceJson<'a>>,
}

#[derive(Serialize)]
struct SizeJson {
    cpu_units: u32,
    memory_mib: u32,
}

#[derive(Serialize)]
struct CurrentJson {
    cpu_units: Option<u32>,
    memory_mib: Option<u32>,
    tasks: f64,
    architecture: &'static str,
    usd_per_month: Option<String>,
}

#[derive(Serialize)]
struct ObservedJson {
    readings: u64,
    days: f64,
    window_start: Option<i64>,
    window_end: Option<i64>,
    cpu_signal: Option<&'static str>,
    cpu_units_p50: Option<u32>,
    cpu_units_p95: Option<u32>,
    cpu_units_p99: Option<u32>,
    cpu_units_max: Option<u32>,
    memory_signal: Option<&'static str>,
    memory_mib_p50: Option<u32>,
    memory_mib_p95: Option<u32>,
    memory_mib_p99: Option<u32>,
    memory_mib_max: Option<u32>,
    runs: Option<RunsJson>,
}

#[derive(Serialize)]
struct RunsJson {
    count: usize,
    seconds_min: u64,
    seconds_p50: u64,
    seconds_max: u64,
    memory_mib_p50: Option<u32>,
    memory_mib_max: Option<u32>,
}

#[derive(Serialize)]
struct ContainerJson<'a> {
    name: &'a str,
    cpu_units: Option<u32>,
    memory_mib: Option<u32>,
    memory_reservation_mib: Option<u32>,
    cpu_units_p99: Option<u32>,
    cpu_units_max: Option<u32>,
    memory_mib_p99: Option<u32>,
    memory_mib_max: Option<u32>,
    recommended: Option<ContainerSizeJson>,
}

#[derive(Serialize)]
struct ContainerSizeJson {
    cpu_units: u32,
    memory_reservation_mib: u32,
    memory_mib: Option<u32>,
}

#[derive(Serialize)]
struct RecommendedJson {
    cpu_units: u32,
    memory_mib: u32,
    tasks: f64,
    scaling: Option<ScalingJson>,
    usd_per_month: String,
    savings_usd_per_month: Option<String>,
    lines: Vec<LineJson>,
}

/// One target tracking policy on the service's average CPU utilization.
#[derive(Serialize)]
struct ScalingJson {
    minimum_tasks: u32,
    maximum_tasks: u32,
    target_cpu_percent: u32,
    most_tasks_replayed: u32,
}

/// Of the recommended size: what is predicted, where it can be, and what was seen above it.
#[derive(Serialize)]
struct RiskJson {
    kind: &'static str,
    /// Probability that memory exceeds the size within `policy.risk_days`.
    memory_risk: Option<f64>,
    /// Share of the time in which CPU demand exceeds it.
    cpu_risk: Option<f64>,
    cpu_readings_over_ppm: Option<u64>,
    memory_readings_over_ppm: Option<u64>,
}

/// As in [`RiskJson`].
#[derive(Serialize)]
struct CandidateJson {
    cpu_units: u32,
    memory_mib: u32,
    usd_per_month_per_task: String,
    memory_risk: Option<f64>,
    cpu_risk: Option<f64>,
    recommended: bool,
}

#[derive(Serialize)]
struct PlaceJson<'a> {
    place: &'static str,
    feasible: bool,
    firm: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usd_per_month: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rounding_usd_per_month: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assumptions: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_detail: Option<&'a str>,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    code: &'static str,
    severity: &'static str,
    subject: Option<&'a str>,
    detail: &'a str,
}

#[derive(Serialize)]
struct TotalsJson {
    current_usd_per_month: String,
    recommended_usd_per_month: String,
    savings_usd_per_month: String,
    workloads: usize,
    workloads_compared: usize,
    workloads_without_current_cost: usize,
    recommended_without_current_usd_per_month: String,
    workloads_without_recommendation: usize,
}

#[derive(Serialize)]
struct LineJson {
    usage_type: String,
    description: String,
    quantity: String,
    unit: &'static str,
    price_usd: String,
    price_date: String,
    price_source: String,
    price_confidence: String,
    amount_usd: String,
    amount_usd_unrounded: String,
}

#[derive(Serialize)]
struct BillJson<'a> {
    schema_version: u32,
    what: &'a str,
    region: &'a str,
    prices_as_of: Option<&'a str>,
    prices_from: Option<&'a str>,
    lines: Vec<LineJson>,
    total_usd: String,
    total_usd_unrounded: String,
}

/// The answer for an estate, pretty-printed.
#[must_use]
pub fn estate(estate: &Estate) -> String {
    let totals = estate.totals();
    let json = EstateJson {
        schema_version: SCHEMA_VERSION,
        source: &estate.source,
        synthetic: estate.synthetic,
        prices_as_of: &estate.prices_as_of.1,
        prices_from: &estate.prices_as_of.0,
        region: &estate.region,
        month_hours: estate.month_hours,
        policy: policy(&estate.policy),
        workloads: estate.advices.iter().map(advice).collect(),
        findings: estate.findings.iter().map(finding).collect(),
        totals: TotalsJson {
            current_usd_per_month: totals.current.cents_string(),
            recommended_usd_per_month: totals.recommended.cents_string(),
            savings_usd_per_month: totals.savings().cents_string(),
            workloads: estate.advices.len(),
            workloads_compared: totals.compared,
            workloads_without_current_cost: totals.others,
            recommended_without_current_usd_per_month: totals.others_recommended.cents_string(),
            workloads_without_recommendation: totals.without,
        },
    };
    pretty(&json)
}

/// One workload's answer, with what it rests on.
#[must_use]
pub fn one(estate: &Estate, of: &Advice) -> String {
    pretty(&OneJson {
        schema_version: SCHEMA_VERSION,
        source: &estate.source,
        synthetic: estate.synthetic,
        prices_as_of: &estate.prices_as_of.1,
        prices_from: &estate.prices_as_of.0,
        region: &estate.region,
        month_hours: estate.month_hours,
        policy: policy(&estate.policy),
        workload: advice(of),
    })
}

/// A bill with its lines.
#[must_use]
pub fn bill(what: &str, region: &str, bill: &Bill) -> String {
    pretty(&bill_json(what, region, bill))
}

/// Several bills, in a list.
#[must_use]
pub fn bills(all: &[(String, Bill)], region: &str) -> String {
    let all: Vec<BillJson<'_>> =
        all.iter().map(|(what, bill)| bill_json(what, region, bill)).collect();
    pretty(&all)
}

fn bill_json<'a>(what: &'a str, region: &'a str, bill: &'a Bill) -> BillJson<'a> {
    let dates = bill.price_dates();
    BillJson {
        schema_version: SCHEMA_VERSION,
        what,
        region,
        prices_as_of: dates.map(|dates| dates.1),
        prices_from: dates.map(|dates| dates.0),
        lines: lines(bill),
        total_usd: bill.total().cents_string(),
        total_usd_unrounded: crate::units::pico_string(bill.total_pico()),
    }
}

/// A table as a list of objects.
#[must_use]
pub fn table(table: &super::Table) -> String {
    let object = |row: &Vec<super::Cell>| -> serde_json::Map<String, serde_json::Value> {
        let pairs = table.columns.iter().zip(row);
        pairs.map(|(column, cell)| (column.name.to_owned(), cell.plain.as_str().into())).collect()
    };
    pretty(&table.rows.iter().map(object).collect::<Vec<_>>())
}

fn policy(policy: &Policy) -> PolicyJson {
    PolicyJson {
        memory_risk: policy.risk.map(|risk| share(risk.memory_ppm)),
        cpu_risk: policy.risk.map(|risk| share(risk.cpu_ppm)),
        failure_cost_usd: policy.risk.map(|risk| risk.failure_cost.cents_string()),
        throttled_hour_cost_usd: policy.risk.map(|risk| risk.throttled_hour_cost.cents_string()),
        risk_days: policy.risk_days,
        cpu_percentile: f64::from(policy.cpu_percentile_per_mille) / 10.0,
        cpu_headroom_percent: policy.cpu_headroom_percent,
        memory_margin_percent: policy.memory_margin_percent,
        averages_cpu_headroom_percent: policy.averages_cpu_percent,
        averages_memory_headroom_percent: policy.averages_memory_percent,
        min_readings: policy.min_readings,
        floor_cpu_units: policy.floor.cpu.0,
        floor_memory_mib: policy.floor.memory.0,
    }
}

/// Of millionths.
fn share(ppm: u32) -> f64 {
    f64::from(ppm) / 1e6
}

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("plain data") + "\n"
}

fn lines(bill: &Bill) -> Vec<LineJson> {
    let line = |line: &crate::model::Line| LineJson {
        usage_type: line.usage_type.clone(),
        description: line.description.clone(),
        quantity: line.quantity.clone(),
        unit: line.unit,
        price_usd: line.price.clone(),
        price_date: line.provenance.date.clone(),
        price_source: line.provenance.source.clone(),
        price_confidence: line.provenance.confidence.clone(),
        amount_usd: line.amount.usd.micro_string(),
        amount_usd_unrounded: crate::units::pico_string(line.amount.pico),
    };
    bill.lines.iter().map(line).collect()
}

fn advice(advice: &Advice) -> AdviceJson<'_> {
    let workload = &advice.workload;
    #[expect(clippy::cast_precision_loss, reason = "a number of tasks")]
    let per_mille = |tasks: u64| tasks as f64 / 1000.0;
    let tasks = per_mille(advice.observed.tasks_per_mille);
    let predicted = advice.predicted().unwrap_or_default();
    let size = |size: Size| SizeJson { cpu_units: size.cpu.0, memory_mib: size.memory.0 };
    AdviceJson {
        id: &workload.id,
        kind: match workload.kind {
            Kind::Service => "service",
            Kind::Task => "task",
            Kind::Function => "function",
        },
        environment: workload.environment.as_deref(),
        current: CurrentJson {
            cpu_units: workload.size.map(|size| size.cpu.0),
            memory_mib: workload.size.map(|size| size.memory.0),
            tasks,
            architecture: match workload.architecture {
                Architecture::X86 => "x86",
                Architecture::Arm => "arm",
            },
            usd_per_month: advice.current_usd().map(crate::units::Usd::cents_string),
        },
        observed: observed(advice),
        containers: advice.containers.iter().map(container).collect(),
        least: advice.sizing.least.map(|least| size(least.size())),
        demand: advice.sizing.demand.map(|demand| size(demand.size())),
        recommended: advice.recommended.as_ref().map(|one| RecommendedJson {
            cpu_units: one.size.cpu.0,
            memory_mib: one.size.memory.0,
            tasks: per_mille(one.tasks_per_mille),
            scaling: one.scaling.map(|plan| ScalingJson {
                minimum_tasks: plan.minimum_tasks,
                maximum_tasks: plan.maximum_tasks,
                target_cpu_percent: plan.target_percent,
                most_tasks_replayed: plan.most_tasks,
            }),
            usd_per_month: one.bill.total().cents_string(),
            savings_usd_per_month: advice.savings().map(crate::units::Usd::cents_string),
            lines: lines(&one.bill),
        }),
        risk: RiskJson {
            kind: if predicted == Risk::default() { "observed" } else { "predicted" },
            memory_risk: predicted.memory_ppm.map(share),
            cpu_risk: predicted.cpu_ppm.map(share),
            cpu_readings_over_ppm: advice.recommended.as_ref().and_then(|one| one.cpu_over_ppm),
            memory_readings_over_ppm: advice
                .recommended
                .as_ref()
                .and_then(|one| one.memory_over_ppm),
        },
        candidates: candidates(advice),
        finding: advice.class.name(),
        findings: advice.findings.iter().map(|finding| finding.code.name()).collect(),
        finding_details: advice.findings.iter().map(finding).collect(),
        cheapest_place: advice.cheapest().map(|placement| placement.place.name()),
        places: advice.places.iter().map(place).collect(),
    }
}

fn candidates(advice: &Advice) -> Vec<CandidateJson> {
    let recommended = advice.recommended.as_ref().map(|one| one.size);
    let candidate = |one: &crate::model::Candidate| CandidateJson {
        cpu_units: one.size.cpu.0,
        memory_mib: one.size.memory.0,
        usd_per_month_per_task: one.usd_per_month.cents_string(),
        memory_risk: one.risk.memory_ppm.map(share),
        cpu_risk: one.risk.cpu_ppm.map(share),
        recommended: Some(one.size) == recommended,
    };
    advice.candidates.iter().map(candidate).collect()
}

fn container(one: &ContainerUse) -> ContainerJson<'_> {
    let (cpu, memory) = (one.cpu.as_ref(), one.memory.as_ref());
    ContainerJson {
        name: &one.container.name,
        cpu_units: one.container.cpu.map(|cpu| cpu.0),
        memory_mib: one.container.memory.map(|memory| memory.0),
        memory_reservation_mib: one.container.memory_reservation.map(|memory| memory.0),
        cpu_units_p99: cpu.map(|cpu| cpu.p99.ceil()),
        cpu_units_max: cpu.map(|cpu| cpu.maximum.ceil()),
        memory_mib_p99: memory.map(|memory| memory.p99.ceil()),
        memory_mib_max: memory.map(|memory| memory.maximum.ceil()),
        recommended: one.recommended.map(|size| ContainerSizeJson {
            cpu_units: size.cpu.0,
            memory_reservation_mib: size.memory_reservation.0,
            memory_mib: size.memory.map(|memory| memory.0),
        }),
    }
}

fn observed(advice: &Advice) -> ObservedJson {
    let seen = &advice.observed;
    let (cpu, memory) = (seen.cpu.as_ref(), seen.memory.as_ref());
    #[expect(clippy::cast_precision_loss, reason = "seconds of some years")]
    let days = (seen.covered_seconds as f64 / 864.0).round() / 100.0;
    ObservedJson {
        readings: seen.readings,
        days,
        window_start: seen.window.map(|window| window.0),
        window_end: seen.window.map(|window| window.1),
        cpu_signal: cpu.map(|one| one.signal.column()),
        cpu_units_p50: cpu.map(|one| one.p50.ceil()),
        cpu_units_p95: cpu.map(|one| one.p95.ceil()),
        cpu_units_p99: cpu.map(|one| one.p99.ceil()),
        cpu_units_max: cpu.map(|one| one.maximum.ceil()),
        memory_signal: memory.map(|one| one.signal.column()),
        memory_mib_p50: memory.map(|one| one.p50.ceil()),
        memory_mib_p95: memory.map(|one| one.p95.ceil()),
        memory_mib_p99: memory.map(|one| one.p99.ceil()),
        memory_mib_max: memory.map(|one| one.maximum.ceil()),
        runs: seen.runs.map(|runs| RunsJson {
            count: runs.count,
            seconds_min: runs.shortest,
            seconds_p50: runs.median,
            seconds_max: runs.longest,
            memory_mib_p50: runs.memory_median.map(crate::units::Fine::ceil),
            memory_mib_max: runs.memory_maximum.map(crate::units::Fine::ceil),
        }),
    }
}

fn place(placement: &Placement) -> PlaceJson<'_> {
    let nothing = PlaceJson {
        place: placement.place.name(),
        feasible: false,
        firm: placement.place.is_firm(),
        what: None,
        usd_per_month: None,
        rounding_usd_per_month: None,
        assumptions: None,
        reason: None,
        reason_detail: None,
    };
    match &placement.verdict {
        Verdict::Fits(fit) => PlaceJson {
            feasible: true,
            what: Some(&fit.what),
            usd_per_month: Some(fit.bill.total().cents_string()),
            rounding_usd_per_month: fit.size.map(|_| fit.rounding.cents_string()),
            assumptions: Some(&fit.assumptions),
            ..nothing
        },
        Verdict::Refused(finding) => PlaceJson {
            reason: Some(finding.code.name()),
            reason_detail: Some(&finding.detail),
            ..nothing
        },
    }
}

fn finding(finding: &Finding) -> FindingJson<'_> {
    FindingJson {
        code: finding.code.name(),
        severity: finding.code.severity().name(),
        subject: finding.subject.as_deref(),
        detail: &finding.detail,
    }
}
