//! ECS task definitions as JSON: what people already have, into nouns.
//!
//! Read are a plain definition, one wrapped in `taskDefinition` as the API returns it,
//! and a bare list of containers. What cannot be read is refused with the field's name.

mod size;

pub use size::{SizeError, cpu_size, memory_size};

use crate::model::{Architecture, Container, Heap, OperatingSystem, Size};
use crate::units::{CpuUnits, MiB};
use serde_json::{Map, Value};

/// What a task definition says, as far as it matters for its size and price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskDefinition {
    pub family: Option<String>,
    /// Nothing where the definition leaves it to its containers (EC2 only).
    pub size: Option<Size>,
    pub architecture: Architecture,
    pub operating_system: OperatingSystem,
    /// All of it; 20 where nothing is said.
    pub ephemeral_gib: Option<u32>,
    pub requires: Vec<String>,
    pub containers: Vec<Container>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    #[error("is not JSON: line {line}, column {column}: {problem}")]
    NotJson { line: usize, column: usize, problem: String },
    #[error("{field}: {problem}")]
    Field { field: String, problem: String },
}

/// More than any instance has.
const MOST_GPUS: u32 = 64;

fn wrong(field: impl Into<String>, problem: impl Into<String>) -> ManifestError {
    ManifestError::Field { field: field.into(), problem: problem.into() }
}

/// Reads one task definition.
///
/// # Errors
/// [`ManifestError`] naming the line or the field.
pub fn task_definition(text: &str) -> Result<TaskDefinition, ManifestError> {
    let text = text.trim_start_matches('\u{feff}');
    let value: Value = serde_json::from_str(text).map_err(|error| ManifestError::NotJson {
        line: error.line(),
        column: error.column(),
        problem: without_place(&error.to_string()),
    })?;
    match value {
        Value::Array(list) => {
            let containers = containers(&list, "[]")?;
            Ok(TaskDefinition {
                family: None,
                size: None,
                architecture: Architecture::X86,
                operating_system: OperatingSystem::Linux,
                ephemeral_gib: None,
                requires: Vec::new(),
                containers,
            })
        }
        Value::Object(object) => definition(unwrapped(&object)?),
        _ => Err(wrong("(top level)", "an object or a list of containers is expected")),
    }
}

/// The definition itself: plain, in the API's `taskDefinition`, or in a recorded reply
/// that keeps that in `data`.
fn unwrapped(object: &Map<String, Value>) -> Result<&Map<String, Value>, ManifestError> {
    if object.contains_key("containerDefinitions") {
        return Ok(object);
    }
    if let Some(inner) = object.get("data").and_then(Value::as_object) {
        return unwrapped(inner);
    }
    match (object.get("taskDefinition"), object.get("taskDefinitions")) {
        (Some(Value::Object(inner)), _) => Ok(inner),
        (Some(_), _) => Err(wrong("taskDefinition", "is not an object")),
        (None, Some(Value::Array(list))) => match list.as_slice() {
            [Value::Object(inner)] => Ok(inner),
            list => Err(wrong(
                "taskDefinitions",
                format!("holds {}; one object is expected", list.len()),
            )),
        },
        _ => Ok(object),
    }
}

fn without_place(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}

fn definition(object: &Map<String, Value>) -> Result<TaskDefinition, ManifestError> {
    let list = match object.get("containerDefinitions") {
        Some(Value::Array(list)) => list,
        Some(_) => return Err(wrong("containerDefinitions", "is not a list")),
        None => {
            return Err(wrong("containerDefinitions", "is missing; is this a task definition?"));
        }
    };
    let cpu = optional(object.get("cpu"), "cpu", cpu_size)?;
    let memory = optional(object.get("memory"), "memory", memory_size)?;
    let size = match (cpu, memory) {
        (Some(cpu), Some(memory)) => Some(Size { cpu, memory }),
        _ => None,
    };
    let platform = match object.get("runtimePlatform") {
        None | Some(Value::Null) => None,
        Some(Value::Object(platform)) => Some(platform),
        Some(_) => return Err(wrong("runtimePlatform", "is not an object")),
    };
    let of_platform = |name: &str| platform.and_then(|platform| platform.get(name));
    Ok(TaskDefinition {
        family: object.get("family").and_then(Value::as_str).map(str::to_owned),
        size,
        architecture: architecture(of_platform("cpuArchitecture"))?,
        operating_system: operating_system(of_platform("operatingSystemFamily"))?,
        ephemeral_gib: ephemeral(object.get("ephemeralStorage"))?,
        requires: strings(object.get("requiresCompatibilities"), "requiresCompatibilities")?,
        containers: containers(list, "containerDefinitions")?,
    })
}

fn optional<T>(
    value: Option<&Value>,
    field: &str,
    read: impl Fn(&str) -> Result<T, SizeError>,
) -> Result<Option<T>, ManifestError> {
    let text = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Err(wrong(field, "is neither text nor a number")),
    };
    read(&text).map(Some).map_err(|error| wrong(field, error.to_string()))
}

fn architecture(value: Option<&Value>) -> Result<Architecture, ManifestError> {
    let field = "runtimePlatform.cpuArchitecture";
    match value {
        None | Some(Value::Null) => Ok(Architecture::X86),
        Some(Value::String(text)) => match text.to_ascii_uppercase().as_str() {
            "X86_64" => Ok(Architecture::X86),
            "ARM64" => Ok(Architecture::Arm),
            _ => Err(wrong(field, format!("{text:?} is neither X86_64 nor ARM64"))),
        },
        Some(_) => Err(wrong(field, "is not text")),
    }
}

fn operating_system(value: Option<&Value>) -> Result<OperatingSystem, ManifestError> {
    let field = "runtimePlatform.operatingSystemFamily";
    match value {
        None | Some(Value::Null) => Ok(OperatingSystem::Linux),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("LINUX") => {
            Ok(OperatingSystem::Linux)
        }
        Some(Value::String(text)) if text.to_ascii_uppercase().starts_with("WINDOWS_SERVER_") => {
            Ok(OperatingSystem::Windows)
        }
        Some(other) => {
            Err(wrong(field, format!("{other} is neither LINUX nor WINDOWS_SERVER_...")))
        }
    }
}

fn ephemeral(value: Option<&Value>) -> Result<Option<u32>, ManifestError> {
    let field = "ephemeralStorage.sizeInGiB";
    let Some(size) = value.filter(|value| !value.is_null()).map(|value| value.get("sizeInGiB"))
    else {
        return Ok(None);
    };
    let gib = size.and_then(Value::as_u64).filter(|gib| (20..=200).contains(gib));
    let gib = gib.ok_or_else(|| wrong(field, "a whole number from 21 to 200 is expected"))?;
    Ok(u32::try_from(gib).ok())
}

fn strings(value: Option<&Value>, field: &str) -> Result<Vec<String>, ManifestError> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => list
            .iter()
            .map(|one| {
                one.as_str()
                    .map(str::to_owned)
                    .ok_or_else(|| wrong(field, "holds what is not text"))
            })
            .collect(),
        Some(_) => Err(wrong(field, "is not a list")),
    }
}

fn containers(list: &[Value], field: &str) -> Result<Vec<Container>, ManifestError> {
    if list.is_empty() {
        return Err(wrong(field, "holds no container"));
    }
    list.iter()
        .enumerate()
        .map(|(number, value)| container(value, &format!("{field}[{number}]")))
        .collect()
}

fn container(value: &Value, field: &str) -> Result<Container, ManifestError> {
    let object = value.as_object().ok_or_else(|| wrong(field, "is not an object"))?;
    let name = object.get("name").and_then(Value::as_str);
    let name = name.ok_or_else(|| wrong(format!("{field}.name"), "is missing or not text"))?;
    let whole = |name: &str| {
        let field = format!("{field}.{name}");
        optional(object.get(name), &field, size::whole)
    };
    Ok(Container {
        name: name.to_owned(),
        image: object.get("image").and_then(Value::as_str).map(str::to_owned),
        cpu: whole("cpu")?.map(CpuUnits),
        memory: whole("memory")?.map(MiB),
        memory_reservation: whole("memoryReservation")?.map(MiB),
        gpus: gpus(object.get("resourceRequirements"), field)?,
        heap: heap(object),
    })
}

/// The runtime, as far as image, command and environment give it away.
fn heap(object: &Map<String, Value>) -> Option<Heap> {
    let list = |name| object.get(name).and_then(Value::as_array).into_iter().flatten();
    let words = list("entryPoint").chain(list("command")).filter_map(Value::as_str);
    let variables = list("environment")
        .filter_map(|one| Some((one.get("name")?.as_str()?, one.get("value")?.as_str()?)));
    Heap::of(object.get("image").and_then(Value::as_str), words, variables)
}

fn gpus(value: Option<&Value>, field: &str) -> Result<u32, ManifestError> {
    let field = format!("{field}.resourceRequirements");
    let list = match value {
        None | Some(Value::Null) => return Ok(0),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(wrong(field, "is not a list")),
    };
    let mut gpus = 0;
    for one in list.iter().filter(|one| one.get("type").and_then(Value::as_str) == Some("GPU")) {
        let count =
            one.get("value").and_then(Value::as_str).and_then(|text| text.parse::<u32>().ok());
        let count = count.filter(|count| *count <= MOST_GPUS);
        gpus += count.ok_or_else(|| wrong(format!("{field}.value"), "is not a number of GPUs"))?;
        if gpus > MOST_GPUS {
            return Err(wrong(field, "asks for more GPUs than anything has"));
        }
    }
    Ok(gpus)
}

impl TaskDefinition {
    /// What the containers ask for together: CPU, and of memory the reservation where
    /// there is one, else the limit. Nothing where a container asks for no memory.
    #[must_use]
    pub fn sum_of_containers(&self) -> Option<Size> {
        let cpu: u64 =
            self.containers.iter().map(|one| u64::from(one.cpu.map_or(0, |cpu| cpu.0))).sum();
        let memory: Option<u64> = self
            .containers
            .iter()
            .map(|one| one.memory_reservation.or(one.memory).map(|memory| u64::from(memory.0)))
            .sum();
        Some(Size::new(u32::try_from(cpu).ok()?, u32::try_from(memory?).ok()?))
    }

    #[must_use]
    pub fn gpus(&self) -> u32 {
        self.containers.iter().fold(0, |sum, one| sum.saturating_add(one.gpus))
    }
}

#[cfg(test)]
mod tests;
