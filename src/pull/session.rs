//! Whose credentials, which accounts, which regions.

use super::attempt::{Operation, Patience, attempt};
use super::client::{Client, Watch, watched};
use super::credentials::{assumed, kept};
use super::failure::{Failure, FailureKind, Miss};
use super::limit::{Bucket, Rate};
use super::paging::send;
use super::plan::Place;
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use std::collections::BTreeSet;

/// How to reach AWS.
#[derive(Clone, Debug, Default)]
pub struct SessionOptions {
    /// A profile of the usual files; without it what the environment says.
    pub profile: Option<String>,
    /// Without any: the region of the environment or the profile.
    pub regions: Vec<String>,
    pub assume: Option<AssumeRole>,
    pub quota: Quota,
    pub patience: Patience,
}

/// A role of the same name in several accounts.
#[derive(Clone, Debug)]
pub struct AssumeRole {
    pub role: String,
    pub accounts: Vec<String>,
    pub external_id: Option<String>,
}

/// What AWS allows an account in a region, and how much of it is ours to use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quota {
    pub share_percent: u32,
    pub calls_a_second: u64,
    /// Points that GetMetricData is estimated to give.
    pub points_a_second: u64,
}

impl Default for Quota {
    fn default() -> Self {
        Quota { share_percent: 50, calls_a_second: 50, points_a_second: 396_000 }
    }
}

impl Quota {
    #[must_use]
    pub const fn our_calls(&self) -> u64 {
        self.calls_a_second * self.share_percent as u64 / 100
    }

    #[must_use]
    pub const fn our_points(&self) -> u64 {
        self.points_a_second * self.share_percent as u64 / 100
    }
}

/// Accounts and regions that could be reached, and those that could not.
#[derive(Debug)]
pub struct Session {
    pub clients: Vec<Client>,
    pub failures: Vec<(Place, Failure)>,
}

const IDENTITY: Operation =
    Operation { name: "GetCallerIdentity", action: "sts:GetCallerIdentity" };

/// One HTTP client for everything; proxies as the environment names them.
fn http_client() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut builder = Connector::builder().proxy_config(ProxyConfig::from_env());
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build()
    })
}

/// The usual chain of credentials. Retries are set here, since what the environment says
/// of them can stop the loader.
pub(super) async fn config(options: &SessionOptions, region: Option<&str>) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client())
        .retry_config(RetryConfig::standard().with_max_attempts(3));
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = region.or(options.regions.first().map(String::as_str)) {
        loader = loader.region(Region::new(region.to_owned()));
    }
    kept(&loader.load().await)
}

impl Session {
    /// Reaches every account in every region.
    ///
    /// # Errors
    /// In words, where no region is known.
    pub(super) async fn open(options: &SessionOptions, watch: &Watch) -> Result<Self, String> {
        let base = config(options, None).await;
        let regions = regions(options, &base)?;
        let mut session = Session { clients: Vec::new(), failures: Vec::new() };
        match &options.assume {
            None => session.reach(&base, &regions, None, options, watch).await,
            Some(assume) => {
                let accounts: BTreeSet<&String> = assume.accounts.iter().collect();
                for account in accounts {
                    match first_assumed(&base, assume, account, &regions, options, watch).await {
                        Ok(config) => {
                            session.reach(&config, &regions, Some(account), options, watch).await;
                        }
                        Err(failure) => session.lost(account, &regions, &failure),
                    }
                }
            }
        }
        session.clients.sort_by(|a, b| a.place.cmp(&b.place));
        Ok(session)
    }

    async fn reach(
        &mut self,
        config: &SdkConfig,
        regions: &[String],
        expected: Option<&String>,
        options: &SessionOptions,
        watch: &Watch,
    ) {
        // A region that is not enabled for an account refuses its keys; another may know them.
        let mut found = identity(config, expected, &regions[0], options.patience, watch).await;
        for region in &regions[1..] {
            if found.is_ok() {
                break;
            }
            found = identity(config, expected, region, options.patience, watch).await;
        }
        match found {
            Ok(account) => {
                for region in regions {
                    let place = Place { account: account.clone(), region: region.clone() };
                    self.clients.push(Client::new(config, place, options, watch));
                }
            }
            Err(failure) => {
                let account = expected.map_or("unknown", String::as_str);
                self.lost(account, regions, &failure);
            }
        }
    }

    fn lost(&mut self, account: &str, regions: &[String], failure: &Failure) {
        for region in regions {
            let place = Place { account: account.to_owned(), region: region.clone() };
            self.failures.push((place, failure.clone()));
        }
    }
}

fn regions(options: &SessionOptions, config: &SdkConfig) -> Result<Vec<String>, String> {
    let mut regions = options.regions.clone();
    if regions.is_empty() {
        regions.extend(config.region().map(ToString::to_string));
    }
    regions.sort();
    regions.dedup();
    if regions.is_empty() {
        return Err("no region is set; name them with --regions, or set AWS_REGION".to_owned());
    }
    Ok(regions)
}

/// Takes a role in the first region that knows the keys it is asked with: one that is not
/// enabled for their account does not.
async fn first_assumed(
    base: &SdkConfig,
    assume: &AssumeRole,
    account: &str,
    regions: &[String],
    options: &SessionOptions,
    watch: &Watch,
) -> Result<SdkConfig, Failure> {
    let mut taken = assumed(base, assume, (account, &regions[0]), options, watch).await;
    for region in &regions[1..] {
        let unknown = |failure: &Failure| failure.kind == FailureKind::NoCredentials;
        if !taken.as_ref().is_err_and(unknown) {
            break;
        }
        taken = assumed(base, assume, (account, region), options, watch).await;
    }
    taken
}

/// Whose credentials these are: needs no permission, and shows at once whether they hold.
async fn identity(
    config: &SdkConfig,
    expected: Option<&String>,
    region: &str,
    patience: Patience,
    watch: &Watch,
) -> Result<String, Failure> {
    let config = config.to_builder().region(Region::new(region.to_owned())).build();
    let sts = aws_sdk_sts::config::Builder::from(&config).retry_config(RetryConfig::disabled());
    let sts = aws_sdk_sts::Client::from_conf(sts.build());
    let bucket = Bucket::new(Rate { burst: 10.0, per_second: 10.0 }, 1.0);
    let place = format!("{}/{region}", expected.map_or("unknown account", |account| account));
    let ask = || async {
        let sent: Result<_, Miss> = send!(sts.get_caller_identity());
        let (answer, id) = sent?;
        let account =
            answer.account().ok_or_else(|| Miss::damaged("the answer names no account"))?;
        if expected.is_some_and(|expected| expected != account) {
            let message = format!("the role led to account {account}");
            return Err(Miss::new(FailureKind::Refused, message));
        }
        Ok((account.to_owned(), id))
    };
    attempt(IDENTITY, &place, &[(&bucket, 1.0)], patience, || {
        watched(watch, IDENTITY, &place, ask())
    })
    .await
}
