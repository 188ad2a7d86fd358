//! One workload: the chain from readings to price, and a chart.

use super::options::{Format, Functions, Global, Instances, Sizing};
use super::{Done, load, output, usage};
use crate::model::{Advice, Estate, Profile};
use crate::report::{
    bill_table, candidate_table, chain, chart, container_table, csv, json, markdown, place_table,
    text,
};
use anyhow::Context;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Show one workload's chain from readings to recommendation, with a chart
///
/// The chart is written as SVG and PNG. Without STORE the workload is one of the sample
/// estate's.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Optionally a store, then the workload's name
    #[arg(num_args = 1..=2, required = true, value_names = ["STORE", "WORKLOAD"])]
    what: Vec<String>,
    /// Where the chart goes
    #[arg(long, default_value = "reports")]
    out: PathBuf,
    /// Draw no chart
    #[arg(long)]
    no_chart: bool,
    #[command(flatten)]
    sizing: Sizing,
    #[command(flatten)]
    instances: Instances,
    #[command(flatten)]
    functions: Functions,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Done> {
    let (store, name) = match args.what.as_slice() {
        [store, name] => (Some(Path::new(store)), name),
        [name] => (None, name),
        _ => unreachable!("clap takes one or two"),
    };
    let mut loaded = load::load(store, global)?;
    let ids: Vec<String> = loaded.workloads.iter().map(|one| one.id.clone()).collect();
    let found = loaded.workloads.iter().position(|one| &one.id == name);
    let found = found.ok_or_else(|| unknown(name, &loaded))?;
    loaded.workloads = vec![loaded.workloads.swap_remove(found)];
    let estate =
        load::estate(&loaded, &args.sizing, (&args.instances, args.functions.rules()), global)?;
    let advice = &estate.advices[0];
    output::print(&match global.format {
        Format::Json => json::one(&estate, advice),
        Format::Csv => csv::draw(&place_table(&advice.places).0)?,
        Format::Markdown => as_markdown(&estate, advice),
        Format::Table => as_text(&estate, advice, global),
    })?;
    let profile = loaded.profiles.get(name).filter(|profile| profile.readings() > 0);
    if let Some(profile) = profile.filter(|_| !args.no_chart) {
        let chart = args.out.join(file_name(name, &ids));
        draw(&estate, advice, profile, &chart, global)?;
    }
    Ok(Done::Well)
}

fn unknown(name: &str, loaded: &load::Loaded) -> anyhow::Error {
    let part = name.rsplit('/').next().unwrap_or(name);
    let ids = || loaded.workloads.iter().map(|one| one.id.as_str());
    let mut near: Vec<&str> = ids().filter(|id| id.contains(part)).take(5).collect();
    if near.is_empty() {
        near = ids().take(5).collect();
    }
    let source = &loaded.source;
    usage(format!("there is no workload {name:?} in {source}; there are {}", near.join(", ")))
}

fn as_text(estate: &Estate, advice: &Advice, global: &Global) -> String {
    let screen = output::screen(global);
    let mut out = String::new();
    for line in load::heading(estate) {
        out.push_str(&text::wrapped(&line, screen.width, ""));
    }
    out.push('\n');
    for (name, line) in chain(estate, advice) {
        out.push_str(&text::wrapped(&format!("{name}: {line}"), screen.width, ""));
    }
    if let Some(table) = candidate_table(advice) {
        out.push('\n');
        out.push_str(&text::draw(&table, screen));
        out.push_str(&text::wrapped(RISKS, screen.width, ""));
    }
    if let Some(table) = container_table(&advice.containers) {
        out.push('\n');
        out.push_str(&text::draw(&table, screen));
    }
    if let Some(recommended) = &advice.recommended {
        out.push('\n');
        out.push_str(&text::draw(&bill_table(&recommended.bill), screen));
    }
    if !advice.places.is_empty() {
        let (table, notes) = place_table(&advice.places);
        out.push('\n');
        out.push_str(&text::draw(&table, screen));
        for note in notes {
            out.push_str(&text::wrapped(&note, screen.width, ""));
        }
    }
    let findings = output::findings_text(advice.findings.iter(), screen.width);
    if !findings.is_empty() {
        out.push('\n');
        out.push_str(&findings);
    }
    out
}

const RISKS: &str = "Predicted: the probability that memory exceeds the size within --risk-days, and the share of the time in which CPU does.";

/// The chain as Markdown.
pub(super) fn as_markdown(estate: &Estate, advice: &Advice) -> String {
    let mut out = load::heading(estate).join("\n\n") + "\n\n";
    for (name, line) in chain(estate, advice) {
        out.extend(["- **", name, "**: ", &line, "\n"]);
    }
    if let Some(table) = candidate_table(advice) {
        out.extend(["\n", &markdown::draw(&table), "\n", RISKS, "\n"]);
    }
    if let Some(table) = container_table(&advice.containers) {
        out.push('\n');
        out.push_str(&markdown::draw(&table));
    }
    if let Some(recommended) = &advice.recommended {
        out.push('\n');
        out.push_str(&markdown::draw(&bill_table(&recommended.bill)));
    }
    let (table, notes) = place_table(&advice.places);
    out.push('\n');
    out.push_str(&markdown::draw(&table));
    for note in notes {
        out.extend(["\n", &note]);
    }
    out.push('\n');
    out
}

fn draw(
    estate: &Estate,
    advice: &Advice,
    profile: &Profile,
    chart: &Path,
    global: &Global,
) -> anyhow::Result<()> {
    if advice.observed.cpu.is_none() && advice.observed.memory.is_none() {
        output::note("no chart: neither CPU nor memory was measured", global);
        return Ok(());
    }
    let [svg, png] = write_chart(estate, advice, profile, chart)?;
    output::note(&format!("chart: {} and {}", svg.display(), png.display()), global);
    Ok(())
}

/// Writes both pictures, named by `path` with the two endings, and says where they are.
pub(super) fn write_chart(
    estate: &Estate,
    advice: &Advice,
    profile: &Profile,
    path: &Path,
) -> anyhow::Result<[PathBuf; 2]> {
    let out = path.parent().unwrap_or(path);
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let synthetic = if estate.synthetic { " (synthetic)" } else { "" };
    let percentile = f64::from(estate.policy.cpu_percentile_per_mille) / 10.0;
    let labels = chart::Labels {
        title: &format!("{}{synthetic}", advice.workload.id),
        percentile: &format!("p{percentile}"),
        date: &date,
    };
    let ending = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let [svg, png] = [ending(".svg"), ending(".png")];
    fs::write(&svg, chart::svg(advice, profile, &labels)?)
        .with_context(|| format!("cannot write {}", svg.display()))?;
    chart::png(advice, profile, &labels, &png)?;
    Ok([svg, png])
}

/// A name that no file system minds, each workload's its own: `prod/web` is `prod-web`,
/// unless another workload would be too.
fn file_name(id: &str, all: &[String]) -> String {
    let plain = with_slashes_as(id, "-");
    let taken = all.iter().any(|other| other != id && with_slashes_as(other, "-") == plain);
    if taken { with_slashes_as(id, "%2F") } else { plain }
}

/// Everything else that is not plain as in a URL; names do not begin with a dot.
fn with_slashes_as(id: &str, slash: &str) -> String {
    let mut name = String::new();
    for byte in id.bytes() {
        match byte {
            b'/' => name.push_str(slash),
            b'.' if name.is_empty() => name.push_str("%2E"),
            b'-' | b'_' | b'.' => name.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => name.push(char::from(byte)),
            byte => write!(name, "%{byte:02X}").expect("a string takes everything"),
        }
    }
    name.truncate(200);
    name
}

/// Hours since 1970 as `Oct 05`.
fn date(hour: i32) -> String {
    let stamp = jiff::Timestamp::from_second(i64::from(hour) * 3_600).unwrap_or_default();
    stamp.strftime("%b %d").to_string()
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn every_workload_has_a_file_name_of_its_own() {
        let all = ["prod/web", "prod-web", "..", "caf\u{e9}", "a/b"].map(str::to_owned);
        let names: Vec<String> = all.iter().map(|id| file_name(id, &all)).collect();
        assert_eq!(names, ["prod%2Fweb", "prod-web", "%2E.", "caf%C3%A9", "a-b"]);
    }
}
