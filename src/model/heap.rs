//! Runtimes with a heap of their own, recognized by image, command and environment.

use crate::units::MiB;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Runtime {
    Jvm,
    Node,
    Go,
}

impl Runtime {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Runtime::Jvm => "JVM",
            Runtime::Node => "Node.js",
            Runtime::Go => "Go",
        }
    }
}

/// What limits a heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeapLimit {
    #[serde(rename = "mib")]
    Fixed(MiB),
    /// A share of what the container is given.
    Share,
}

/// A container's runtime, and how its heap is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heap {
    pub runtime: Runtime,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<HeapLimit>,
}

/// Images whose name, without registry and tag, is one of these or has it as a part between
/// dashes.
const JVM_IMAGES: [&str; 17] = [
    "java",
    "jdk",
    "jre",
    "openjdk",
    "temurin",
    "corretto",
    "tomcat",
    "jetty",
    "wildfly",
    "kafka",
    "elasticsearch",
    "opensearch",
    "cassandra",
    "zookeeper",
    "jenkins",
    "solr",
    "keycloak",
];
const NODE_IMAGES: [&str; 2] = ["node", "nodejs"];
const GO_IMAGES: [&str; 1] = ["golang"];
/// Variables whose values are options of a JVM.
const JVM_VARIABLES: [&str; 6] = [
    "JAVA_TOOL_OPTIONS",
    "JAVA_OPTS",
    "JDK_JAVA_OPTIONS",
    "_JAVA_OPTIONS",
    "CATALINA_OPTS",
    "ES_JAVA_OPTS",
];

impl Heap {
    /// Nothing where no runtime is recognized: that is not to say that there is none.
    #[must_use]
    pub fn of<'a>(
        image: Option<&str>,
        command: impl Iterator<Item = &'a str>,
        environment: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Option<Heap> {
        let mut runtime = image.and_then(of_image);
        let mut options: Vec<&str> = Vec::new();
        let mut go_limit = None;
        for (name, value) in environment {
            match name {
                name if JVM_VARIABLES.contains(&name) => {
                    runtime = Some(Runtime::Jvm);
                    options.extend(value.split_whitespace());
                }
                "NODE_OPTIONS" => {
                    runtime = Some(Runtime::Node);
                    options.extend(value.split_whitespace());
                }
                "GOMEMLIMIT" => {
                    runtime = runtime.or(Some(Runtime::Go));
                    go_limit = mib(value);
                }
                _ => {}
            }
        }
        let command: Vec<&str> = command.flat_map(str::split_whitespace).collect();
        let program = |name: &str| command.iter().any(|word| word.rsplit('/').next() == Some(name));
        let runtime = match runtime {
            _ if program("java") => Runtime::Jvm,
            _ if program("node") => Runtime::Node,
            known => known?,
        };
        options.extend(command);
        let limit = match runtime {
            Runtime::Jvm => jvm_limit(&options),
            Runtime::Node => node_limit(&options),
            Runtime::Go => go_limit.map(HeapLimit::Fixed),
        };
        Some(Heap { runtime, limit })
    }
}

fn of_image(image: &str) -> Option<Runtime> {
    let name = image.rsplit('/').next()?.split(['@', ':']).next()?.to_ascii_lowercase();
    let is = |names: &[&str]| name.split(['-', '_', '.']).any(|part| names.contains(&part));
    let all: [(&[&str], Runtime); 3] =
        [(&JVM_IMAGES, Runtime::Jvm), (&NODE_IMAGES, Runtime::Node), (&GO_IMAGES, Runtime::Go)];
    // `node-exporter` and the like are not what they are named after.
    if name.ends_with("exporter") {
        return None;
    }
    all.into_iter().find(|(names, _)| is(names)).map(|(_, runtime)| runtime)
}

/// The last of `-Xmx512m` or `-XX:MaxHeapSize=`; else a share of the memory.
fn jvm_limit(options: &[&str]) -> Option<HeapLimit> {
    let fixed = options.iter().rev().find_map(|option| {
        let value = option.strip_prefix("-Xmx").or_else(|| option.strip_prefix("-XX:MaxHeapSize="));
        value.and_then(mib)
    });
    let share = options.iter().any(|option| option.starts_with("-XX:MaxRAMPercentage"));
    fixed.map(HeapLimit::Fixed).or(share.then_some(HeapLimit::Share))
}

/// `--max-old-space-size=512` or the same in two words, MiB.
fn node_limit(options: &[&str]) -> Option<HeapLimit> {
    const NAMES: [&str; 2] = ["--max-old-space-size", "--max_old_space_size"];
    let value = options.iter().enumerate().find_map(|(number, option)| {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let value = if value.is_empty() { options.get(number + 1).copied()? } else { value };
        NAMES.contains(&name).then_some(value)
    })?;
    value.parse().ok().filter(|mib| *mib > 0).map(|mib| HeapLimit::Fixed(MiB(mib)))
}

/// `512m`, `1g`, `700MiB`, `1073741824`; rounded up.
fn mib(text: &str) -> Option<MiB> {
    let digits = text.len() - text.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let bytes = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => number,
        "k" | "kib" => number.checked_mul(1 << 10)?,
        "m" | "mib" => number.checked_mul(1 << 20)?,
        "g" | "gib" => number.checked_mul(1 << 30)?,
        "t" | "tib" => number.checked_mul(1 << 40)?,
        _ => return None,
    };
    u32::try_from(bytes.div_ceil(1 << 20)).ok().filter(|mib| (1..8_388_608).contains(mib)).map(MiB)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(image: &str, command: &str, environment: &[(&str, &str)]) -> Option<Heap> {
        Heap::of(Some(image), std::iter::once(command), environment.iter().copied())
    }

    #[expect(clippy::unnecessary_wraps, reason = "compared with what may be nothing")]
    fn is(runtime: Runtime, limit: Option<HeapLimit>) -> Option<Heap> {
        Some(Heap { runtime, limit })
    }

    #[test]
    fn runtimes_are_known_by_image_command_or_environment() {
        use HeapLimit::{Fixed, Share};
        use Runtime::{Go, Jvm, Node};
        assert_eq!(of("nginx:1.27", "", &[]), None);
        assert_eq!(of("prom/node-exporter", "", &[]), None);
        assert_eq!(of("my/javascript-thing", "", &[]), None);
        assert_eq!(of("public/eclipse-temurin:21-jre", "", &[]), is(Jvm, None));
        assert_eq!(of("app", "/usr/bin/java -jar app.jar", &[]), is(Jvm, None));
        assert_eq!(of("app", "java -Xmx1g -Xmx512m", &[]), is(Jvm, Some(Fixed(MiB(512)))));
        let options = [("JAVA_TOOL_OPTIONS", "-XX:MaxRAMPercentage=75.0 -Dx=y")];
        assert_eq!(of("app", "", &options), is(Jvm, Some(Share)));
        let both = [("JAVA_OPTS", "-XX:MaxRAMPercentage=75 -Xmx1536m")];
        assert_eq!(of("app", "", &both), is(Jvm, Some(Fixed(MiB(1536)))));
        assert_eq!(of("node:22-alpine", "", &[]), is(Node, None));
        let node = is(Node, Some(Fixed(MiB(400))));
        assert_eq!(of("app", "node --max-old-space-size=400 x.js", &[]), node);
        assert_eq!(of("app", "node --max_old_space_size 400 x.js", &[]), node);
        assert_eq!(of("app", "", &[("NODE_OPTIONS", "--max-old-space-size=400")]), node);
        assert_eq!(of("app", "", &[("GOMEMLIMIT", "750MiB")]), is(Go, Some(Fixed(MiB(750)))));
        assert_eq!(of("golang:1.23", "", &[("GOMEMLIMIT", "off")]), is(Go, None));
        assert_eq!(of("app", "", &[("GOMEMLIMIT", "1073741825")]), is(Go, Some(Fixed(MiB(1025)))));
    }
}
