//! Pages, one after the other. A token that repeats would go round for ever, or end early
//! without a word: it is a failure.

use super::attempt::Operation;
use super::client::Client;
use super::failure::{Failure, FailureKind};
use std::collections::BTreeSet;

/// What to ask a page with: the first one has no token.
pub(super) type Token = Option<String>;

/// Which page is next.
pub(super) struct Pages<'c> {
    operation: Operation,
    client: &'c Client,
    next: Option<Token>,
    seen: BTreeSet<String>,
    repeated: bool,
}

impl<'c> Pages<'c> {
    pub fn new(operation: Operation, client: &'c Client) -> Self {
        Pages { operation, client, next: Some(None), seen: BTreeSet::new(), repeated: false }
    }

    /// The token to ask with, until there are no more pages.
    pub fn next(&mut self) -> Result<Option<Token>, Failure> {
        if self.repeated {
            return Err(Failure {
                kind: FailureKind::Refused,
                code: String::new(),
                message: "the service gave the same page token twice".to_owned(),
                operation: self.operation.name,
                action: self.operation.action,
                place: self.client.place.to_string(),
                request_id: None,
                attempts: 1,
            });
        }
        Ok(self.next.take())
    }

    /// Notes the token that came with a page.
    pub fn came(&mut self, token: Option<&str>) {
        let token = token.filter(|token| !token.is_empty());
        self.repeated = token.is_some_and(|token| !self.seen.insert(token.to_owned()));
        self.next = token.map(|token| Some(token.to_owned()));
    }
}

/// Sends a request of one of the SDK's clients: its answer with the request's id.
macro_rules! send {
    ($request:expr) => {{
        let answer = $request.send().await.map_err($crate::pull::failure::Miss::from)?;
        let id = aws_types::request_id::RequestId::request_id(&answer).map(str::to_owned);
        Ok((answer, id))
    }};
}
pub(super) use send;
