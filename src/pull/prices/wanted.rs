//! Which products are which figures of the price book.
//!
//! A usage type is matched whole, but for the prefix of its region, which is not the same
//! in all services: `EU-Fargate-GB-Hours`, `Lambda-GB-Second`.

use super::LivePrices;
use super::product::{Dimension, Product};
use crate::model::{Code, Finding, PriceRow, Service};
use crate::units::{UsdPerHour, pico_string};

/// A figure, and the usage type of its product.
#[derive(Clone, Copy)]
struct Figure {
    usage: &'static str,
    /// Where several products share a usage type.
    operation: Option<&'static str>,
    item: &'static str,
    variant: &'static str,
    unit: &'static str,
    /// Prices are published for one and kept for a thousand.
    thousand: bool,
}

/// What is asked of one service's price list.
pub(super) struct Ask {
    pub service: Service,
    pub service_code: &'static str,
    /// Beside the region.
    filters: &'static [(&'static str, &'static str)],
    figures: &'static [Figure],
}

const fn figure(
    usage: &'static str,
    item: &'static str,
    variant: &'static str,
    unit: &'static str,
) -> Figure {
    Figure { usage, operation: None, item, variant, unit, thousand: false }
}

const fn of_operation(operation: &'static str, figure: Figure) -> Figure {
    Figure { operation: Some(operation), ..figure }
}

const FARGATE: &[Figure] = &[
    figure("Fargate-vCPU-Hours:perCPU", "vcpu", "linux-x86/on-demand", "USD/vCPU-hour"),
    figure("Fargate-GB-Hours", "memory", "linux-x86/on-demand", "USD/GB-hour"),
    figure("Fargate-ARM-vCPU-Hours:perCPU", "vcpu", "linux-arm/on-demand", "USD/vCPU-hour"),
    figure("Fargate-ARM-GB-Hours", "memory", "linux-arm/on-demand", "USD/GB-hour"),
    figure("Fargate-Windows-vCPU-Hours:perCPU", "vcpu", "windows-x86/on-demand", "USD/vCPU-hour"),
    figure("Fargate-Windows-GB-Hours", "memory", "windows-x86/on-demand", "USD/GB-hour"),
    figure(
        "Fargate-Windows-OS-Hours:perCPU",
        "os-licence",
        "windows-x86/on-demand",
        "USD/vCPU-hour",
    ),
    figure(
        "Fargate-EphemeralStorage-GB-Hours",
        "ephemeral-storage",
        "linux-x86/on-demand",
        "USD/GB-hour",
    ),
];

const LAMBDA: &[Figure] = &[
    figure("Lambda-GB-Second", "duration", "x86", "USD/GB-second"),
    figure("Lambda-GB-Second-ARM", "duration", "arm", "USD/GB-second"),
    figure("Request", "request", "any", "USD/request"),
    figure("Lambda-Provisioned-Concurrency", "provisioned-concurrency", "x86", "USD/GB-second"),
    figure("Lambda-Provisioned-Concurrency-ARM", "provisioned-concurrency", "arm", "USD/GB-second"),
    figure("Lambda-Provisioned-GB-Second", "provisioned-duration", "x86", "USD/GB-second"),
    figure("Lambda-Provisioned-GB-Second-ARM", "provisioned-duration", "arm", "USD/GB-second"),
    figure("Lambda-Storage-GB-Second", "ephemeral-storage", "any", "USD/GB-second over 512 MB"),
];

const EKS: &[Figure] = &[
    figure("AmazonEKS-Hours:perCluster", "eks", "control-plane-standard", "USD/cluster-hour"),
    figure(
        "AmazonEKS-Hours:extendedSupport",
        "eks",
        "control-plane-extended-surcharge",
        "USD/cluster-hour",
    ),
];

const BALANCERS: &[Figure] = &[
    of_operation(
        "LoadBalancing:Application",
        figure("LoadBalancerUsage", "alb", "hour", "USD/hour"),
    ),
    of_operation(
        "LoadBalancing:Application",
        figure("LCUUsage", "alb", "lcu-hour", "USD/LCU-hour"),
    ),
];

const NETWORK: &[Figure] =
    &[figure("PublicIPv4:InUseAddress", "vpc", "public-ipv4-in-use", "USD/address-hour")];

const GATEWAYS: &[Figure] = &[
    figure("NatGateway-Hours", "nat-gateway", "hour", "USD/hour"),
    figure("NatGateway-Bytes", "nat-gateway", "data", "USD/GB"),
];

const VOLUMES: &[Figure] = &[figure("EBS:VolumeUsage.gp3", "ebs", "gp3-storage", "USD/GB-month")];

const METRICS: &[Figure] = &[Figure {
    thousand: true,
    ..figure(
        "CW:GMD-Metrics",
        "cloudwatch",
        "get-metric-data-per-1000-metrics",
        "USD/1,000 metrics requested",
    )
}];

/// The operation of the fees for ECS Managed Instances.
const MANAGED: &str = "ECSManagedInstancesUsage";

/// One on-demand Linux price for each instance type.
const LINUX: &[(&str, &str)] = &[
    ("operatingSystem", "Linux"),
    ("tenancy", "Shared"),
    ("preInstalledSw", "NA"),
    ("capacitystatus", "Used"),
    ("operation", "RunInstances"),
];

/// Everything that products are chosen by.
pub(super) const ATTRIBUTES: [&str; 11] = [
    "regionCode",
    "usagetype",
    "operation",
    "productFamily",
    "operatingSystem",
    "tenancy",
    "preInstalledSw",
    "capacitystatus",
    "marketoption",
    "instanceType",
    "volumeApiName",
];

const ALL: &[Ask] = &[
    Ask { service: Service::Fargate, service_code: "AmazonECS", filters: &[], figures: FARGATE },
    Ask { service: Service::Lambda, service_code: "AWSLambda", filters: &[], figures: LAMBDA },
    Ask { service: Service::Ec2, service_code: "AmazonEC2", filters: LINUX, figures: &[] },
    Ask {
        service: Service::Surroundings,
        service_code: "AmazonECS",
        filters: &[("operation", MANAGED)],
        figures: &[],
    },
    Ask { service: Service::Surroundings, service_code: "AmazonEKS", filters: &[], figures: EKS },
    Ask {
        service: Service::Surroundings,
        service_code: "AWSELB",
        filters: &[],
        figures: BALANCERS,
    },
    Ask {
        service: Service::Surroundings,
        service_code: "AmazonVPC",
        filters: &[],
        figures: NETWORK,
    },
    Ask {
        service: Service::Surroundings,
        service_code: "AmazonEC2",
        filters: &[("productFamily", "NAT Gateway")],
        figures: GATEWAYS,
    },
    Ask {
        service: Service::Surroundings,
        service_code: "AmazonEC2",
        filters: &[("volumeApiName", "gp3")],
        figures: VOLUMES,
    },
    Ask {
        service: Service::Surroundings,
        service_code: "AmazonCloudWatch",
        filters: &[],
        figures: METRICS,
    },
];

pub(super) fn asks(services: &[Service]) -> impl Iterator<Item = &'static Ask> {
    ALL.iter().filter(move |ask| services.contains(&ask.service))
}

impl Ask {
    pub fn filters(&self, region: &str) -> Vec<(&'static str, String)> {
        let rest = self.filters.iter().map(|(field, value)| (*field, (*value).to_owned()));
        [("regionCode", region.to_owned())].into_iter().chain(rest).collect()
    }

    /// Does a product have what was filtered by?
    pub fn takes(&self, product: &Product) -> bool {
        self.filters.iter().all(|(field, value)| product.attribute(field) == *value)
    }
}

/// Does a usage type end with this, with nothing but a region's prefix before it?
fn is_usage(usage_type: &str, tail: &str) -> bool {
    let Some(prefix) = usage_type.strip_suffix(tail) else { return false };
    let region = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    prefix.is_empty()
        || prefix.strip_suffix('-').is_some_and(|name| !name.is_empty() && region(name))
}

/// Adds the rows of a region to what came; what is not there or not unique is a finding.
pub(super) fn rows(region: &str, ask: &Ask, products: &[Product], live: &mut LivePrices) {
    if ask.service == Service::Ec2 {
        return instances(region, ask, products, live);
    }
    if ask.filters.contains(&("operation", MANAGED)) {
        return fees(region, ask, products, live);
    }
    for figure in ask.figures {
        let fits = |product: &&Product| {
            is_usage(product.usage_type(), figure.usage)
                && figure
                    .operation
                    .is_none_or(|operation| product.attribute("operation") == operation)
        };
        let found: Vec<&Product> = products.iter().filter(fits).collect();
        let what = format!("{} {} in {region}", figure.item, figure.variant);
        match one_of(&found, &what) {
            Ok(product) => add(region, ask.service, figure, product, &what, live),
            Err(finding) => live.findings.push(finding),
        }
    }
}

fn one_of<'p>(found: &[&'p Product], what: &str) -> Result<&'p Product, Finding> {
    match found {
        [one] if one.terms > 1 || !is_contiguous(one) => {
            let detail = format!("{} has {} terms, or tiers that do not meet", one.sku, one.terms);
            Err(Finding::new(Code::PriceAmbiguous, detail).about(what))
        }
        [one] => Ok(one),
        [] => Err(Finding::new(Code::PriceMissing, "no product").about(what)),
        several => {
            let skus: Vec<String> =
                several.iter().map(|one| format!("{} ({})", one.sku, one.usage_type())).collect();
            Err(Finding::new(Code::PriceAmbiguous, skus.join(", ")).about(what))
        }
    }
}

/// Tiers begin at nothing, and each where the one before ends.
fn is_contiguous(product: &Product) -> bool {
    let all = &product.dimensions;
    let begins = all.first().is_none_or(|first| first.from.unwrap_or(0) == 0);
    begins && all.iter().zip(all.iter().skip(1)).all(|(a, b)| a.to.is_some() && a.to == b.from)
}

fn add(
    region: &str,
    service: Service,
    figure: &Figure,
    product: &Product,
    what: &str,
    live: &mut LivePrices,
) {
    let tiered = product.dimensions.len() > 1;
    let mut rows = Vec::new();
    for dimension in &product.dimensions {
        let usd = match usd(dimension, figure.thousand) {
            Ok(usd) => usd,
            Err(problem) => {
                live.findings.push(Finding::new(Code::PriceMissing, problem).about(what));
                return;
            }
        };
        let row = row(region, (figure.item, figure.variant, figure.unit), product, usd);
        let tier_from = if tiered { Some(dimension.from.unwrap_or(0)) } else { None };
        rows.push((
            service,
            PriceRow { tier_from, tier_to: dimension.to.filter(|_| tiered), ..row },
        ));
    }
    if rows.is_empty() {
        live.findings.push(Finding::new(Code::PriceMissing, "no on-demand term").about(what));
    }
    live.rows.extend(rows);
}

fn row(
    region: &str,
    (item, variant, unit): (&str, &str, &str),
    product: &Product,
    usd: String,
) -> PriceRow {
    PriceRow {
        region: region.to_owned(),
        item: item.to_owned(),
        variant: variant.to_owned(),
        tier_from: None,
        tier_to: None,
        usd,
        unit: unit.to_owned(),
        date: product.published.clone(),
        source: format!("price-list:{}", product.version),
        confidence: "high".to_owned(),
        note: format!("{} {}", product.usage_type(), product.sku),
    }
}

/// Dollars without trailing zeros. A price of nothing is no price: such rows stand in the
/// lists beside the real ones.
fn usd(dimension: &Dimension, thousand: bool) -> Result<String, String> {
    let (currency, text) = dimension.price.as_ref().ok_or("no price")?;
    if currency != "USD" {
        return Err(format!("priced in {currency}, which is not converted"));
    }
    let price: UsdPerHour = text.parse().map_err(|_| format!("{text:?} is not a price"))?;
    if price.as_pico() == 0 {
        return Err("a price of zero".to_owned());
    }
    let times = if thousand { 1_000 } else { 1 };
    Ok(pico_string(i128::from(price.as_pico()) * times))
}

fn instances(region: &str, ask: &Ask, products: &[Product], live: &mut LivePrices) {
    let mut types: std::collections::BTreeMap<&str, Vec<&Product>> =
        std::collections::BTreeMap::new();
    let usual = |product: &&Product| {
        let market = product.attribute("marketoption");
        ask.takes(product)
            && matches!(market, "" | "OnDemand")
            && !product.attribute("instanceType").is_empty()
    };
    for product in products.iter().filter(usual) {
        types.entry(product.attribute("instanceType")).or_default().push(product);
    }
    for (name, found) in types {
        let what = format!("{name} in {region}");
        let priced = one_of(&found, &what).and_then(|product| {
            let dimension = product.dimensions.first();
            let usd = dimension
                .ok_or_else(|| "no on-demand term".to_owned())
                .and_then(|one| usd(one, false));
            let missing = |problem| Finding::new(Code::PriceMissing, problem).about(what.clone());
            usd.map(|usd| row(region, (name, "linux/shared", "USD/hour"), product, usd))
                .map_err(missing)
        });
        match priced {
            Ok(row) => live.rows.push((ask.service, row)),
            Err(finding) => live.findings.push(finding),
        }
    }
}

/// What ECS Managed Instances cost on top of each instance type.
fn fees(region: &str, ask: &Ask, products: &[Product], live: &mut LivePrices) {
    for product in products.iter().filter(|product| ask.takes(product)) {
        let usage = product.usage_type();
        let name = usage.split_once("ECS-Managed-Instances:").map(|(_, name)| name);
        let Some(name) = name.and_then(|name| name.strip_suffix("-management-hours")) else {
            continue;
        };
        let what = format!("Managed Instances fee of {name} in {region}");
        let same = |other: &&Product| other.usage_type() == usage;
        let all: Vec<&Product> = products.iter().filter(same).collect();
        let variant = format!("fee-{name}");
        let kind = ("ecs-managed-instances", variant.as_str(), "USD/hour");
        let priced = one_of(&all, &what).and_then(|product| {
            let missing = |problem| Finding::new(Code::PriceMissing, problem).about(what.clone());
            let first = product.dimensions.first().ok_or_else(|| "no on-demand term".to_owned());
            let usd = first.and_then(|dimension| usd(dimension, false)).map_err(missing)?;
            Ok(row(region, kind, product, usd))
        });
        match priced {
            Ok(row) => live.rows.push((ask.service, row)),
            Err(finding) => live.findings.push(finding),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_types_are_matched_whole() {
        assert!(is_usage("EU-Fargate-GB-Hours", "Fargate-GB-Hours"));
        assert!(is_usage("APS3-Fargate-vCPU-Hours:perCPU", "Fargate-vCPU-Hours:perCPU"));
        assert!(is_usage("Lambda-GB-Second", "Lambda-GB-Second"));
        for (usage, tail) in [
            ("EU-Fargate-ARM-GB-Hours", "GB-Hours"),
            ("USE1-Lambda-Edge-Request", "Request"),
            ("Global-Request", "Request"),
            ("EU-Fargate-GB-Hours-More", "Fargate-GB-Hours"),
            ("-Request", "Request"),
        ] {
            assert!(!is_usage(usage, tail), "{usage} {tail}");
        }
    }

    #[test]
    fn money_is_never_a_float_and_never_nothing() {
        let dimension = |currency: &str, text: &str| Dimension {
            from: None,
            to: None,
            price: Some((currency.to_owned(), text.to_owned())),
        };
        assert_eq!(usd(&dimension("USD", "0.0404800000"), false).unwrap(), "0.04048");
        assert_eq!(usd(&dimension("USD", "0.0000100000"), true).unwrap(), "0.01");
        assert_eq!(usd(&dimension("USD", "0.0000000000"), false).unwrap_err(), "a price of zero");
        assert!(usd(&dimension("CNY", "1.0"), false).unwrap_err().contains("CNY"));
        assert!(usd(&dimension("USD", "1e-5"), false).is_err());
    }
}
