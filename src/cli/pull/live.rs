//! Options of `pull` and `plan`: which accounts, regions, workloads and days.

use crate::cli::options::Global;
use crate::cli::{Usage, output, usage};
use crate::pull::{AssumeRole, MOST_DAYS, Patience, Place, Quota, Scope, SessionOptions, Watch};
use crate::units::UsdPerThousandMetrics;
use clap::ValueEnum;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

#[derive(clap::Args)]
pub(super) struct Live {
    /// Days back from now
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_DAYS)))]
    pub days: u32,
    /// End of the window instead of now: ISO 8601, or seconds since 1970
    #[arg(long, value_parser = moment)]
    pub until: Option<i64>,
    /// Seconds that a reading stands for: the finest that CloudWatch still has by default
    #[arg(long, value_enum, default_value = "auto")]
    pub period: PeriodArg,
    /// Regions, separated by commas; that of the environment or profile by default
    #[arg(long, value_delimiter = ',', value_name = "REGION,...")]
    pub regions: Vec<String>,
    /// Only clusters with these names; * and ? stand for others
    #[arg(long, value_delimiter = ',', value_name = "GLOB,...")]
    pub clusters: Vec<String>,
    /// Only services, task families and functions with these names
    #[arg(long, value_delimiter = ',', value_name = "GLOB,...")]
    pub services: Vec<String>,
    /// Only workloads with these tags
    #[arg(long, value_delimiter = ',', value_name = "KEY[=VALUE],...")]
    pub tags: Vec<String>,
    /// Tags that name the environment
    #[arg(long, value_delimiter = ',', default_value = "environment,Environment,env,stage")]
    pub environment_tags: Vec<String>,
    /// Words in names that are environments, where no tag says it
    #[arg(long, value_delimiter = ',', default_value = "dev,test,stage,staging,prod,production")]
    pub environments: Vec<String>,
    /// Measure the tasks that run now one by one too, where enhanced Container Insights does
    #[arg(long)]
    pub per_task: bool,
    /// Leave Lambda functions out
    #[arg(long)]
    pub no_functions: bool,
    #[command(flatten)]
    pub account: Account,
    #[command(flatten)]
    pub limits: Limits,
}

/// Whose credentials.
#[derive(clap::Args)]
#[command(next_help_heading = "Accounts")]
pub(super) struct Account {
    /// Profile of the AWS configuration files
    #[arg(long)]
    pub profile: Option<String>,
    /// Role to take in each of --accounts
    #[arg(long, value_name = "NAME", requires = "accounts")]
    pub assume_role: Option<String>,
    /// Accounts to pull, by their numbers
    #[arg(long, value_delimiter = ',', requires = "assume_role", value_parser = account, value_name = "ID,...")]
    pub accounts: Vec<String>,
    /// External id that the roles ask for
    #[arg(long, requires = "assume_role")]
    pub external_id: Option<String>,
}

/// How hard AWS may be asked.
#[derive(clap::Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct Limits {
    /// Percent of AWS's published rates to use
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub quota_share: u32,
    /// Points a second that CloudWatch gives an account in a region
    #[arg(long, default_value_t = 396_000, value_parser = clap::value_parser!(u64).range(1_000..=1_000_000_000))]
    pub quota_points: u64,
    /// GetMetricData calls a second that CloudWatch allows
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub quota_calls: u64,
    /// Attempts at a call before it is given up
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub attempts: u32,
    /// Seconds that one attempt may take
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub timeout: u64,
    /// Dollars for 1,000 metrics, where the price book has none for a region
    #[arg(long, value_name = "USD")]
    pub metric_price: Option<UsdPerThousandMetrics>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PeriodArg {
    Auto,
    #[value(name = "60")]
    Minute,
    #[value(name = "300")]
    FiveMinutes,
    #[value(name = "3600")]
    Hour,
}

impl PeriodArg {
    pub const fn seconds(self) -> Option<u32> {
        match self {
            PeriodArg::Auto => None,
            PeriodArg::Minute => Some(60),
            PeriodArg::FiveMinutes => Some(300),
            PeriodArg::Hour => Some(3_600),
        }
    }
}

pub(in crate::cli) fn moment(text: &str) -> Result<i64, Usage> {
    let wrong = || Usage("a time such as 2026-11-25T00:00:00Z is expected".to_owned());
    if let Ok(seconds) = text.parse::<i64>() {
        return Some(seconds).filter(|at| (0..253_402_300_800).contains(at)).ok_or_else(wrong);
    }
    text.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_second).map_err(|_| wrong())
}

fn account(text: &str) -> Result<String, Usage> {
    let number = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    number.then(|| text.to_owned()).ok_or_else(|| Usage("an account has twelve digits".to_owned()))
}

impl Live {
    pub fn session(&self) -> SessionOptions {
        let account = &self.account;
        SessionOptions {
            profile: account.profile.clone(),
            regions: self.regions.clone(),
            assume: account.assume_role.clone().map(|role| AssumeRole {
                role,
                accounts: account.accounts.clone(),
                external_id: account.external_id.clone(),
            }),
            quota: Quota {
                share_percent: self.limits.quota_share,
                calls_a_second: self.limits.quota_calls,
                points_a_second: self.limits.quota_points,
            },
            patience: Patience {
                attempts: self.limits.attempts,
                timeout: Duration::from_secs(self.limits.timeout),
                ..Patience::default()
            },
        }
    }

    pub fn scope(&self, home: Option<Place>, from: i64) -> anyhow::Result<Scope> {
        let patterns = |flag: &str, all: &[String]| -> anyhow::Result<Vec<glob::Pattern>> {
            let pattern = |text: &String| {
                glob::Pattern::new(text).map_err(|error| usage(format!("{flag} {text:?}: {error}")))
            };
            all.iter().map(pattern).collect()
        };
        let tag = |text: &String| match text.split_once('=') {
            Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
            None => (text.clone(), None),
        };
        Ok(Scope {
            clusters: patterns("--clusters", &self.clusters)?,
            services: patterns("--services", &self.services)?,
            tags: self.tags.iter().map(tag).collect(),
            environment_tags: self.environment_tags.clone(),
            environments: self.environments.clone(),
            functions: !self.no_functions,
            per_task: self.per_task,
            home,
            from,
        })
    }

    /// What makes one pull another: a pull goes on only with the same.
    pub fn essence(&self) -> Value {
        json!({
            "days": self.days, "until": self.until, "period": self.period.seconds(),
            "regions": self.regions, "clusters": self.clusters, "services": self.services,
            "tags": self.tags, "environment_tags": self.environment_tags,
            "environments": self.environments, "no_functions": self.no_functions,
            "per_task": self.per_task,
            "profile": self.account.profile, "assume_role": self.account.assume_role,
            "accounts": self.account.accounts,
        })
    }
}

/// Says each call, where that was asked for.
pub(in crate::cli) fn watch(global: &Global) -> Watch {
    if !global.verbose {
        return Arc::new(|_| ());
    }
    Arc::new(|call| {
        let id = call.request_id.as_deref().unwrap_or("-");
        let (operation, place) = (call.operation, &call.place);
        let how = call.problem.as_deref().unwrap_or("ok");
        output::say(&format!("{operation} {place} {:.3} s {id} {how}", call.took.as_secs_f64()));
    })
}
