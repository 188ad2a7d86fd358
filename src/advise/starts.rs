//! What a function would be billed for, with the starts of its environments: since August 2025 the
//! time a function takes to initialize is billed as its duration is.

use crate::bill::{self, LambdaUse};
use crate::model::Architecture;
use crate::units::{Quantity, Request};

/// An assumption: what a start takes. Published figures reach from 0.1 to several seconds.
pub(super) const START_MILLISECONDS: u64 = 1_000;
/// Of the requests at the least, in millionths: AWS says that starts are "typically under 1 %".
const LEAST_PPM: u128 = 10_000;
/// An assumption: so long an environment lives without a request. AWS publishes no number.
const LIVES_SECONDS: u128 = 600;
const ALL_PPM: u128 = 1_000_000;

/// Of so many requests in so many seconds those that find no environment, in millionths. Requests
/// come at random (Poisson): one that none came before for `LIVES_SECONDS` finds none; more of them
/// never make fewer starts.
pub(super) fn starts_ppm(requests: u128, seconds: u128) -> u128 {
    if requests == 0 || seconds == 0 {
        return LEAST_PPM;
    }
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let expected = (requests * LIVES_SECONDS) as f64 / seconds as f64;
    // The starts are n exp(-x), which is the most at x = 1, and stays there.
    let part = if expected <= 1.0 { (-expected).exp() } else { (-1.0_f64).exp() / expected };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of one")]
    let ppm = (part * 1e6).ceil() as u128;
    ppm.clamp(LEAST_PPM, ALL_PPM)
}

/// A month of requests that each take as long and need as much.
#[derive(Clone, Copy, Debug)]
pub(super) struct Calls {
    pub architecture: Architecture,
    pub memory_mib: u32,
    pub billed_milliseconds: u64,
    pub temp_mib: u32,
    pub requests: Quantity<Request>,
    pub month_hours: u32,
}

impl Calls {
    pub fn starts_ppm(&self) -> u128 {
        starts_ppm(self.requests.ceil(), u128::from(self.month_hours) * 3_600)
    }

    /// What is billed of them.
    pub fn used(&self) -> LambdaUse {
        let ppm = u64::try_from(self.starts_ppm()).unwrap_or(u64::MAX);
        let starts: Quantity<Request> = self.requests.each(ppm, 1_000_000);
        let seconds =
            |milliseconds, requests| bill::gb_seconds(self.memory_mib, milliseconds, requests);
        LambdaUse {
            architecture: self.architecture,
            requests: self.requests,
            gb_seconds: seconds(self.billed_milliseconds, self.requests)
                .plus(seconds(START_MILLISECONDS, starts)),
            temp_gb_seconds: bill::temp_gb_seconds(
                self.temp_mib,
                self.billed_milliseconds,
                self.requests,
            ),
            provisioned: None,
            free_tier: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_requests_start_each_and_many_start_few() {
        let day = 86_400;
        // One a day: an hour or more lies between two.
        assert!(starts_ppm(1, day) > 990_000);
        // One each ten minutes: exp(-1).
        assert_eq!(starts_ppm(144, day), 367_880);
        assert_eq!(starts_ppm(1_000_000, day), LEAST_PPM);
        assert_eq!(starts_ppm(0, day), LEAST_PPM);
    }

    #[test]
    fn more_requests_never_make_fewer_starts() {
        let starts = |count: u128| starts_ppm(count, 2_628_000) * count;
        let mut before = 0;
        for count in (1..20_000).chain((20_000..2_000_000).step_by(997)) {
            let now = starts(count);
            // Millionths are rounded up.
            assert!(now + count >= before, "{count}");
            before = now;
        }
    }
}
