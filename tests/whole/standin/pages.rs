//! Pages and the tokens that lead from one to the next.

use serde_json::Value;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A token did not come from the same request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WrongToken;

/// A token for two numbers that only the same request may bring back.
pub(super) fn token(scope: u64, one: u64, two: u64) -> String {
    let check = hash_of(&(scope, one, two));
    format!("{scope:016x}{one:012x}{two:012x}{check:016x}")
}

/// The numbers of a token.
pub(super) fn read_token(scope: u64, text: &str) -> Result<(u64, u64), WrongToken> {
    let number = |range: std::ops::Range<usize>| {
        text.get(range).and_then(|part| u64::from_str_radix(part, 16).ok()).ok_or(WrongToken)
    };
    let (one, two) = (number(16..28)?, number(28..40)?);
    if token(scope, one, two) == text { Ok((one, two)) } else { Err(WrongToken) }
}

pub(super) fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// What stays the same from page to page of one listing.
pub(super) fn scope(operation: &str, account: &str, region: &str, request: &Value) -> u64 {
    let mut same = request.clone();
    if let Some(fields) = same.as_object_mut() {
        fields.retain(|name, _| !is_paging(name));
    }
    hash_of(&(operation, account, region, same.to_string()))
}

fn is_paging(name: &str) -> bool {
    matches!(name.to_ascii_lowercase().as_str(), "nexttoken" | "maxresults" | "marker" | "maxitems")
}

/// A page of at most `size` items, and the token of the next.
pub(super) fn page<T>(
    items: Vec<T>,
    size: usize,
    scope: u64,
    from: Option<&str>,
) -> Result<(Vec<T>, Option<String>), WrongToken> {
    let start = match from.filter(|token| !token.is_empty()) {
        Some(text) => usize::try_from(read_token(scope, text)?.0).map_err(|_| WrongToken)?,
        None => 0,
    };
    let end = start + size;
    let next = (end < items.len()).then(|| token(scope, end as u64, 0));
    Ok((items.into_iter().skip(start).take(size).collect(), next))
}

#[test]
fn pages_come_one_after_another_and_tokens_are_checked() {
    let (first, next) = page((0..5).collect(), 2, 7, None).unwrap();
    assert_eq!(first, [0, 1]);
    let next = next.unwrap();
    let (second, more) = page((0..5).collect(), 2, 7, Some(&next)).unwrap();
    assert_eq!(second, [2, 3]);
    let (third, none) = page((0..5).collect(), 2, 7, more.as_deref()).unwrap();
    assert_eq!((third, none), (vec![4], None));
    assert_eq!(page(vec![0], 2, 8, Some(&next)), Err(WrongToken));
    assert_eq!(page(vec![0], 2, 7, Some("no token")), Err(WrongToken));
}
