//! The main job: what to size everything to, where it is cheapest, and why.

use super::options::{Format, Functions, Global, Instances, RuleArg, Sizing};
use super::{Done, load, output};
use crate::model::{Code, Estate, Severity};
use crate::report::{csv, json, markdown, recommendation_table, rules_table, text, totals_lines};
use crate::size::rules::Rule;
use std::path::PathBuf;

/// Recommend sizes and places for every workload of a store
///
/// Without STORE it analyzes a synthetic sample estate that the program carries.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Directory that `loadline import` wrote
    store: Option<PathBuf>,
    /// End with code 4 where the data does not suffice for every workload
    #[arg(long)]
    strict: bool,
    /// Size by another tool's rule
    #[arg(long = "as", value_enum, value_name = "RULE")]
    rule: Option<RuleArg>,
    /// Show the sizes of all rules side by side
    #[arg(long, conflicts_with = "rule")]
    compare_rules: bool,
    #[command(flatten)]
    sizing: Sizing,
    #[command(flatten)]
    instances: Instances,
    #[command(flatten)]
    functions: Functions,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Done> {
    let loaded = load::load(args.store.as_deref(), global)?;
    if args.compare_rules {
        return compare(args, &loaded, global);
    }
    let samples = args.rule.map(|_| load::samples(args.store.as_deref())).transpose()?;
    let rule = args.rule.map(RuleArg::rule).zip(samples.as_ref());
    let estate = load::estate_as(
        &loaded,
        &args.sizing,
        (&args.instances, args.functions.rules()),
        global,
        rule,
    )?;
    let table = recommendation_table(&estate);
    match global.format {
        Format::Table => {
            let screen = output::screen(global);
            let mut out = paragraphs(&load::heading(&estate), screen.width);
            out.push('\n');
            out.push_str(&text::draw(&table, screen));
            out.push('\n');
            out.push_str(&paragraphs(&totals_lines(&estate), screen.width));
            out.push_str(&paragraphs(&[legend().to_owned()], screen.width));
            let findings = output::findings_text(findings(&estate), screen.width);
            if !findings.is_empty() {
                out.push('\n');
                out.push_str(&findings);
            }
            output::print(&out)?;
        }
        Format::Markdown => output::print(&as_markdown(&estate))?,
        Format::Json => output::print(&json::estate(&estate))?,
        Format::Csv => {
            output::note(&load::heading(&estate).join("\n"), global);
            output::print(&csv::draw(&table)?)?;
        }
    }
    Ok(if args.strict && is_incomplete(&estate) { Done::Incomplete } else { Done::Well })
}

/// Every rule's sizes, and what they cost together.
fn compare(args: &Args, loaded: &load::Loaded, global: &Global) -> anyhow::Result<Done> {
    let samples = load::samples(args.store.as_deref())?;
    let of = |rule| {
        load::estate_as(
            loaded,
            &args.sizing,
            (&args.instances, args.functions.rules()),
            global,
            rule,
        )
    };
    let ours = of(None)?;
    let mut others = Vec::new();
    for rule in Rule::ALL {
        others.push((rule.name(), of(Some((rule, &samples)))?));
    }
    output::print_table(&rules_table(&ours, &others), global)?;
    Ok(Done::Well)
}

/// The whole report as Markdown.
pub(super) fn as_markdown(estate: &Estate) -> String {
    let mut out = load::heading(estate).join("\n\n");
    out.push_str("\n\n");
    out.push_str(&markdown::draw(&recommendation_table(estate)));
    out.push('\n');
    out.push_str(&totals_lines(estate).join("\n"));
    out.push('\n');
    for group in crate::report::grouped_findings(findings(estate)) {
        let [named, meaning] = group.lines();
        out.extend(["- ", &named, ". ", &meaning, "\n"]);
    }
    out
}

const fn legend() -> &'static str {
    "Sizes are CPU units/MiB of one task. CHEAPEST is the cheapest place with a firm price; \
     loadline explain WORKLOAD shows every place, and why."
}

fn findings(estate: &Estate) -> impl Iterator<Item = &crate::model::Finding> {
    let of_workloads = estate.advices.iter().flat_map(|advice| &advice.findings);
    estate.findings.iter().chain(of_workloads)
}

fn is_incomplete(estate: &Estate) -> bool {
    // What is said of a workload, not of its data.
    const SOUND: [Code; 4] = [Code::AtTheCeiling, Code::HeapShaped, Code::Idle, Code::MemoryCreeps];
    findings(estate)
        .any(|finding| finding.code.severity() != Severity::Note && !SOUND.contains(&finding.code))
}

fn paragraphs(lines: &[String], width: u16) -> String {
    lines.iter().map(|line| text::wrapped(line, width, "")).collect()
}
