//! Profiles against exact arithmetic.

use loadline::model::{Histogram, Profile, Reading, Signal, VALUE_LIMIT, bucket_edge};
use loadline::reduce::Reduction;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Values on, just under and just over the edges of buckets, and anywhere.
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        (0_u32..(1 << 27)).prop_map(|x| f64::from(bucket_edge(x)) / 16.0),
        (1_u32..(1 << 27)).prop_map(|x| {
            let edge = f64::from(bucket_edge(x)) / 16.0;
            f64::from_bits(edge.to_bits().saturating_sub(1)).max(0.0)
        }),
        (0_u32..(1 << 27))
            .prop_map(|x| f64::from_bits((f64::from(bucket_edge(x)) / 16.0).to_bits() + 1)),
        0.0..4096.0_f64,
        0.0..VALUE_LIMIT,
        Just(0.0),
        Just(f64::MIN_POSITIVE),
    ]
    .prop_filter("below the limit", |value| *value < VALUE_LIMIT)
}

fn reading() -> impl Strategy<Value = Reading> {
    let times = prop_oneof![0_i64..1_000_000, 1_790_000_000_i64..1_793_000_000];
    let maybe = || prop::option::weighted(0.8, value());
    (
        times,
        1_u32..4_000,
        maybe(),
        maybe(),
        maybe(),
        maybe(),
        prop::option::of(0_u32..50),
        prop::option::of(0_u32..100),
    )
        .prop_map(|(at, period, cpu, cpu_max, memory, memory_max, tasks, requests)| {
            Reading::new(at, period)
                .with(Signal::CpuMean, cpu)
                .with(Signal::CpuMax, cpu_max)
                .with(Signal::MemoryMean, memory)
                .with(Signal::MemoryMax, memory_max)
                .with(Signal::Tasks, tasks.map(f64::from))
                .with_requests(requests.map(f64::from))
        })
}

fn profile(readings: &[Reading]) -> Profile {
    let mut profile = Profile::default();
    for reading in readings {
        profile.add(reading);
    }
    profile
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), ..ProptestConfig::with_cases(400) })]

    #[test]
    fn a_percentile_is_never_below_the_true_one_and_at_most_a_bucket_above(
        mut values in prop::collection::vec(value(), 1..200),
        per_mille in prop_oneof![Just(0_u32), Just(500), Just(990), Just(999), Just(1000), 0_u32..=1000],
    ) {
        let mut histogram = Histogram::default();
        for value in &values {
            histogram.add(*value);
        }
        values.sort_by(f64::total_cmp);
        let rank = (values.len() * per_mille as usize).div_ceil(1000).max(1);
        let exact = values[rank - 1];
        let read = histogram.percentile(per_mille).unwrap().to_f64();
        prop_assert!(read >= exact, "{read} below {exact}");
        // One bucket: a sixteenth, or a 128th of the value; the maximum rounds up to 1/1024.
        let bucket = (exact / 128.0).max(1.0 / 16.0) + 1.0 / 1024.0;
        prop_assert!(read <= exact + bucket, "{read} more than a bucket above {exact}");
        let largest = values.last().unwrap();
        let maximum = histogram.maximum().unwrap().to_f64();
        prop_assert!(maximum >= *largest && maximum <= largest + 1.0 / 1024.0);
    }

    #[test]
    fn the_counts_are_those_of_the_rule(values in prop::collection::vec(value(), 1..200)) {
        let mut histogram = Histogram::default();
        for value in &values {
            histogram.add(*value);
        }
        // As an SQL engine computes it: floor, a division and a multiplication by powers of two.
        let mut expected = std::collections::BTreeMap::<u64, u64>::new();
        for value in &values {
            let x = (value * 16.0).floor();
            let mut width = 1.0;
            while x / width >= 256.0 {
                width *= 2.0;
            }
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 2^27")]
            let edge = ((x / width).floor() * width) as u64;
            *expected.entry(edge).or_default() += 1;
        }
        prop_assert_eq!(histogram.buckets().collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>());
        prop_assert_eq!(histogram.count(), values.len() as u64);
    }

    #[test]
    fn halves_add_up_to_the_whole_in_any_order(
        readings in prop::collection::vec(reading(), 0..120),
        cut in 0_usize..120,
    ) {
        let whole = profile(&readings);
        let (left, right) = readings.split_at(cut.min(readings.len()));
        let (left, right) = (profile(left), profile(right));
        let mut forth = left.clone();
        forth.merge(&right);
        let mut back = right;
        back.merge(&left);
        prop_assert_eq!(&forth, &whole);
        prop_assert_eq!(&back, &whole);
        let mut reversed = readings.clone();
        reversed.reverse();
        prop_assert_eq!(&profile(&reversed), &whole);
    }

    #[test]
    fn parts_of_an_estate_reduce_to_the_same_profiles(
        rows in prop::collection::vec((0_u8..5, reading()), 1..120),
        cut in 0_usize..120,
    ) {
        let reduced = |rows: &[(u8, Reading)]| {
            let mut reduction = Reduction::default();
            for (name, reading) in rows {
                reduction.add(&name.to_string(), reading);
            }
            reduction
        };
        let (left, right) = rows.split_at(cut.min(rows.len()));
        let mut parts = reduced(right);
        parts.merge(reduced(left));
        prop_assert_eq!(parts.into_profiles(), reduced(&rows).into_profiles());
    }
}
