//! One home whose price changes with something, beside the cheapest of all others: where they cost
//! the same.

use super::break_even::{FINE, crossing, told};
use crate::model::ledger::{BreakEven, Home, Question};

/// Whose price changes, pico-dollars a month: of it the part that does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moves<'q> {
    /// A workload, or the estate.
    pub id: &'q str,
    pub home: &'q str,
    pub pico: u128,
    pub part: u128,
}

/// What it is held against: a home's name and price.
pub(super) type Rival<'q> = (&'q str, u128);

impl Moves<'_> {
    /// Dearer below the break-even than above it, or the other way round.
    fn answer(
        &self,
        question: Question,
        (at, now): (u64, Option<u64>),
        rival: Rival<'_>,
        own: u128,
        falls: bool,
    ) -> BreakEven {
        let homes = [rival.0, self.home];
        let [below, above] = if falls { homes } else { [homes[1], homes[0]] };
        BreakEven {
            workload: self.id.to_owned(),
            question,
            at,
            now,
            below: below.to_owned(),
            above: above.to_owned(),
            both: [own, rival.1],
        }
    }

    /// How full must the instances be, of which tasks take so many fine parts today? It is the part
    /// that is for instances.
    pub fn density(&self, taken: u64, rival: Rival<'_>) -> Option<BreakEven> {
        let own = |parts: u64| {
            self.pico - self.part + self.part * u128::from(taken) / u128::from(parts.max(1))
        };
        let at = crossing(FINE / 100, FINE, |parts| (own(parts), rival.1))?;
        let place = (told(at), Some(told(taken)));
        Some(self.answer(Question::Density, place, rival, own(at), true))
    }

    /// If it ran so long each day? It is the part that is paid by the hour, for so much of a day
    /// as it runs now.
    pub fn hours(&self, now: u64, rival: Rival<'_>) -> Option<BreakEven> {
        let day = 24 * FINE;
        let today = u128::from(now.max(1)) * 24;
        let own = |parts: u64| self.pico - self.part + self.part * u128::from(parts) / today;
        let at = crossing(0, day, |parts| (own(parts), rival.1))?;
        let place = (told(at), Some(told(24 * now)));
        Some(self.answer(Question::Hours, place, rival, own(at), false))
    }

    /// With what part of its tasks on Spot, where all on Spot cost so much?
    pub fn spot_share(&self, spot: u128, rival: Rival<'_>) -> Option<BreakEven> {
        let own = |parts: u64| {
            let on_spot = u128::from(parts);
            (self.pico * (u128::from(FINE) - on_spot) + spot * on_spot) / u128::from(FINE)
        };
        let at = crossing(0, FINE, |parts| (own(parts), rival.1))?;
        let falls = spot < self.pico;
        Some(self.answer(Question::SpotShare, (told(at), None), rival, own(at), falls))
    }

    /// At what discount on its CPU and memory, or its instances?
    pub fn discount(&self, rival: Rival<'_>) -> Option<BreakEven> {
        let own = |parts: u64| {
            self.pico - self.part.min(self.pico) * u128::from(parts) / u128::from(FINE)
        };
        let at = crossing(0, FINE, |parts| (own(parts), rival.1))?;
        let question = Question::Discount { on: self.home.to_owned() };
        Some(self.answer(question, (told(at), None), rival, own(at), true))
    }

    /// With so much an hour committed to a Compute Savings Plan, which covers what it saves the
    /// most on first? Each of what is covered costs a month so much on demand, and under the plan.
    pub fn commitment(
        &self,
        covered: &[(u128, u128)],
        month_hours: u32,
        rival: Rival<'_>,
    ) -> Option<BreakEven> {
        let mut covered: Vec<(u128, u128)> =
            covered.iter().copied().filter(|(list, plan)| plan < list && *plan > 0).collect();
        // The greatest share that is saved first: what is paid of it is the least.
        covered.sort_by(|(list, plan), (other, paid)| (plan * other).cmp(&(paid * list)));
        let hours = u128::from(month_hours);
        let own = |micro: u64| {
            let committed = u128::from(micro) * 1_000_000 * hours;
            let (mut left, mut saved) = (committed, 0);
            for (list, plan) in &covered {
                let used = left.min(*plan);
                saved += list * used / plan;
                left -= used;
            }
            self.pico.saturating_sub(saved) + committed
        };
        let all: u128 = covered.iter().map(|(_, plan)| plan).sum();
        let most = u64::try_from(all / (1_000_000 * hours.max(1))).ok()?;
        let at = crossing(0, most, |micro| (own(micro), rival.1))?;
        let question = Question::Commitment { on: self.home.to_owned() };
        Some(self.answer(question, (at, None), rival, own(at), true))
    }
}

/// One that is always asked about, and the cheapest of all, where that is another.
pub(super) fn rivals(
    one: Option<(Home, u128)>,
    cheapest: Option<(Home, u128)>,
) -> impl Iterator<Item = Rival<'static>> {
    let other = cheapest.filter(|cheapest| one.is_none_or(|one| one.0 != cheapest.0));
    one.into_iter().chain(other).map(|(home, pico)| (home.name(), pico))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOLLAR: u128 = 1_000_000_000_000;
    const OWN: Moves<'_> = Moves { id: "a", home: "own", pico: 100 * DOLLAR, part: 80 * DOLLAR };

    fn homes(one: &BreakEven) -> [&str; 2] {
        [one.below.as_str(), one.above.as_str()]
    }

    #[test]
    fn each_question_by_hand() {
        let rival = ("other", 60 * DOLLAR);
        // 20 stay, 80 become 40: twice as full.
        let fuller = OWN.density(FINE / 4, rival).unwrap();
        assert_eq!((fuller.at, fuller.now), (500_000, Some(250_000)));
        assert_eq!(homes(&fuller), ["other", "own"]);
        // Or run for half of the day.
        let shorter = OWN.hours(FINE, rival).unwrap();
        assert_eq!((shorter.at, homes(&shorter)), (12_000_000, ["own", "other"]));
        // 80 dollars for six hours are 160 for twelve.
        let longer = OWN.hours(FINE / 4, ("other", 180 * DOLLAR)).unwrap();
        assert_eq!((longer.at, longer.now), (12_000_000, Some(6_000_000)));
        let off = OWN.discount(rival).unwrap();
        assert_eq!((off.at, homes(&off)), (500_000, ["other", "own"]));
        // All on Spot at 20, half of them 60.
        let spot = OWN.spot_share(20 * DOLLAR, rival).unwrap();
        assert_eq!((spot.at, homes(&spot)), (500_000, ["other", "own"]));
        for one in [fuller, shorter, off, spot] {
            assert!(one.both[0].abs_diff(one.both[1]) < 1_000_000, "{one:?}");
        }
        // What is cheaper anyway, and what never is.
        assert_eq!(OWN.discount(("other", 101 * DOLLAR)), None);
        assert_eq!(OWN.discount(("other", 19 * DOLLAR)), None);
        assert_eq!(OWN.hours(FINE, ("other", 101 * DOLLAR)), None);
    }

    #[test]
    fn a_plan_covers_what_it_saves_most_on_first() {
        // 30 become 15, 50 become 40.
        let covered = [(50 * DOLLAR, 40 * DOLLAR), (30 * DOLLAR, 15 * DOLLAR)];
        let at = |rival: u128| OWN.commitment(&covered, 100, ("other", rival * DOLLAR));
        // A dollar committed saves another: ten dollars in a hundred hours.
        let some = at(90).unwrap();
        assert_eq!((some.at, homes(&some)), (100_000, ["other", "own"]));
        // 15 for the one, and of the other 20 are saved 5.
        assert_eq!(at(80).unwrap().at, 350_000);
        assert_eq!(at(74), None, "no commitment saves more than 25");
        assert_eq!(OWN.commitment(&[], 730, ("other", 90 * DOLLAR)), None);
    }
}
