//! Sizes typed in.

use super::super::options::{Global, book, catalog};
use super::super::{Done, Usage, output, usage};
use super::{Run, price_error, print, quantity, valid_size};
use crate::bill::{self, FREE_TEMP_MIB, FargateUse, LambdaUse, Provisioned, Support};
use crate::book;
use crate::manifest;
use crate::model::{Architecture, Platform, Purchase, Size};
use crate::units::{CpuUnits, Hour, MiB, Quantity, Request};
use clap::ValueEnum;

/// Price Fargate tasks of a size
#[derive(clap::Args)]
pub(super) struct Fargate {
    /// 1024 or "1 vCPU"
    #[arg(long, value_parser = cpu)]
    cpu: CpuUnits,
    /// MiB as in 2048, or "2 GB"
    #[arg(long, value_parser = memory)]
    memory: MiB,
    #[arg(long, value_enum, default_value = "linux-x86")]
    platform: PlatformArg,
    /// All of the task's storage; 20 cost nothing extra
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(20..=200))]
    ephemeral_gib: u32,
    /// At Spot prices
    #[arg(long)]
    spot: bool,
    #[command(flatten)]
    run: Run,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PlatformArg {
    LinuxX86,
    LinuxArm,
    Windows,
}

impl From<PlatformArg> for Platform {
    fn from(platform: PlatformArg) -> Self {
        match platform {
            PlatformArg::LinuxX86 => Platform::LinuxX86,
            PlatformArg::LinuxArm => Platform::LinuxArm,
            PlatformArg::Windows => Platform::WindowsX86,
        }
    }
}

fn cpu(text: &str) -> Result<CpuUnits, Usage> {
    manifest::cpu_size(text).map_err(|error| Usage(error.to_string()))
}

fn memory(text: &str) -> Result<MiB, Usage> {
    manifest::memory_size(text).map_err(|error| Usage(error.to_string()))
}

impl Fargate {
    pub fn run(&self, global: &Global) -> anyhow::Result<Done> {
        let catalog = catalog(&book(global)?, global.region())?;
        let platform = Platform::from(self.platform);
        let size = Size { cpu: self.cpu, memory: self.memory };
        valid_size(&catalog, platform, size)?;
        if platform == Platform::WindowsX86 && self.ephemeral_gib > 20 {
            return Err(usage("--ephemeral-gib: Fargate for Windows has 20 GiB, no more"));
        }
        if platform == Platform::WindowsX86 && self.spot {
            return Err(usage("--spot: Fargate Spot runs Linux alone"));
        }
        let used = FargateUse {
            platform,
            purchase: if self.spot { Purchase::Spot } else { Purchase::OnDemand },
            size,
            ephemeral_gib: self.ephemeral_gib,
            task_hours: self.run.task_hours(platform, global),
        };
        let bill = bill::fargate(&catalog, &used).map_err(price_error)?;
        let spot = if self.spot { " Spot" } else { "" };
        let name = platform.name();
        let what = format!("Fargate{spot} {} on {name}, {}", size.short(), self.run.words(global));
        print(&[(what, bill)], &catalog, global)?;
        Ok(Done::Well)
    }
}

/// Price Lambda requests
#[derive(clap::Args)]
pub(super) struct Lambda {
    /// Memory of the function
    #[arg(long, value_parser = clap::value_parser!(u32).range(128..=10_240))]
    memory_mib: u32,
    /// Requests in a month
    #[arg(long)]
    requests: u64,
    /// Duration of one request; billed by the millisecond begun
    #[arg(long, value_parser = milliseconds)]
    duration_ms: u64,
    #[arg(long, value_enum, default_value = "x86")]
    arch: Arch,
    /// Temporary storage; 512 cost nothing extra
    #[arg(long, default_value_t = FREE_TEMP_MIB, value_parser = clap::value_parser!(u32).range(512..=10_240))]
    temp_mib: u32,
    /// Deduct what is free for an account each month
    #[arg(long)]
    free_tier: bool,
    /// Environments kept ready
    #[arg(long, requires = "provisioned_hours")]
    provisioned_concurrency: Option<u64>,
    /// Hours in the month for which they are
    #[arg(long, requires = "provisioned_concurrency", value_parser = quantity)]
    provisioned_hours: Option<Quantity<Hour>>,
    /// Of the requests, those that run on them; all without it
    #[arg(long, requires = "provisioned_concurrency")]
    provisioned_requests: Option<u64>,
    /// Duration of one of those, where it differs
    #[arg(long, requires = "provisioned_concurrency", value_parser = milliseconds)]
    provisioned_duration_ms: Option<u64>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Arch {
    X86,
    Arm,
}

/// Rounded up to a whole millisecond; at most the 900 seconds that a request may take.
fn milliseconds(text: &str) -> Result<u64, Usage> {
    let wrong = || Usage("milliseconds above 0 and up to 900000 are expected".to_owned());
    let exact: Quantity<Hour> = Quantity::parse(text).map_err(|_| wrong())?;
    u64::try_from(exact.ceil()).ok().filter(|ms| (1..=900_000).contains(ms)).ok_or_else(wrong)
}

impl Lambda {
    pub fn run(&self, global: &Global) -> anyhow::Result<Done> {
        let catalog = catalog(&book(global)?, global.region())?;
        let warm = self
            .provisioned_concurrency
            .map(|_| self.provisioned_requests.unwrap_or(self.requests));
        let warm = warm.unwrap_or(0);
        if warm > self.requests {
            return Err(usage("--provisioned-requests: more than there are --requests"));
        }
        let cold: Quantity<Request> = Quantity::whole(self.requests - warm);
        let warm: Quantity<Request> = Quantity::whole(warm);
        let warm_ms = self.provisioned_duration_ms.unwrap_or(self.duration_ms);
        let temp = |ms, requests| bill::temp_gb_seconds(self.temp_mib, ms, requests);
        let provisioned =
            self.provisioned_concurrency.zip(self.provisioned_hours).map(|(count, hours)| {
                let kept: Quantity<Request> = hours.each(count, 1);
                Provisioned {
                    configured: bill::gb_seconds(self.memory_mib, 3_600_000, kept),
                    duration: bill::gb_seconds(self.memory_mib, warm_ms, warm),
                }
            });
        let used = LambdaUse {
            architecture: match self.arch {
                Arch::X86 => Architecture::X86,
                Arch::Arm => Architecture::Arm,
            },
            requests: Quantity::whole(self.requests),
            gb_seconds: bill::gb_seconds(self.memory_mib, self.duration_ms, cold),
            temp_gb_seconds: temp(self.duration_ms, cold).plus(temp(warm_ms, warm)),
            provisioned,
            free_tier: self.free_tier,
        };
        let bill = bill::lambda(&catalog, &used).map_err(price_error)?;
        let what = format!(
            "Lambda {} MiB, {} requests of {} ms a month",
            self.memory_mib, self.requests, self.duration_ms
        );
        print(&[(what, bill)], &catalog, global)?;
        Ok(Done::Well)
    }
}

/// Price EC2 instances (on demand, Linux, shared tenancy)
#[derive(clap::Args)]
pub(super) struct Ec2 {
    /// As in m7g.large
    instance_type: String,
    #[command(flatten)]
    run: Run,
}

impl Ec2 {
    pub fn run(&self, global: &Global) -> anyhow::Result<Done> {
        let catalog = catalog(&book(global)?, global.region())?;
        let offer =
            catalog.instance(&self.instance_type).ok_or_else(|| self.unknown(&catalog.region))?;
        // A minute is the shortest that EC2 bills too.
        let hours = self.run.task_hours(Platform::LinuxX86, global);
        let bill = bill::instances(offer, hours).map_err(price_error)?;
        let what = format!("EC2 {}, {}", self.instance_type, self.run.words(global));
        print(&[(what, bill)], &catalog, global)?;
        output::note(
            "note: the instance alone, without volumes, addresses or a load balancer",
            global,
        );
        Ok(Done::Well)
    }

    fn unknown(&self, region: &str) -> anyhow::Error {
        let name = &self.instance_type;
        if book::instance_types().any(|known| known == name) {
            return anyhow::anyhow!(
                "PRICE_MISSING: the price book has no shared-tenancy price of {name} in {region}; unknown is not zero"
            );
        }
        let family = name.split('.').next().unwrap_or(name);
        let prefix = format!("{family}.");
        let near: Vec<&str> =
            book::instance_types().filter(|known| known.starts_with(&prefix)).take(8).collect();
        let near = if near.is_empty() {
            String::new()
        } else {
            format!("; of its family there are {}", near.join(", "))
        };
        usage(format!("there is no instance type {name:?} in the price book{near}"))
    }
}

/// Price EKS clusters' control planes
#[derive(clap::Args)]
pub(super) struct Eks {
    /// The Kubernetes version is in extended support
    #[arg(long)]
    extended_support: bool,
    #[command(flatten)]
    run: Run,
}

impl Eks {
    pub fn run(&self, global: &Global) -> anyhow::Result<Done> {
        let catalog = catalog(&book(global)?, global.region())?;
        let support = if self.extended_support { Support::Extended } else { Support::Standard };
        let hours = self.run.task_hours(Platform::LinuxX86, global);
        let bill = bill::cluster(&catalog, support, hours).map_err(price_error)?;
        let what = format!("EKS clusters, {}", self.run.words(global));
        print(&[(what, bill)], &catalog, global)?;
        Ok(Done::Well)
    }
}
