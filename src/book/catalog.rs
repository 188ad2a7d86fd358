//! The book's rows of one region, made into a [`Catalog`].

use super::rows::{damaged, parse};
use super::{ALL_REGIONS, Book, BookError, EC2_TYPES, FARGATE_SIZES};
use crate::model::{
    Architecture, Catalog, FargateRates, FargateSize, InstanceOffer, InstanceShape, LambdaRates,
    Platform, PriceRow, Priced, Provenance, Purchase, Service, Size, Tier,
};
use crate::units::{CpuUnits, MiB, Unit};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Deserialize)]
struct SizeRow {
    cpu_units: u32,
    memory_mib: u32,
    linux: String,
    windows: String,
}

#[derive(Deserialize)]
struct TypeRow {
    instance_type: String,
    vcpu: Option<u32>,
    memory_mib: Option<u32>,
    arch: String,
    baseline_percent_per_vcpu: String,
    gpu_count: Option<u32>,
    max_enis: Option<u32>,
    ipv4_per_eni: Option<u32>,
    ecs_tasks_with_trunking: Option<u32>,
    current_generation: String,
    bare_metal: String,
}

/// See [`Book::catalog`].
pub(super) fn catalog(book: &Book, region: &str) -> Result<Catalog, BookError> {
    let rows = |region, service| book.rows(region, service);
    let figures = rows(Some(region), Some(Service::Fargate))?;
    let fargate: Vec<PriceRow> = figures.into_iter().map(|(_, row)| row).collect();
    let lambda: Vec<PriceRow> =
        rows(Some(region), Some(Service::Lambda))?.into_iter().map(|(_, row)| row).collect();
    let around: Vec<PriceRow> =
        rows(Some(region), Some(Service::Surroundings))?.into_iter().map(|(_, row)| row).collect();
    let instances = instances(book, region)?;
    let eks = |variant: &str| {
        figure(around.iter().filter(|row| row.region == region), "eks", variant, "surroundings.csv")
    };
    let hourly = |item: &str, variant: &str| {
        figure(around.iter().filter(|row| row.region == region), item, variant, "surroundings.csv")
    };
    let here = |item: &str, variant: &str| {
        figure(around.iter().filter(|row| row.region == region), item, variant, "surroundings.csv")
    };
    let as_of = dates(&fargate, &lambda, &instances, region);
    Ok(Catalog {
        region: region.to_owned(),
        fargate_sizes: fargate_sizes()?,
        fargate: fargate_rates(&fargate)?,
        lambda: lambda_rates(&lambda)?,
        eks_cluster: eks("control-plane-standard")?,
        eks_extended: eks("control-plane-extended-surcharge")?,
        alb: hourly("alb", "hour")?,
        nlb: hourly("nlb", "hour")?,
        public_ipv4: hourly("vpc", "public-ipv4-in-use")?,
        nat: hourly("nat-gateway", "hour")?,
        nat_data: here("nat-gateway", "data")?,
        logs: here("cloudwatch", "logs-ingestion-standard")?,
        metric: first_tier(&around, region, "standard-metric-month")?,
        metric_enhanced: first_tier(&around, region, "enhanced-ecs-metric-month")?,
        observations: first_tier(&around, region, "enhanced-eks-per-million-observations")?,
        gp3: figure(
            around.iter().filter(|row| row.region == region),
            "ebs",
            "gp3-storage",
            "surroundings.csv",
        )?,
        surplus_credits: figure(
            around.iter().filter(|row| row.region == ALL_REGIONS),
            "ec2",
            "surplus-credits-linux-t2-t3-t3a",
            "surroundings.csv",
        )?,
        plan_rates: book.plan_rates(region)?,
        instances,
        as_of,
    })
}

/// What is sold in a region of which no price is known: shapes alone.
///
/// # Errors
/// Where the book is damaged.
pub fn without_prices(region: &str) -> Result<Catalog, BookError> {
    Ok(Catalog {
        region: region.to_owned(),
        fargate_sizes: fargate_sizes()?,
        fargate: Vec::new(),
        lambda: Vec::new(),
        eks_cluster: None,
        eks_extended: None,
        alb: None,
        nlb: None,
        public_ipv4: None,
        nat: None,
        nat_data: None,
        logs: None,
        metric: None,
        metric_enhanced: None,
        observations: None,
        gp3: None,
        surplus_credits: None,
        plan_rates: Vec::new(),
        instances: Vec::new(),
        as_of: (String::new(), String::new()),
    })
}

/// Of Container Insights, what its first metric or observation of a month costs.
fn first_tier<U: Unit>(
    around: &[PriceRow],
    region: &str,
    variant: &str,
) -> Result<Option<Priced<U>>, BookError> {
    let first = |row: &&PriceRow| row.region == region && row.tier_from.unwrap_or(0) == 0;
    figure(around.iter().filter(first), "container-insights", variant, "surroundings.csv")
}

fn fargate_sizes() -> Result<Vec<FargateSize>, BookError> {
    let rows: Vec<SizeRow> = parse("fargate_sizes.csv", FARGATE_SIZES)?;
    let size = |row: SizeRow| FargateSize {
        size: Size::new(row.cpu_units, row.memory_mib),
        linux: row.linux == "yes",
        windows: row.windows == "yes",
    };
    Ok(rows.into_iter().map(size).collect())
}

fn fargate_rates(rows: &[PriceRow]) -> Result<Vec<FargateRates>, BookError> {
    let mut all = Vec::new();
    for platform in Platform::ALL {
        for purchase in [Purchase::OnDemand, Purchase::Spot] {
            let variant = format!("{}/{}", platform.name(), purchase.name());
            let of =
                |item: &str| rows.iter().find(|row| row.variant == variant && row.item == item);
            if rows.iter().any(|row| row.variant == variant) {
                all.push(FargateRates {
                    platform,
                    purchase,
                    vcpu: priced("fargate.csv", of("vcpu"))?,
                    memory: priced("fargate.csv", of("memory"))?,
                    os_licence: priced("fargate.csv", of("os-licence"))?,
                    ephemeral: priced("fargate.csv", of("ephemeral-storage"))?,
                });
            }
        }
    }
    Ok(all)
}

fn lambda_rates(rows: &[PriceRow]) -> Result<Vec<LambdaRates>, BookError> {
    let file = "lambda.csv";
    let free = |item: &str| -> Result<u64, BookError> {
        let row = rows.iter().find(|row| row.item == item);
        let row = row.ok_or_else(|| damaged(file, &format!("no {item}")))?;
        row.usd.parse().map_err(|error| damaged(file, &error))
    };
    let mut all = Vec::new();
    for (architecture, name) in [(Architecture::X86, "x86"), (Architecture::Arm, "arm")] {
        let mut duration = Vec::new();
        for row in rows.iter().filter(|row| row.item == "duration" && row.variant == name) {
            if let Some(price) = priced(file, Some(row))? {
                let from = row.tier_from.unwrap_or(0);
                duration.push(Tier { from, to: row.tier_to, price });
            }
        }
        all.push(LambdaRates {
            architecture,
            duration,
            request: figure(rows.iter(), "request", "any", file)?,
            ephemeral: figure(rows.iter(), "ephemeral-storage", "any", file)?,
            provisioned_concurrency: figure(rows.iter(), "provisioned-concurrency", name, file)?,
            provisioned_duration: figure(rows.iter(), "provisioned-duration", name, file)?,
            free_gb_seconds: free("free-gb-seconds-per-month")?,
            free_requests: free("free-requests-per-month")?,
        });
    }
    Ok(all)
}

/// The offers of a region with shared tenancy.
fn instances(book: &Book, region: &str) -> Result<Vec<InstanceOffer>, BookError> {
    let shapes: Vec<TypeRow> = parse("ec2_types.csv", EC2_TYPES)?;
    let shapes: HashMap<&str, &TypeRow> =
        shapes.iter().map(|row| (row.instance_type.as_str(), row)).collect();
    let mut provenance: HashMap<(String, String), Arc<Provenance>> = HashMap::new();
    let mut offers = Vec::new();
    for (_, row) in book.rows(Some(region), Some(Service::Ec2))? {
        if row.variant != "linux/shared" {
            continue;
        }
        let price = row.usd.parse().map_err(|error| damaged("ec2_prices.csv", &error))?;
        let known = provenance.entry((row.source.clone(), row.date.clone()));
        let provenance = known.or_insert_with(|| {
            let PriceRow { date, source, confidence, .. } = row.clone();
            Arc::new(Provenance { date, source, confidence })
        });
        offers.push(InstanceOffer {
            price: Priced { price, provenance: Arc::clone(provenance) },
            shape: shapes.get(row.item.as_str()).and_then(|row| shape(row)),
            instance_type: row.item,
        });
    }
    offers
        .sort_by(|a, b| (a.price.price, &a.instance_type).cmp(&(b.price.price, &b.instance_type)));
    Ok(offers)
}

/// Nothing where vCPU or memory have no source.
fn shape(row: &TypeRow) -> Option<InstanceShape> {
    Some(InstanceShape {
        cpu: CpuUnits(row.vcpu? * 1024),
        memory: MiB(row.memory_mib?),
        architecture: if row.arch == "arm" { Architecture::Arm } else { Architecture::X86 },
        baseline_per_mille: per_mille(&row.baseline_percent_per_vcpu),
        gpus: row.gpu_count.unwrap_or(0),
        bare_metal: row.bare_metal == "yes",
        current_generation: row.current_generation == "yes",
        max_enis: row.max_enis,
        ipv4_per_eni: row.ipv4_per_eni,
        tasks_with_trunking: row.ecs_tasks_with_trunking,
    })
}

/// `22.5` percent are 225 thousandths.
fn per_mille(percent: &str) -> Option<u32> {
    let (whole, tenths) = percent.split_once('.').unwrap_or((percent, "0"));
    let whole: u32 = whole.parse().ok()?;
    let tenths: u32 = tenths.get(..1)?.parse().ok()?;
    Some(whole * 10 + tenths)
}

fn figure<'a, U: Unit>(
    mut rows: impl Iterator<Item = &'a PriceRow>,
    item: &str,
    variant: &str,
    file: &'static str,
) -> Result<Option<Priced<U>>, BookError> {
    priced(file, rows.find(|row| row.item == item && row.variant == variant))
}

fn priced<U: Unit>(
    file: &'static str,
    row: Option<&PriceRow>,
) -> Result<Option<Priced<U>>, BookError> {
    let Some(row) = row else { return Ok(None) };
    let price = row.usd.parse().map_err(|error| damaged(file, &error))?;
    let provenance = Provenance {
        date: row.date.clone(),
        source: row.source.clone(),
        confidence: row.confidence.clone(),
    };
    Ok(Some(Priced { price, provenance: Arc::new(provenance) }))
}

/// The oldest and newest day among the figures of a region; months, years and
/// undated figures cannot be ordered and are left out.
fn dates(
    fargate: &[PriceRow],
    lambda: &[PriceRow],
    instances: &[InstanceOffer],
    region: &str,
) -> (String, String) {
    let of_rows = fargate.iter().chain(lambda).filter(|row| row.region != ALL_REGIONS);
    debug_assert!(of_rows.clone().all(|row| row.region == region));
    let days = of_rows
        .map(|row| row.date.as_str())
        .chain(instances.iter().map(|offer| offer.price.provenance.date.as_str()))
        .filter(|date| {
            date.len() == 10 && date.as_bytes()[4] == b'-' && date.as_bytes()[8].is_ascii_digit()
        });
    let (mut first, mut last) = (String::new(), String::new());
    for day in days {
        if first.is_empty() || day < first.as_str() {
            day.clone_into(&mut first);
        }
        if day > last.as_str() {
            day.clone_into(&mut last);
        }
    }
    (first, last)
}
