//! Coefficients, as a file carries them.

use super::{CPU_FEATURES, MEMORY_FEATURES, Sign};
use std::fmt::Write as _;
use std::sync::OnceLock;

/// In the order of the features.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    pub memory: [f64; MEMORY_FEATURES.len()],
    pub cpu: [f64; CPU_FEATURES.len()],
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParametersError {
    #[error("line {line}: model,feature,coefficient is expected")]
    Row { line: usize },
    #[error("{model} {feature} has no coefficient")]
    Missing { model: &'static str, feature: &'static str },
    #[error("line {line}: there is no {model} feature {feature:?}")]
    Unknown { line: usize, model: String, feature: String },
}

const SHIPPED: &str = include_str!("../../../data/risk.csv");
const HEADER: &str = "model,feature,coefficient";

impl Parameters {
    /// Those that the program carries (`data/risk.csv`).
    ///
    /// # Panics
    /// Never: a test reads them.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static READ: OnceLock<Parameters> = OnceLock::new();
        READ.get_or_init(|| Self::read(SHIPPED).expect("a test reads them"))
    }

    /// Reads `model,feature,coefficient`, one coefficient a line. Lines that begin with `#`
    /// are for people.
    ///
    /// # Errors
    /// [`ParametersError`] where a line cannot be read or a coefficient is missing.
    pub fn read(text: &str) -> Result<Self, ParametersError> {
        let mut memory = [f64::NAN; MEMORY_FEATURES.len()];
        let mut cpu = [f64::NAN; CPU_FEATURES.len()];
        let lines = (1..).zip(text.lines()).filter(|(_, text)| !text.starts_with('#'));
        for (line, text) in lines.filter(|(_, text)| !text.is_empty() && *text != HEADER) {
            let mut parts = text.split(',');
            let (Some(model), Some(feature), Some(value), None) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                return Err(ParametersError::Row { line });
            };
            let value: Option<f64> = value.parse().ok().filter(|value: &f64| value.is_finite());
            let value = value.ok_or(ParametersError::Row { line })?;
            let place = match model {
                "memory" => place(&MEMORY_FEATURES, feature).map(|place| &mut memory[place]),
                "cpu" => place(&CPU_FEATURES, feature).map(|place| &mut cpu[place]),
                _ => None,
            };
            let (model, feature) = (model.to_owned(), feature.to_owned());
            *place.ok_or(ParametersError::Unknown { line, model, feature })? = value;
        }
        whole("memory", &MEMORY_FEATURES, &memory)?;
        whole("cpu", &CPU_FEATURES, &cpu)?;
        Ok(Parameters { memory, cpu })
    }

    /// As [`Parameters::read`] takes them, with lines for people before.
    #[must_use]
    pub fn written(&self, comments: &[String]) -> String {
        let mut out = String::new();
        for comment in comments {
            writeln!(out, "# {comment}").expect("a string takes everything");
        }
        writeln!(out, "{HEADER}").expect("a string takes everything");
        let memory = MEMORY_FEATURES.iter().zip(&self.memory).map(|one| ("memory", one));
        let cpu = CPU_FEATURES.iter().zip(&self.cpu).map(|one| ("cpu", one));
        for (model, ((feature, _), value)) in memory.chain(cpu) {
            // Seven decimals: the same on every machine, and more than the data can tell.
            writeln!(out, "{model},{feature},{value:.7}").expect("a string takes everything");
        }
        out
    }
}

fn place(features: &[(&str, Sign)], name: &str) -> Option<usize> {
    features.iter().position(|(feature, _)| *feature == name)
}

fn whole(
    model: &'static str,
    features: &[(&'static str, Sign)],
    values: &[f64],
) -> Result<(), ParametersError> {
    let missing = features.iter().zip(values).find(|(_, value)| value.is_nan());
    match missing {
        Some(((feature, _), _)) => Err(ParametersError::Missing { model, feature }),
        None => Ok(()),
    }
}
