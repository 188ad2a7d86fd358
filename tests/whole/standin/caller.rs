//! Who asks, and where: read from the signature, which is not checked.

use super::Estate;
use super::failure::Failure;
use super::http::Request;

/// The account and region that a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) account: String,
    pub(super) region: String,
    role: bool,
}

impl Caller {
    /// Reads the caller; `None` for a request without a signature.
    pub(super) fn of(request: &Request, estate: &Estate) -> Option<Self> {
        let header = request.header("authorization")?;
        let scope = header.split_once("Credential=")?.1;
        let scope = scope.split([',', ' ']).next()?;
        let mut parts = scope.split('/');
        let key = parts.next()?;
        let region = parts.nth(1)?.to_owned();
        let account = key.strip_prefix("ASIA").filter(|account| account.len() == 12);
        Some(Self {
            account: account.unwrap_or(&estate.account).to_owned(),
            region,
            role: account.is_some(),
        })
    }

    /// Who it is, as errors and `GetCallerIdentity` say it.
    pub(super) fn arn(&self) -> String {
        let account = &self.account;
        if self.role {
            format!("arn:aws:sts::{account}:assumed-role/reader/session")
        } else {
            format!("arn:aws:iam::{account}:user/test")
        }
    }

    /// Refuses credentials that were never given out.
    pub(super) fn check(&self, request: &Request, estate: &Estate) -> Result<(), Failure> {
        let token = request.header("x-amz-security-token");
        let wrong = self.role && token != Some(&*session_token(&self.account));
        if wrong || !estate.has_account(&self.account) {
            let message = "The security token included in the request is invalid.";
            return Err(Failure::new("UnrecognizedClientException", message)
                .query_code("InvalidClientTokenId"));
        }
        Ok(())
    }
}

/// The session token that goes with an assumed role of this account.
pub(super) fn session_token(account: &str) -> String {
    format!("session-of-{account}")
}
