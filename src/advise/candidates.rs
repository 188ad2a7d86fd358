//! The sizes on sale, each with its price and its predicted risks, and which to take.

use crate::fit::Fitter;
use crate::model::{
    Candidate, CpuRule, Demand, MemoryRule, Platform, Policy, Profile, Purchase, Risk, Size,
    Sizing, Workload,
};
use crate::size::risk::{Outlook, Parameters, choose};
use crate::units::{Hour, Quantity};
use std::cell::OnceCell;

/// So many cheaper and so many safer ones than the recommended size.
const ON_EACH_SIDE: usize = 2;

/// What is known of one workload for choosing among sizes.
pub(super) struct Menu<'m> {
    fitter: &'m Fitter<'m>,
    policy: &'m Policy,
    month: Quantity<Hour>,
    least: Demand,
    /// Nothing where no risk is asked for, or none can be predicted.
    outlook: Option<Outlook>,
    knows_cpu: bool,
    knows_memory: bool,
    /// Worked out once.
    risks: OnceCell<Vec<(Size, Risk)>>,
}

impl<'m> Menu<'m> {
    /// Nothing where it is not known what must be held.
    pub fn new(
        fitter: &'m Fitter<'m>,
        workload: &Workload,
        profile: &Profile,
        sizing: &Sizing,
        policy: &'m Policy,
        month_hours: u32,
    ) -> Option<Self> {
        let knows_cpu = matches!(sizing.cpu?.rule, CpuRule::Risk { .. });
        let knows_memory = matches!(sizing.memory?.rule, MemoryRule::Risk { .. });
        Some(Menu {
            fitter,
            policy,
            month: Quantity::whole(u64::from(month_hours)),
            least: sizing.least?,
            outlook: (knows_cpu || knows_memory)
                .then(|| Outlook::of(workload, profile, policy.risk_days)),
            knows_cpu,
            knows_memory,
            risks: OnceCell::new(),
        })
    }

    /// Every size with the risks that can be predicted, by price.
    fn all(&self, platform: Platform, purchase: Purchase) -> Vec<Candidate> {
        let (Some(table), Some(outlook)) =
            (self.fitter.table(platform, purchase), self.outlook.as_ref())
        else {
            return Vec::new();
        };
        let known = self.risks.get_or_init(|| {
            let mut sizes: Vec<Size> = table.all().map(|(size, _)| size).collect();
            sizes.sort_unstable();
            let risks = outlook.history.risks(Parameters::shipped(), &sizes, outlook.ahead);
            sizes.into_iter().zip(risks).collect()
        });
        let risk = |size: Size| {
            // The same sizes are sold on every platform, but for some.
            known.binary_search_by_key(&size, |(known, _)| *known).map_or_else(
                |_| outlook.history.risk(Parameters::shipped(), size, outlook.ahead),
                |place| known[place].1,
            )
        };
        let mut all: Vec<Candidate> = table
            .all()
            .filter_map(|(size, price)| {
                let usd_per_month = price.times(self.month).ok()?.usd;
                Some(Candidate { size, usd_per_month, risk: self.known(risk(size)) })
            })
            .collect();
        all.sort_by_key(|one| (one.usd_per_month, one.size));
        all
    }

    /// Of the sizes that hold the least the one whose price and expected failures together are
    /// the least; nothing where no risk decides.
    pub fn choose(&self, platform: Platform, purchase: Purchase) -> Option<Size> {
        let policy = self.policy.risk?;
        let holds = |size: Size| size.cpu >= self.least.cpu && size.memory >= self.least.memory;
        let mut all = self.all(platform, purchase);
        all.retain(|one| holds(one.size));
        // What must be held goes by the readings' restraint too, and that is kept already.
        let unlimited =
            crate::model::RiskPolicy { memory_ppm: 1_000_000, cpu_ppm: 1_000_000, ..policy };
        choose(&all, &unlimited).map(|place| all[place].size)
    }

    /// A size among its neighbours on the frontier: no other size is as cheap and no riskier.
    /// By price.
    pub fn around(&self, platform: Platform, size: Size) -> Vec<Candidate> {
        let mut all = self.all(platform, Purchase::OnDemand);
        // Where a risk is not known, no less than must be held is offered.
        all.retain(|one| {
            (self.knows_cpu || one.size.cpu >= self.least.cpu)
                && (self.knows_memory || one.size.memory >= self.least.memory)
        });
        let frontier = frontier(&all, size);
        let place = frontier.iter().position(|one| one.size == size).unwrap_or(0);
        let end = (place + ON_EACH_SIDE + 1).min(frontier.len());
        frontier[place.saturating_sub(ON_EACH_SIDE)..end].to_vec()
    }

    fn known(&self, risk: Risk) -> Risk {
        Risk {
            memory_ppm: risk.memory_ppm.filter(|_| self.knows_memory),
            cpu_ppm: risk.cpu_ppm.filter(|_| self.knows_cpu),
        }
    }
}

/// Those that no cheaper one is as safe as, and the recommended one whatever it is.
fn frontier(by_price: &[Candidate], recommended: Size) -> Vec<Candidate> {
    let mut kept: Vec<Candidate> = Vec::new();
    for one in by_price {
        let worse = |risk: Risk, other: Risk| {
            risk.memory_ppm >= other.memory_ppm && risk.cpu_ppm >= other.cpu_ppm
        };
        if one.size == recommended || !kept.iter().any(|other| worse(one.risk, other.risk)) {
            kept.push(*one);
        }
    }
    kept
}
