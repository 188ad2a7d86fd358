//! Reading the members of a JSON request.

use super::failure::Failure;
use super::pages::{self, WrongToken};
use serde_json::Value;

/// The text of a member; empty text counts as none.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The texts of a list, or nothing.
pub(super) fn texts<'a>(value: &'a Value, name: &str) -> Vec<&'a str> {
    let list = value.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The list of a member, or nothing.
pub(super) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A page size: the member if it is in bounds, a default without it, and otherwise nothing.
pub(super) fn size(value: &Value, name: &str, default: usize, most: usize) -> Option<usize> {
    match value.get(name).filter(|size| !size.is_null()) {
        None => Some(default),
        Some(size) => size
            .as_u64()
            .and_then(|size| usize::try_from(size).ok())
            .filter(|size| (1..=most).contains(size)),
    }
}

/// How a service names the members of paging, and complains about them.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// `nextToken` or `NextToken`.
    pub(super) token: &'static str,
    /// `maxResults` or `MaxResults`.
    pub(super) size: &'static str,
    /// The code of the error for a wrong size.
    pub(super) wrong_size: &'static str,
    /// The code of the error for a wrong token.
    pub(super) wrong_token: &'static str,
}

impl Style {
    /// Cuts the page out of what was found, and puts it into an answer under a name.
    pub(super) fn answer(
        self,
        request: &Value,
        scope: u64,
        (name, found): (&str, Vec<Value>),
        (default, most): (usize, usize),
    ) -> Result<Value, Failure> {
        let size = size(request, self.size, default, most).ok_or_else(|| {
            let message = format!("{} must be between 1 and {most}.", self.size);
            Failure::new(self.wrong_size, message)
        })?;
        let (page, next) = pages::page(found, size, scope, text(request, self.token))
            .map_err(|WrongToken| Failure::new(self.wrong_token, "Invalid token."))?;
        let mut answer = serde_json::Map::new();
        answer.insert(name.to_owned(), page.into());
        if let Some(next) = next {
            answer.insert(self.token.to_owned(), next.into());
        }
        Ok(answer.into())
    }
}
