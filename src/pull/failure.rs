//! Why a call did not succeed, and whether to try again.

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Asked too fast.
    Throttled,
    /// The network, the server, or an answer that was cut or damaged.
    Transient,
    /// No credentials, or none that are complete.
    NoCredentials,
    Expired,
    /// The policy does not allow it.
    Denied,
    /// The clock of this machine is off.
    Skewed,
    /// The server will not answer this, however often it is asked.
    Refused,
    /// There is no budget for it; it was not asked.
    OverBudget,
}

/// A call that failed, in one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation} in {place}: {message}{}", next_step(*kind, action))]
pub struct Failure {
    pub kind: FailureKind,
    pub code: String,
    pub message: String,
    /// As the service names it.
    pub operation: &'static str,
    /// The IAM action that the call needs.
    pub action: &'static str,
    /// Account and region.
    pub place: String,
    pub request_id: Option<String>,
    pub attempts: u32,
}

/// What to do about it, where there is something.
fn next_step(kind: FailureKind, action: &str) -> String {
    match kind {
        FailureKind::Throttled => {
            "; AWS kept throttling: run it again later, or with a lower --quota-share".to_owned()
        }
        FailureKind::Transient => "; run it again: what was fetched is kept".to_owned(),
        FailureKind::NoCredentials => {
            "; set credentials, name a profile with --profile, or log in (aws sso login)".to_owned()
        }
        FailureKind::Expired => {
            "; renew the session (aws sso login, or fresh keys) and run it again".to_owned()
        }
        FailureKind::Denied => format!(
            "; allow it with {{\"Effect\": \"Allow\", \"Action\": \"{action}\", \"Resource\": \"*\"}} (docs/iam-policy.json is the whole policy)"
        ),
        FailureKind::Skewed => "; set this machine's clock and run it again".to_owned(),
        FailureKind::Refused | FailureKind::OverBudget => String::new(),
    }
}

impl FailureKind {
    /// Is another attempt worth it?
    #[must_use]
    pub const fn is_passing(self) -> bool {
        matches!(self, FailureKind::Throttled | FailureKind::Transient)
    }

    /// Does it concern everything that is asked with these credentials?
    #[must_use]
    pub const fn is_of_the_session(self) -> bool {
        matches!(self, FailureKind::NoCredentials | FailureKind::Expired | FailureKind::Skewed)
    }
}

/// What a single attempt came to, before anyone knows what it was part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Miss {
    pub kind: FailureKind,
    pub code: String,
    pub message: String,
    pub request_id: Option<String>,
}

impl Miss {
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Miss { kind, code: String::new(), message: message.into(), request_id: None }
    }

    /// An answer that cannot be right: cut, damaged, or out of range.
    pub fn damaged(message: impl Into<String>) -> Self {
        Miss::new(FailureKind::Transient, message)
    }

    /// What an HTTP error of a service says.
    pub fn of_service(code: &str, message: &str, status: u16, request_id: Option<String>) -> Self {
        let kind = kind_of(code, message, status);
        let message = without_request(message);
        let message = match (code, message) {
            ("", "") => format!("HTTP status {status}"),
            (code, "") => code.to_owned(),
            ("", message) => message.to_owned(),
            (code, message) => format!("{code}: {message}"),
        };
        Miss { kind, code: code.to_owned(), message: one_line(&message), request_id }
    }
}

impl<E> From<SdkError<E, HttpResponse>> for Miss
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        match &error {
            SdkError::TimeoutError(_) => Miss::new(FailureKind::Transient, "no answer in time"),
            // What is no answer of a service at all: a proxy's page, or half of an answer.
            SdkError::ResponseError(answer) => match answer.raw().status().as_u16() {
                200 => Miss::damaged("the answer was cut or damaged"),
                status => Miss::of_service("", "", status, None),
            },
            SdkError::ServiceError(service) => {
                let status = service.raw().status().as_u16();
                let id = service.raw().headers().get("x-amzn-requestid").map(str::to_owned);
                let meta = service.err().meta();
                let (code, message) =
                    (meta.code().unwrap_or_default(), meta.message().unwrap_or_default());
                if status == 200 {
                    return Miss {
                        request_id: id,
                        ..Miss::damaged("the answer was cut or damaged")
                    };
                }
                Miss::of_service(code, message, status, id)
            }
            SdkError::DispatchFailure(dispatch) if dispatch.is_io() || dispatch.is_timeout() => {
                Miss::new(FailureKind::Transient, innermost(&error))
            }
            // A connection that breaks is "other" to the client.
            SdkError::DispatchFailure(dispatch) if !dispatch.is_user() => {
                let kind = of_credentials(&error).unwrap_or(FailureKind::Transient);
                Miss::new(kind, innermost(&error))
            }
            _ => {
                let kind = of_credentials(&error).unwrap_or(FailureKind::Refused);
                Miss::new(kind, innermost(&error))
            }
        }
    }
}

/// Credentials are fetched while a request is made; what goes wrong there is no fault of
/// the network.
pub(super) fn of_credentials(error: &(dyn Error + 'static)) -> Option<FailureKind> {
    let mut cause = Some(error);
    while let Some(one) = cause {
        if let Some(credentials) = one.downcast_ref::<CredentialsError>() {
            let text = DisplayErrorContext(credentials).to_string();
            let code = ["ExpiredToken", "AccessDenied", "Throttling", "expired"];
            return Some(match code.into_iter().find(|code| text.contains(code)) {
                Some("AccessDenied") => FailureKind::Denied,
                Some("Throttling") => FailureKind::Throttled,
                Some(_) => FailureKind::Expired,
                None => FailureKind::NoCredentials,
            });
        }
        cause = one.source();
    }
    None
}

/// The cause at the bottom, which says most.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    // Of credentials, every source that has none is told at length.
    let text = one_line(&cause.to_string());
    text.split(". Attempted:").next().unwrap_or(&text).to_owned()
}

/// What is wrong with a signature can be told by quoting the whole request, with the
/// session's token in it: everything from there on is left out.
fn without_request(message: &str) -> &str {
    const BEFORE: [&str; 4] =
        ["The Canonical String", "The canonical string", "Canonical", "x-amz-security-token"];
    let cut = BEFORE.iter().filter_map(|mark| message.find(mark)).min();
    let message = message[..cut.unwrap_or(message.len())].trim_end();
    let end = message.char_indices().nth(600).map_or(message.len(), |(at, _)| at);
    &message[..end]
}

/// Messages of services go into one line, and account ids of ARNs are left as they are:
/// they are the user's own.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn kind_of(code: &str, message: &str, status: u16) -> FailureKind {
    let code = code.rsplit('#').next().unwrap_or(code);
    match code {
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "LimitExceededFault"
        | "LimitExceededException"
        | "BandwidthLimitExceeded"
        | "SlowDown"
        | "PriorRequestNotComplete"
        | "TransactionInProgressException" => FailureKind::Throttled,
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => FailureKind::Expired,
        "RequestTimeTooSkewed" | "RequestExpired" | "RequestInTheFuture" => FailureKind::Skewed,
        "SignatureDoesNotMatch" | "InvalidSignatureException"
            if message.contains("expired") || message.contains("not yet current") =>
        {
            FailureKind::Skewed
        }
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "NotAuthorized"
        | "UnauthorizedException" => FailureKind::Denied,
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "IncompleteSignature"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException" => FailureKind::NoCredentials,
        _ if status == 429 => FailureKind::Throttled,
        _ if status >= 500 || status == 408 => FailureKind::Transient,
        _ => FailureKind::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_request_is_left_out() {
        let quoted = "The request signature we calculated does not match. The Canonical String for \
                      this request should have been 'GET\n/\nx-amz-security-token:FwoGZXIvYXdzE'";
        let miss = Miss::of_service("SignatureDoesNotMatch", quoted, 403, None);
        assert!(
            miss.message.contains("does not match") && !miss.message.contains("FwoG"),
            "{miss:?}"
        );
    }

    #[test]
    fn codes_have_kinds() {
        let kind = |code: &str, status| Miss::of_service(code, "", status, None).kind;
        assert_eq!(kind("ThrottlingException", 400), FailureKind::Throttled);
        assert_eq!(
            kind("com.amazonaws.cloudwatch#LimitExceededFault", 400),
            FailureKind::Throttled
        );
        assert_eq!(kind("", 503), FailureKind::Transient);
        assert_eq!(kind("AccessDeniedException", 400), FailureKind::Denied);
        assert_eq!(kind("ExpiredTokenException", 400), FailureKind::Expired);
        assert_eq!(kind("ClusterNotFoundException", 400), FailureKind::Refused);
        let skewed = "Signature expired: 20261125T000000Z is now earlier than 20261125T001500Z";
        let miss = Miss::of_service("SignatureDoesNotMatch", skewed, 403, None);
        assert_eq!(miss.kind, FailureKind::Skewed);
        assert_eq!(kind("SignatureDoesNotMatch", 403), FailureKind::NoCredentials);
    }
}
