//! `DescribeAlarms`.

use super::caller::Caller;
use super::estate::World;
use super::failure::{Failure, cbor_answer};
use super::http::Answer;
use super::pages;
use super::request::{Style, text, texts};
use serde_json::Value;

const STYLE: Style = Style {
    token: "NextToken",
    size: "MaxRecords",
    wrong_size: "ValidationError",
    wrong_token: "InvalidNextToken",
};

pub(super) fn describe_alarms(
    world: &World,
    caller: &Caller,
    body: &Value,
) -> Result<Answer, Failure> {
    let names = texts(body, "AlarmNames");
    if names.len() > 100 {
        return Err(Failure::new("ValidationError", "AlarmNames must not exceed 100"));
    }
    let region = world.region(&caller.account, &caller.region);
    let asked = |one: &&Value| {
        names.is_empty() || text(one, "AlarmName").is_some_and(|n| names.contains(&n))
    };
    let found = region.alarms.iter().filter(asked).cloned().collect();
    let scope = pages::scope("DescribeAlarms", &caller.account, &caller.region, body);
    let answer = STYLE.answer(body, scope, ("MetricAlarms", found), (50, 100))?;
    Ok(cbor_answer(200, &answer))
}
