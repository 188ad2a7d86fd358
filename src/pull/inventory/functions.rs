//! Lambda functions.

use super::{Found, Scope};
use crate::model::{Architecture, Function, Kind, Workload};
use crate::pull::attempt::Operation;
use crate::pull::client::{Client, Group};
use crate::pull::failure::Failure;
use crate::pull::paging::Pages;
use crate::pull::series::{Identity, Insights};
use crate::pull::signed::{Ask, Service};
use crate::units::MiB;
use serde_json::Value;
use std::collections::BTreeMap;

const SERVICE: Service =
    Service { id: "Lambda", host: "lambda", signing_name: "lambda", global: false };
const LIST: Operation = Operation { name: "ListFunctions", action: "lambda:ListFunctions" };

/// Functions are named as if this were their cluster.
pub(super) const UNDER: &str = "lambda";

/// `taken`: a cluster has that name, so that functions need a longer one.
pub(super) async fn functions(
    client: &Client,
    scope: &Scope,
    taken: bool,
) -> Result<Vec<Found>, Failure> {
    // Functions are in no cluster, and their list carries no tags.
    if !scope.clusters.is_empty() || !scope.tags.is_empty() {
        return Ok(Vec::new());
    }
    let mut pages = Pages::new(LIST, client);
    let mut all = Vec::new();
    while let Some(token) = pages.next()? {
        let marker = token.map(|token| format!("&Marker={}", encoded(&token)));
        let path = format!("/2015-03-31/functions?MaxItems=50{}", marker.unwrap_or_default());
        let ask = Ask::Get { path };
        let answer = client.call(LIST, Group::Others, || client.signed.send(SERVICE, &ask)).await?;
        let found = answer["Functions"].as_array().into_iter().flatten();
        all.extend(found.filter_map(|one| function(client, scope, one, taken)));
        pages.came(answer["NextMarker"].as_str());
    }
    Ok(all)
}

/// As a value in a query.
pub(super) fn encoded(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            byte => write!(out, "%{byte:02X}").expect("a string takes everything"),
        }
    }
    out
}

fn function(client: &Client, scope: &Scope, one: &Value, taken: bool) -> Option<Found> {
    let name = one["FunctionName"].as_str().filter(|name| scope.takes_name(name))?;
    let number = |field: &str| one[field].as_u64().and_then(|value| u32::try_from(value).ok());
    let arm =
        one["Architectures"].as_array().is_some_and(|all| all.iter().any(|one| one == "arm64"));
    let place = &client.place;
    let workload = Workload {
        account: Some(place.account.clone()),
        region: Some(place.region.clone()),
        kind: Kind::Function,
        environment: scope.environment(&BTreeMap::new(), ["", name]),
        architecture: if arm { Architecture::Arm } else { Architecture::X86 },
        function: number("MemorySize").map(|memory| Function {
            memory_mib: MiB(memory),
            timeout_seconds: number("Timeout").unwrap_or(0),
            temp_mib: one["EphemeralStorage"]["Size"]
                .as_u64()
                .and_then(|size| u32::try_from(size).ok())
                .map(MiB),
            package: one["PackageType"].as_str().unwrap_or("Zip").to_owned(),
        }),
        ..Workload::named(&if taken {
            scope.id(place, &[UNDER, "function", name])
        } else {
            scope.id(place, &[UNDER, name])
        })
    };
    let identity = Identity {
        cluster: String::new(),
        name: name.to_owned(),
        insights: Insights::Off,
        ..Identity::default()
    };
    Some(Found { workload, identity, running: None, created: None, remembered: false })
}
