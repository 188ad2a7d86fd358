//! Packs the problems of files and prints one JSON line each: name, cost and bound in dollars an
//! hour, the gap between them in percent, seconds, and whether an independent check agrees.
//!
//! `cargo run --release --example pack -- [--effort quick|thorough] [--time-limit SECONDS] [--seed
//! N] [--duals | --table] FILE...`; a file is
//! `{"name", "min_instances", "types": [[name, 1 x86 or 2 arm, cpu, memory, slots, price]],
//! "shapes": [[cpu, memory, 1 x86, 2 arm or 3 both, copies, most an instance or 0]]}`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program of its own")]

use loadline::fit::fleet::{
    Bin, Limits, Problem, Proof, Shape, check_bound, check_packing, quick, thorough,
};
use loadline::model::Architecture;
use loadline::units::{UsdPerHour, pico_string};
use serde_json::{Value, json};
use std::time::Instant;

const USAGE: &str =
    "pack [--effort quick|thorough] [--time-limit SECONDS] [--seed N] [--duals | --table] FILE...";

#[derive(Clone, Default)]
struct Asked {
    quick: bool,
    seconds: f64,
    seed: u64,
    duals: bool,
    table: bool,
    files: Vec<String>,
}

fn main() -> std::process::ExitCode {
    let asked = match asked(std::env::args().skip(1)) {
        Ok(asked) => asked,
        Err(error) => {
            eprintln!("{error}; {USAGE}");
            return std::process::ExitCode::from(2);
        }
    };
    if asked.table {
        println!("| problem | quick: gap, ms | 0.5 s: gap | 5 s: cost $/h | bound | gap | proof |");
        println!("|---|---|---|---|---|---|---|");
    }
    for path in &asked.files {
        if asked.table {
            match read(path).and_then(|(name, problem)| row(&name, &problem, &asked)) {
                Ok(line) => println!("{line}"),
                Err(error) => eprintln!("{path}: {error}"),
            }
            continue;
        }
        let answer = read(path).and_then(|(name, problem)| packed(&name, &problem, &asked));
        match answer {
            Ok(line) => println!("{line}"),
            Err(error) => {
                eprintln!("{path}: {error}");
                return std::process::ExitCode::FAILURE;
            }
        }
    }
    std::process::ExitCode::SUCCESS
}

fn asked(mut words: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut asked = Asked {
        quick: false,
        seconds: 5.0,
        seed: 0,
        duals: false,
        table: false,
        files: Vec::new(),
    };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word}: a value is expected"));
        match word.as_str() {
            "--effort" => {
                asked.quick = match value()?.as_str() {
                    "quick" => true,
                    "thorough" => false,
                    other => {
                        return Err(format!("--effort {other}: quick or thorough is expected"));
                    }
                }
            }
            "--time-limit" => {
                let text = value()?;
                let seconds = text.parse().ok().filter(|seconds: &f64| *seconds >= 0.0);
                asked.seconds =
                    seconds.ok_or_else(|| format!("--time-limit {text}: seconds are expected"))?;
            }
            "--seed" => {
                let text = value()?;
                asked.seed =
                    text.parse().map_err(|_| format!("--seed {text}: a number is expected"))?;
            }
            "--duals" => asked.duals = true,
            "--table" => asked.table = true,
            other if other.starts_with("--") => return Err(format!("{other} is not known")),
            _ => asked.files.push(word),
        }
    }
    if asked.files.is_empty() { Err("no file is named".to_owned()) } else { Ok(asked) }
}

/// A row of the table in docs/packing.md.
fn row(name: &str, problem: &Problem, asked: &Asked) -> Result<String, String> {
    let with = |quick: bool, seconds: f64| {
        let asked = Asked { quick, seconds, files: Vec::new(), ..*asked };
        let line = packed(name, problem, &asked)?;
        if line["checked"] == true { Ok(line) } else { Err(format!("not checked: {line}")) }
    };
    let (quick, brief, long) = (with(true, 5.0)?, with(false, 0.5)?, with(false, 5.0)?);
    let gap = |line: &Value| format!("{:.2} %", line["gap_percent"].as_f64().unwrap_or(0.0));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    let short = |value: &Value| text(value).chars().take(10).collect::<String>();
    let milliseconds = quick["cpu_seconds"].as_f64().unwrap_or(0.0) * 1e3;
    Ok(format!(
        "| `{name}` | {}, {milliseconds:.0} | {} | {} | {} | {} | {} |",
        gap(&quick),
        gap(&brief),
        short(&long["cost"]),
        short(&long["bound"]),
        gap(&long),
        text(&long["proof"]),
    ))
}

#[expect(clippy::disallowed_methods, reason = "times the packing")]
fn packed(name: &str, problem: &Problem, asked: &Asked) -> Result<Value, String> {
    let start = Instant::now();
    let spent = || start.elapsed().as_secs_f64() / asked.seconds;
    let answer = if asked.quick {
        quick(problem)
    } else {
        thorough(problem, &Limits { seed: asked.seed, rounds: usize::MAX, spent: Box::new(spent) })
    };
    let (packing, bound) = answer.map_err(|error| error.to_string())?;
    let seconds = start.elapsed().as_secs_f64();
    let cost = check_packing(problem, &packing);
    let start = Instant::now();
    let proved = check_bound(problem, &bound);
    let checking = start.elapsed().as_secs_f64();
    let dollars = |pico: u128| pico_string(i128::try_from(pico).unwrap_or(i128::MAX));
    let (cost_of, least) = (packing.pico_an_hour(problem), bound.pico_an_hour);
    #[expect(clippy::cast_precision_loss, reason = "shown to people")]
    let gap = (cost_of - least) as f64 / least.max(1) as f64 * 100.0;
    let by = match &bound.proof {
        Proof::Instances => "instances",
        Proof::Weights { .. } => "weights",
        Proof::Tasks(_) => "tasks",
        Proof::Branches(_) => "branches",
        Proof::Every => "every",
    };
    let mut line = json!({
        "name": name,
        "cost": dollars(cost_of),
        "bound": dollars(least),
        "gap_percent": (gap * 1e4).round() / 1e4,
        "cpu_seconds": (seconds * 1e6).round() / 1e6,
        "instances": packing.instances(problem),
        "proof": by,
        "checked": cost.as_ref() == Ok(&cost_of) && proved.as_ref().is_ok_and(|one| *one >= least),
        "check_seconds": (checking * 1e6).round() / 1e6,
    });
    if let Some(fault) = cost.err().or(proved.err()) {
        line["fault"] = json!(fault.to_string());
    }
    if let (true, Proof::Tasks(worth)) = (asked.duals, &bound.proof) {
        line["duals"] = json!({
            "parts_of_a_pico_dollar": 1 << 10,
            "tasks": worth.tasks,
            "instance": worth.instance,
        });
    }
    Ok(line)
}

fn read(path: &str) -> Result<(String, Problem), String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let json: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let name = json["name"].as_str().unwrap_or(path).to_owned();
    let list = |key: &str| {
        json[key].as_array().map(Vec::as_slice).ok_or_else(|| format!("{key} is not a list"))
    };
    let bins: Result<Vec<Bin>, String> = list("types")?.iter().map(bin).collect();
    let shapes: Result<Vec<Shape>, String> =
        list("shapes")?.iter().enumerate().map(|(number, one)| shape(number, one)).collect();
    let fewest_instances = number(&json["min_instances"]).unwrap_or(0);
    Ok((name, Problem { shapes: shapes?, bins: bins?, fewest_instances }))
}

fn bin(value: &Value) -> Result<Bin, String> {
    let wrong = || format!("{value} is not [name, architecture, cpu, memory, slots, price]");
    let price = value[5].as_number().map(ToString::to_string).ok_or_else(wrong)?;
    Ok(Bin {
        name: value[0].as_str().ok_or_else(wrong)?.to_owned(),
        architecture: match value[1].as_u64() {
            Some(1) => Architecture::X86,
            Some(2) => Architecture::Arm,
            _ => return Err(wrong()),
        },
        cpu_units: number(&value[2]).ok_or_else(wrong)?,
        memory_mib: number(&value[3]).ok_or_else(wrong)?,
        slots: number(&value[4]).ok_or_else(wrong)?,
        gpus: 0,
        instance: true,
        price: price.parse::<UsdPerHour>().map_err(|error| error.to_string())?,
    })
}

fn shape(place: usize, value: &Value) -> Result<Shape, String> {
    let wrong = || format!("{value} is not [cpu, memory, architectures, copies, most an instance]");
    let on = number(&value[2]).filter(|on| (1..=3).contains(on)).ok_or_else(wrong)?;
    Ok(Shape {
        name: format!("shape {place}"),
        cpu_units: number(&value[0]).ok_or_else(wrong)?,
        memory_mib: number(&value[1]).ok_or_else(wrong)?,
        slots: 1,
        gpus: 0,
        host_ports: Vec::new(),
        barred: Vec::new(),
        x86: on & 1 > 0,
        arm: on & 2 > 0,
        copies: number(&value[3]).ok_or_else(wrong)?,
        most_an_instance: number(&value[4]).filter(|most| *most > 0),
    })
}

fn number(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|value| u32::try_from(value).ok())
}
