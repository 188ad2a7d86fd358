//! What is recommended: demands, the places that could hold them, and what that costs.

use super::{Architecture, Finding, Platform, Provenance, Purchase, Size};
use crate::units::{Amount, CpuUnits, MiB, Usd};
use std::sync::Arc;

/// What one task of a workload must be able to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    pub cpu: CpuUnits,
    pub memory: MiB,
}

impl Demand {
    /// As large a thing, as a size.
    #[must_use]
    pub const fn size(self) -> Size {
        Size { cpu: self.cpu, memory: self.memory }
    }
}

/// One line of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What AWS's bill calls it, without the region's prefix: `Fargate-GB-Hours`.
    pub usage_type: String,
    pub description: String,
    /// A decimal number.
    pub quantity: String,
    pub unit: &'static str,
    /// Dollars for one unit, a decimal number.
    pub price: String,
    /// Where that price comes from.
    pub provenance: Arc<Provenance>,
    pub amount: Amount,
}

/// Lines and their sum.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Bill {
    pub lines: Vec<Line>,
}

impl Bill {
    /// The sum of the lines, each rounded once.
    #[must_use]
    pub fn total(&self) -> Usd {
        self.lines.iter().map(|line| line.amount.usd).sum()
    }

    /// The sum of the lines before rounding, in pico-dollars.
    #[must_use]
    pub fn total_pico(&self) -> i128 {
        self.lines.iter().map(|line| line.amount.pico).sum()
    }

    /// The oldest and the newest date among its prices.
    #[must_use]
    pub fn price_dates(&self) -> Option<(&str, &str)> {
        let dates = || self.lines.iter().map(|line| line.provenance.date.as_str());
        Some((dates().min()?, dates().max()?))
    }
}

/// Where a workload could run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Fargate(Platform, Purchase),
    /// One instance for each task.
    Ec2Own(Architecture),
    /// A task's share of an instance that copies of it alone fill.
    Ec2Share(Architecture),
    Lambda(Architecture),
}

impl Place {
    /// Every place, in the order in which reports list them.
    pub const ALL: [Place; 11] = [
        Place::Fargate(Platform::LinuxX86, Purchase::OnDemand),
        Place::Fargate(Platform::LinuxArm, Purchase::OnDemand),
        Place::Fargate(Platform::LinuxX86, Purchase::Spot),
        Place::Fargate(Platform::LinuxArm, Purchase::Spot),
        Place::Fargate(Platform::WindowsX86, Purchase::OnDemand),
        Place::Ec2Own(Architecture::X86),
        Place::Ec2Own(Architecture::Arm),
        Place::Ec2Share(Architecture::X86),
        Place::Ec2Share(Architecture::Arm),
        Place::Lambda(Architecture::X86),
        Place::Lambda(Architecture::Arm),
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Place::Fargate(Platform::LinuxX86, Purchase::OnDemand) => "fargate-x86",
            Place::Fargate(Platform::LinuxArm, Purchase::OnDemand) => "fargate-arm",
            Place::Fargate(Platform::LinuxX86, Purchase::Spot) => "fargate-x86-spot",
            Place::Fargate(Platform::LinuxArm, Purchase::Spot) => "fargate-arm-spot",
            Place::Fargate(Platform::WindowsX86, Purchase::OnDemand) => "fargate-windows",
            Place::Fargate(Platform::WindowsX86, Purchase::Spot) => "fargate-windows-spot",
            Place::Ec2Own(Architecture::X86) => "ec2-x86",
            Place::Ec2Own(Architecture::Arm) => "ec2-arm",
            Place::Ec2Share(Architecture::X86) => "ec2-x86-share",
            Place::Ec2Share(Architecture::Arm) => "ec2-arm-share",
            Place::Lambda(Architecture::X86) => "lambda-x86",
            Place::Lambda(Architecture::Arm) => "lambda-arm",
        }
    }

    /// The architecture that an image needs here.
    #[must_use]
    pub const fn architecture(self) -> Architecture {
        match self {
            Place::Fargate(Platform::LinuxArm, _)
            | Place::Ec2Own(Architecture::Arm)
            | Place::Ec2Share(Architecture::Arm)
            | Place::Lambda(Architecture::Arm) => Architecture::Arm,
            _ => Architecture::X86,
        }
    }

    /// A price that can be had today for this workload alone, without interruption.
    /// A share is an estimate (the rest of the instance must be filled), Spot ends
    /// at two minutes' notice.
    #[must_use]
    pub const fn is_firm(self) -> bool {
        !matches!(self, Place::Ec2Share(_) | Place::Fargate(_, Purchase::Spot))
    }
}

/// One workload in one place: what it would cost, or why it cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    pub place: Place,
    pub verdict: Verdict,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Fits(Box<Fit>),
    Refused(Finding),
}

/// What a place would give, and its price for a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// `512/1024`, `t4g.small`, `6 x m7g.large`, `1769 MiB`.
    pub what: String,
    /// The task's size there, where the place has sizes.
    pub size: Option<Size>,
    pub bill: Bill,
    /// What of the bill is the step up to the place's next size.
    pub rounding: Usd,
    /// What was taken for granted.
    pub assumptions: Vec<String>,
}

impl Placement {
    #[must_use]
    pub fn fit(&self) -> Option<&Fit> {
        match &self.verdict {
            Verdict::Fits(fit) => Some(fit),
            Verdict::Refused(_) => None,
        }
    }

    #[must_use]
    pub fn total(&self) -> Option<Usd> {
        self.fit().map(|fit| fit.bill.total())
    }
}
