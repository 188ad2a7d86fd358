//! The nouns every room shares. Nothing here knows where a value came from or where it goes.

mod advice;
mod billed;
mod catalog;
mod finding;
mod fleet;
mod heap;
mod host;
mod inventory;
pub mod ledger;
mod plan;
mod price_row;
mod replayed;
mod risk;
mod savings;
mod scaling;
mod sizing;
mod usage;
mod workload;

pub use advice::{
    Advice, Class, ContainerSize, ContainerUse, Estate, Observed, Percentiles, Recommendation,
    RunsSeen, ScalingPlan, Totals,
};
pub use billed::{Billed, BilledFor, BilledLine, BilledPico, Charge};
pub use catalog::{
    Catalog, FargateRates, FargateSize, InstanceOffer, InstanceShape, LambdaRates, Platform,
    Priced, Provenance, Purchase, TaskRates, Tier,
};
pub use finding::{Code, Finding, Severity};
pub use fleet::{
    Costs, Filled, Fleet, FleetPlan, LeftOut, PackedTask, ProofKind, Step, Today, World,
    instance_type,
};
pub use heap::{Heap, HeapLimit, Runtime};
pub use host::{Host, NetworkMode, PlacementConstraint};
pub use inventory::{Capacity, Deployment, Function, Instance, Launch, SizeSince, Stop};
pub use plan::{Bill, Demand, Fit, Line, Place, Placement, Verdict};
pub use price_row::{PriceRow, Service};
pub use replayed::{
    BestPlan, BillTold, Committed, HourReplay, Measured, Ran, Reconciled, Replay, ReplayRow, Scene,
    SceneReplay, Sides, Spent,
};
pub use risk::{Candidate, Risk, RiskPolicy};
pub use savings::{Held, HeldInstances, HeldPlan, Payment, PlanRate, PlanType, Rated, Terms};
pub use scaling::{Alarm, Scaling, ScalingPolicy, Schedule, StepAdjustment, StepScaling};
pub use sizing::{CpuBasis, CpuRule, MemoryBasis, MemoryRule, MonthRates, Policy, Sizing};
pub use usage::{
    Extra, Histogram, HourSummary, Hours, Part, PartKind, Profile, REQUEST_LIMIT, Reading, Run,
    Runs, Sample, Signal, VALUE_LIMIT, WideReading, bucket_edge,
};
pub use workload::{Architecture, Container, Kind, OperatingSystem, Protocol, Size, Workload};
