use super::*;
use crate::model::{Architecture, FargateRates, Platform, Purchase};
use std::collections::HashSet;

#[test]
fn every_file_is_sorted_and_says_each_thing_once() {
    let files = [
        ("fargate", FARGATE, 3),
        ("lambda", LAMBDA, 4),
        ("surroundings", SURROUNDINGS, 4),
        ("ec2_prices", EC2_PRICES, 3),
        ("ec2_types", EC2_TYPES, 1),
        ("sources", SOURCES, 1),
    ];
    for (name, text, key) in files {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let records: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
        let first: Vec<String> = records.iter().map(|r| r[0].to_owned()).collect();
        assert!(first.is_sorted(), "{name} is sorted by its first column");
        let keys: HashSet<Vec<String>> =
            records.iter().map(|r| r.iter().take(key).map(str::to_owned).collect()).collect();
        assert_eq!(keys.len(), records.len(), "{name} repeats itself");
    }
}

#[test]
fn every_figure_names_a_date_and_a_source_that_is_explained() {
    let explained = rows::sources().unwrap();
    let all = Book::default().rows(None, None).unwrap();
    assert!(all.len() > 19_500);
    for (service, row) in &all {
        assert!(!row.date.is_empty() && !row.confidence.is_empty(), "{service:?} {row:?}");
        for id in row.source.split(';') {
            assert!(explained.contains_key(id), "{id} of {row:?}");
        }
        assert!(row.usd.parse::<crate::units::UsdPerHour>().is_ok(), "{row:?}");
    }
}

#[test]
fn every_offered_shape_has_a_price_and_every_region_a_catalog() {
    for region in regions() {
        let catalog = catalog(region).unwrap();
        assert!(catalog.instances.iter().all(|offer| offer.price.price.as_pico() > 0
            && offer.shape.is_none_or(|shape| shape.cpu.0 > 0 && shape.memory.0 > 0)));
        assert!(catalog.instances.is_sorted_by_key(|offer| offer.price.price));
        for rates in &catalog.fargate {
            if let Some(rates) = rates.task_rates() {
                assert!(rates.vcpu.as_pico() > 0 && rates.memory.as_pico() > 0);
            }
        }
        for tiers in catalog.lambda.iter().map(|rates| &rates.duration) {
            assert!(tiers.iter().zip(tiers.iter().skip(1)).all(|(a, b)| a.to == Some(b.from)));
            assert!(tiers.first().is_none_or(|tier| tier.from == 0));
        }
    }
}

#[test]
fn fargate_sells_77_linux_and_43_windows_sizes() {
    let sizes = catalog("us-east-1").unwrap().fargate_sizes;
    assert_eq!(sizes.iter().filter(|size| size.linux).count(), 77);
    assert_eq!(sizes.iter().filter(|size| size.windows).count(), 43);
    let largest = sizes.iter().filter(|size| size.size.cpu.0 == 32_768);
    let memory: Vec<u32> = largest.map(|size| size.size.memory.0).collect();
    assert_eq!(memory, [61_440, 122_880, 249_856]);
    assert!(sizes.is_sorted());
}

#[test]
fn dedicated_tenancy_is_not_offered_as_shared() {
    let catalog = catalog("us-east-1").unwrap();
    let dedicated: Vec<String> = {
        let mut found = Vec::new();
        rows::each_ec2_price("us-east-1", |row| {
            if row.tenancy == "dedicated" {
                found.push(row.instance_type.to_owned());
            }
        })
        .unwrap();
        found
    };
    assert_eq!(dedicated.len(), 24);
    assert!(dedicated.iter().all(|name| catalog.instance(name).is_none()));
}

#[test]
fn every_shared_price_is_offered_also_without_a_shape() {
    let catalog = catalog("ap-northeast-1").unwrap();
    let retired = catalog.instance("p2.xlarge").unwrap();
    assert_eq!((retired.price.price.to_string().as_str(), retired.shape), ("1.542", None));
    let mut shared = 0;
    for region in regions() {
        rows::each_ec2_price(region, |row| shared += usize::from(row.tenancy == "shared")).unwrap();
    }
    let offered = |region: &str| super::catalog(region).unwrap().instances.len();
    assert_eq!(regions().into_iter().map(offered).sum::<usize>(), shared);
}

#[test]
fn what_has_no_source_has_no_price() {
    let oregon = catalog("us-west-2").unwrap();
    assert_eq!(
        oregon.fargate(Platform::LinuxArm, Purchase::OnDemand).and_then(FargateRates::task_rates),
        None
    );
    let tokyo = catalog("ap-northeast-1").unwrap();
    let windows = tokyo.fargate(Platform::WindowsX86, Purchase::OnDemand).unwrap();
    assert_eq!(windows.task_rates(), None, "only the licence was found");
}

#[test]
fn shapes_are_as_published() {
    let catalog = catalog("us-east-1").unwrap();
    let small = catalog.instance("t4g.small").unwrap();
    assert_eq!(small.price.price.to_string(), "0.0168");
    let shape = |name: &str| catalog.instance(name).and_then(|offer| offer.shape).unwrap();
    let small = shape("t4g.small");
    assert_eq!((small.cpu.0, small.memory.0), (2048, 2048));
    assert_eq!(small.baseline_per_mille, Some(200));
    assert_eq!(small.architecture, Architecture::Arm);
    let large = shape("m5.large");
    assert_eq!((large.max_enis, large.tasks_with_trunking), (Some(3), Some(10)));
    assert_eq!(shape("t2.xlarge").baseline_per_mille, Some(225));
    assert_eq!(catalog.as_of, ("2026-02-07".to_owned(), "2026-09-29".to_owned()));
}

#[test]
fn an_unknown_region_is_named_with_the_nearest_known_one() {
    let message = catalog("us-esat-1").unwrap_err().to_string();
    assert_eq!(message, "no price is known for region \"us-esat-1\"; did you mean \"us-east-1\"?");
    assert!(catalog("mars").unwrap_err().to_string().contains("known are af-south-1, "));
    assert!(catalog("all").is_err());
    assert!(catalog("").is_err());
}
