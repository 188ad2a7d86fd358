//! The rule named after krr against krr's own code, whose answers `tests/peers/krr.py` wrote
//! into `krr.csv`, for series that both make of a seed.

use loadline::model::Sample;
use loadline::size::rules::Rule;
use loadline::units::SplitMix64;
use std::io::Write as _;
use std::process::Command;

const ANSWERS: &str = include_str!("krr.csv");
const POINTS: [u64; 8] = [1, 2, 99, 100, 101, 288, 1_000, 2_016];

struct Numbers(SplitMix64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0.draw() % end
    }

    fn many(&mut self, points: u64, mut one: impl FnMut(&mut Self) -> u64) -> Vec<f64> {
        let sixteenths = (0..points).map(|_| u32::try_from(one(self)).unwrap());
        sixteenths.map(|value| f64::from(value) / 16.0).collect()
    }
}

/// A reading a minute. `series` of `tests/peers/krr.py` is the same.
fn series(seed: u64) -> Vec<Sample> {
    let mut numbers = Numbers(SplitMix64(seed));
    let at = usize::try_from(numbers.below(10)).unwrap();
    let points = POINTS.get(at).copied().unwrap_or_else(|| 100 + numbers.below(2_000));
    let kind = numbers.below(4);
    let level = numbers.below(64 * 1_024);
    let cpu = numbers.many(points, |numbers| match kind {
        0 => level,
        1 => numbers.below(level + 1),
        2 if numbers.below(20) == 0 => level,
        2 => level / 4,
        _ => numbers.below(400),
    });
    let kind = numbers.below(4);
    let level = numbers.below(16 * 30_000);
    let memory = numbers.many(points, |numbers| match kind {
        0 => level,
        1 => numbers.below(level + 1),
        2 => 320 * numbers.below(200),
        _ => numbers.below(16 * 90),
    });
    let minutes = (0..).step_by(60);
    let each = minutes.zip(cpu).zip(memory);
    each.map(|((at, cpu), memory)| Sample { cpu, memory, ..Sample::unknown(at, 60) }).collect()
}

/// How many of the answers are refusals.
fn held_to(answers: &str) -> usize {
    let mut refused = 0;
    for line in answers.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let samples = series(cells[0].parse().unwrap());
        assert_eq!(samples.len(), cells[1].parse::<usize>().unwrap(), "points of {line}");
        let ours = Rule::Krr.ask(&samples).map(|ask| {
            let millicores = ask.cpu / 1.024;
            assert!((millicores - millicores.round()).abs() < 1e-6, "{line}: {millicores}");
            (format!("{}", millicores.round()), format!("{}", ask.memory))
        });
        refused += usize::from(cells[2].is_empty());
        let theirs = (!cells[2].is_empty()).then(|| (cells[2].to_owned(), cells[3].to_owned()));
        assert_eq!(ours, theirs, "{line}");
    }
    refused
}

#[test]
fn krr_itself_asks_for_the_same() {
    assert_eq!(ANSWERS.lines().count(), 401);
    let refused = held_to(ANSWERS);
    assert!((50..350).contains(&refused), "{refused} refused: both kinds are seen");
}

/// Anew, with series never seen, where there is a checkout of krr (and Python with what
/// `tests/peers/krr.py` names): `KRR_SOURCE=krr cargo test krr`.
#[test]
fn krr_run_now_asks_for_the_same() {
    let Ok(source) = std::env::var("KRR_SOURCE") else {
        // Not by the macro: what it prints is shown of failing tests only.
        let line = b"SKIPPED: krr run anew: KRR_SOURCE names no checkout of it\n";
        return std::io::stderr().write_all(line).unwrap();
    };
    let first = std::process::id().to_string();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/krr.py");
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let run = Command::new(python).args([script, &source, &first, "200"]).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let answers = String::from_utf8(run.stdout).unwrap();
    assert_eq!(answers.lines().count(), 201);
    held_to(&answers);
}
