//! Credentials: kept while they hold, and those of roles asked for where it can be watched.

use super::attempt::{Operation, Patience, attempt, failure};
use super::client::{Watch, watched};
use super::failure::{Failure, FailureKind, Miss, innermost};
use super::limit::{Bucket, Rate};
use super::paging::send;
use super::partition::partition;
use super::session::{AssumeRole, SessionOptions};
use super::signed::now;
use aws_config::retry::RetryConfig;
use aws_config::{Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{
    ProvideCredentials, Result as Provided, SharedCredentialsProvider, future,
};
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::Mutex;

const ASSUME: Operation = Operation { name: "AssumeRole", action: "sts:AssumeRole" };
/// So long before they end credentials are asked for anew.
const BEFORE_THE_END: Duration = Duration::from_mins(5);

/// Asks another provider once, and again shortly before what it gave ends. Otherwise every
/// client would ask for itself, and calls signed by hand each time.
#[derive(Debug)]
struct Kept<P> {
    from: P,
    /// For its clock.
    config: SdkConfig,
    credentials: Mutex<Option<Credentials>>,
}

/// The configuration with credentials that are kept.
pub(super) fn kept(config: &SdkConfig) -> SdkConfig {
    match config.credentials_provider() {
        Some(from) => kept_from(config, from),
        None => config.clone(),
    }
}

fn kept_from(config: &SdkConfig, from: impl ProvideCredentials + 'static) -> SdkConfig {
    let kept = Kept { from, config: config.clone(), credentials: Mutex::new(None) };
    config.to_builder().credentials_provider(SharedCredentialsProvider::new(kept)).build()
}

impl<P: ProvideCredentials> Kept<P> {
    async fn credentials(&self) -> Provided {
        let mut kept = self.credentials.lock().await;
        let soon = now(&self.config) + BEFORE_THE_END;
        let holds = |one: &&Credentials| one.expiry().is_none_or(|end| end > soon);
        if let Some(credentials) = kept.as_ref().filter(holds) {
            return Ok(credentials.clone());
        }
        let fresh = self.from.provide_credentials().await?;
        *kept = Some(fresh.clone());
        Ok(fresh)
    }
}

impl<P: ProvideCredentials> ProvideCredentials for Kept<P> {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

/// A role in another account.
struct Role {
    sts: aws_sdk_sts::Client,
    arn: String,
    external_id: Option<String>,
    place: String,
    patience: Patience,
    watch: Watch,
}

impl fmt::Debug for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Role").field("arn", &self.arn).finish_non_exhaustive()
    }
}

/// The configuration with the credentials of a role.
///
/// # Errors
/// Where the role cannot be taken.
pub(super) async fn assumed(
    base: &SdkConfig,
    assume: &AssumeRole,
    (account, region): (&str, &str),
    options: &SessionOptions,
    watch: &Watch,
) -> Result<SdkConfig, Failure> {
    let there = base.to_builder().region(Region::new(region.to_owned())).build();
    let sts = aws_sdk_sts::config::Builder::from(&there).retry_config(RetryConfig::disabled());
    let role = Role {
        sts: aws_sdk_sts::Client::from_conf(sts.build()),
        arn: format!("arn:{}:iam::{account}:role/{}", partition(region), assume.role),
        external_id: assume.external_id.clone(),
        place: format!("{account}/{region}"),
        patience: options.patience,
        watch: Arc::clone(watch),
    };
    let place = role.place.clone();
    let config = kept_from(base, role);
    let Some(provider) = config.credentials_provider() else { return Ok(config) };
    match provider.provide_credentials().await {
        Ok(_) => Ok(config),
        Err(error) => {
            let known = error.source().and_then(|cause| cause.downcast_ref::<Failure>());
            let miss = || Miss::new(FailureKind::NoCredentials, innermost(&error));
            Err(known.cloned().unwrap_or_else(|| failure(miss(), ASSUME, &place, 1)))
        }
    }
}

impl ProvideCredentials for Role {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let taken = async { self.take().await.map_err(CredentialsError::provider_error) };
        future::ProvideCredentials::new(taken)
    }
}

impl Role {
    async fn take(&self) -> Result<Credentials, Failure> {
        let bucket = Bucket::new(Rate { burst: 10.0, per_second: 10.0 }, 1.0);
        attempt(ASSUME, &self.place, &[(&bucket, 1.0)], self.patience, || {
            watched(&self.watch, ASSUME, &self.place, async {
                let request = self.sts.assume_role().role_arn(&self.arn);
                let request = request.role_session_name("loadline");
                let sent: Result<_, Miss> =
                    send!(request.set_external_id(self.external_id.clone()));
                let (answer, id) = sent?;
                let given = answer
                    .credentials()
                    .ok_or_else(|| Miss::damaged("the answer holds no credentials"))?;
                let end = SystemTime::try_from(*given.expiration()).ok();
                let credentials = Credentials::new(
                    given.access_key_id(),
                    given.secret_access_key(),
                    Some(given.session_token().to_owned()),
                    end,
                    "AssumeRole",
                );
                Ok((credentials, id))
            })
        })
        .await
    }
}
