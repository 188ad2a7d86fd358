//! AWS Lambda.

use super::caller::Caller;
use super::estate::World;
use super::failure::Failure;
use super::pages::{self, WrongToken};
use serde_json::{Value, json};

/// However many were asked for, a page has no more.
const PAGE: usize = 50;

/// Lists functions.
pub(super) fn list_functions(
    world: &World,
    caller: &Caller,
    query: &[(String, String)],
) -> Result<Value, Failure> {
    let field =
        |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let invalid = |message: &str| Failure::new("InvalidParameterValueException", message);
    let size = match field("MaxItems") {
        None => PAGE,
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|size| (1..=10_000).contains(size))
            .ok_or_else(|| invalid("MaxItems must be between 1 and 10000."))?,
    };
    let functions = world.region(&caller.account, &caller.region).functions.clone();
    let versions = field("FunctionVersion").unwrap_or_default();
    let scope = pages::hash_of(&("ListFunctions", &caller.account, &caller.region, versions));
    let (page, next) = pages::page(functions, size.min(PAGE), scope, field("Marker"))
        .map_err(|WrongToken| invalid("Invalid Marker."))?;
    Ok(json!({"Functions": page, "NextMarker": next}))
}
