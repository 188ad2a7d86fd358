//! What has to be said beside the numbers: stable codes, each with a meaning and a next step.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Note,
    Warning,
    /// Why something could not be done.
    Reason,
}

impl Severity {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Reason => "reason",
        }
    }
}

macro_rules! codes {
    ($($code:ident $name:literal $severity:ident $means:literal $next:literal;)*) => {
        /// A finding's name. It never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $means] $code,)* }

        impl Code {
            pub const ALL: &'static [Code] = &[$(Code::$code,)*];

            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Code::$code => $name,)* }
            }

            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Code::$code => Severity::$severity,)* }
            }

            /// What the code says, in a sentence.
            #[must_use]
            pub const fn means(self) -> &'static str {
                match self { $(Code::$code => $means,)* }
            }

            /// What to do about it.
            #[must_use]
            pub const fn next_step(self) -> &'static str {
                match self { $(Code::$code => $next,)* }
            }
        }
    };
}

codes! {
    AveragesOnly "AVERAGES_ONLY" Warning
        "Only means over each period were measured, no maxima; what happened inside a period is not known."
        "Import the maxima too (cpu_units_max, memory_mib_max); until then --averages-cpu-headroom and --averages-memory-headroom keep sizes from shrinking too far.";
    CpuUnknown "CPU_UNKNOWN" Warning
        "No CPU was measured, so CPU is left as it is."
        "Import a CPU column.";
    MemoryUnknown "MEMORY_UNKNOWN" Warning
        "No memory was measured, so memory is left as it is."
        "Import a memory column; a size without it would be a guess.";
    NoReadings "NO_READINGS" Warning
        "There is not a single usable reading."
        "Check the name, the time window and the import's findings.";
    TooFewReadings "TOO_FEW_READINGS" Warning
        "There are too few readings to size down on; the size is only ever raised."
        "Collect for longer, or lower --min-readings if you know the load.";
    TooFewRuns "TOO_FEW_RUNS" Warning
        "The task has run too few times to size down on; the size is only ever raised."
        "Collect over more of its runs.";
    NoFullWeek "NO_FULL_WEEK" Warning
        "The readings do not cover every hour of a week; the size is only ever raised."
        "Collect at least one full week.";
    SizeUnknown "SIZE_UNKNOWN" Note
        "The size it has today is not known, so nothing can be said of savings."
        "Import the allocation (alloc_cpu, alloc_memory) or give --size CPU/MEMORY.";
    NotPacked "NOT_PACKED" Note
        "No instance is planned for the workload; it stays where it runs."
        "Look at its price in loadline explain; give its size or tasks in workloads.json where those are not known.";
    PlacementNotHeld "PLACEMENT_NOT_HELD" Warning
        "A placement constraint depends on what only running instances have (their zone, other tasks, attributes of one's own), or cannot be read; the plan is not held to it."
        "Hold the plan against it by hand; --families and --min-vcpu narrow the types that may be taken.";
    ImageArchitecture "IMAGE_ARCHITECTURE" Reason
        "Its image is not to be had for the CPUs of that place."
        "Build the image for both architectures, and say so with image_architectures in workloads.json.";
    NotInRegion "NOT_IN_REGION" Reason
        "AWS does not sell it in this region."
        "Look at another region with --region.";
    LambdaConcurrency "LAMBDA_CONCURRENCY" Warning
        "At its busiest the function would run more executions at once than an account may by default."
        "Ask AWS to raise the quota of concurrent executions before moving, or leave the workload where it runs.";
    PlanRateMissing "PLAN_RATE_MISSING" Warning
        "No Savings Plan rate is known for a part of the use, which stays on demand here."
        "Fetch the rates with loadline prices update --out DIR and give --prices DIR.";
    ScalingNotPlayed "SCALING_NOT_PLAYED" Reason
        "The service's own scaling cannot be played with another size: its metric or its alarms are not in the store, or a schedule is not understood."
        "Play it under the recommended policy (--policies recommended), or see what it did in the scene current.";
    ReplayNotSized "REPLAY_NOT_SIZED" Reason
        "The workload has no recommended size, so it cannot be played elsewhere than where it runs."
        "The other findings in loadline explain say what is missing.";
    WorldNotPlanned "WORLD_NOT_PLANNED" Reason
        "The tasks cannot be packed there, or a price for it is not known."
        "Allow more instance types, or update the prices.";
    VolumeNotPriced "VOLUME_NOT_PRICED" Warning
        "The price of the instances' volumes is not known there, so they are not in the sum."
        "Update the prices: loadline prices update.";
    PlanNotChecked "PLAN_NOT_CHECKED" Warning
        "The independent check does not agree with the plan or its bound; no bound is claimed."
        "Do not act on it; report it with the data that made it.";
    OtherRule "OTHER_RULE" Note
        "The size is what another tool's rule asks for, as --as said; it is not loadline's own."
        "Compare: loadline analyze --compare-rules, and loadline backtest.";
    RuleSilent "RULE_SILENT" Note
        "The rule that --as names asks for nothing here: CPU or memory was not measured, or krr has fewer than the 100 readings that it wants."
        "Collect for longer, or leave --as out and see what loadline makes of what there is.";
    SizeAssumed "SIZE_ASSUMED" Warning
        "Percentages were read against an assumed size, so every absolute figure hangs on that assumption."
        "Give the true size with --size CPU/MEMORY.";
    SizeChanged "SIZE_CHANGED" Note
        "The size changed within the readings; the latest is taken as today's."
        "Read the recommendation with the change in mind, or import only what came after it.";
    SizeNotSold "SIZE_NOT_SOLD" Note
        "The size it has today is not one that Fargate sells, so today's cost there is not known."
        "Nothing, if it runs on EC2 today; otherwise check the imported allocation.";
    NotOnFargate "NOT_ON_FARGATE" Note
        "It does not run on Fargate today, so what it costs today is part of what its instances cost and not known for it alone."
        "Read THEN as what it would cost on Fargate, and the EC2 places as what instances for it alone would.";
    SpotPriced "SPOT_PRICED" Note
        "All or part of it runs on Fargate Spot and is priced so, at the Spot price of the day it was read."
        "Remember that Spot prices move, and that tasks end at two minutes' notice.";
    TasksAssumed "TASKS_ASSUMED" Note
        "The number of running tasks was not measured; one task all the time is assumed."
        "Import a tasks column, or read the costs as costs for each task.";
    AtTheCeiling "AT_THE_CEILING" Warning
        "The hottest task used all the CPU it has, so the true demand is not known and may be higher."
        "Raise the size one step and measure again.";
    SoftLimit "SOFT_LIMIT" Note
        "Off Fargate, utilization of memory is a percentage of the soft limits of these containers, so it can pass 100 % without harm."
        "Set hard limits (memory) too, if a container must not take its neighbours' memory.";
    CacheLikely "CACHE_LIKELY" Note
        "Memory stays right below its limit without any task being killed: a cache that fills what it is given, most likely."
        "Find out what fills it (page cache, database buffers) and limit that; then measure again.";
    HeapShaped "HEAP_SHAPED" Warning
        "A runtime's heap decides how much memory is used, not the load; without a fixed limit of the heap memory is not sized down."
        "Set the flag named in the task definition together with the new size, and measure again.";
    MemoryCreeps "MEMORY_CREEPS" Warning
        "Memory grows from day to day while tasks live, as with a leak; where that has no end yet, memory is not sized down."
        "Look for the leak, or start tasks anew before the limit is reached.";
    StepChange "STEP_CHANGE" Note
        "The level changed for good within the readings, as a deployment does it."
        "If what came before does not matter any more, import only what came after.";
    MonthEndNotSeen "MONTH_END_NOT_SEEN" Note
        "The readings hold no turn of a month, when monthly work is done."
        "If there is monthly work, collect over the turn of a month before acting.";
    Autoscaled "AUTOSCALED" Note
        "It scales by itself: size, number of tasks and target were looked for together, over the demand as it was."
        "Change them together: a smaller size alone only brings more tasks.";
    ScalingReplaced "SCALING_REPLACED" Note
        "It scales by step scaling, by several policies or by another metric today; what is proposed is one target tracking policy on CPU in their place."
        "Check why it was done so before changing it.";
    ScalingUnknown "SCALING_UNKNOWN" Warning
        "It scales by itself, and its demand cannot be replayed, so CPU is not sized down: smaller tasks would only bring more of them."
        "Collect a week with mean, maximum and number of tasks, five minutes or finer.";
    ContainersNotMeasured "CONTAINERS_NOT_MEASURED" Note
        "What each container of the task uses is not known, so its size cannot be shared out by need."
        "Turn on enhanced Container Insights for the cluster, and pull again.";
    HotTask "HOT_TASK" Note
        "One task carries much more than the others, so size follows it and the others idle."
        "Look for uneven balancing, sticky sessions or a leader; spreading the load saves more than any size.";
    Idle "IDLE" Warning
        "It has done next to nothing for two weeks or longer: a candidate for removal."
        "Ask its owner; set the desired count to zero, or remove it.";
    OverLimit "OVER_LIMIT" Warning
        "Memory readings above the size were seen: a soft limit, or the size was larger at the time."
        "Check memoryReservation and the size history before acting.";
    Gaps "GAPS" Note
        "Readings are missing inside the window."
        "Check that the gaps are outages of the measurement, not of the service.";
    WindowSplit "WINDOW_SPLIT" Warning
        "For more than a week there is no reading of any workload; that time is not counted as time in which tasks could have run."
        "Check the times of the input: a single row with a wrong date makes such a hole.";
    TooLarge "TOO_LARGE" Reason
        "No size on sale there holds the demand."
        "Split the workload, or look at the other places.";
    PriceMissing "PRICE_MISSING" Reason
        "The price book has no sourced price for this here, so there is no price: it is not zero."
        "Choose a region that has one (loadline prices show), or a place that has one.";
    PriceAmbiguous "PRICE_AMBIGUOUS" Reason
        "Several products of the price list match, so none is taken."
        "Look at the candidates named; the usage types have changed.";
    PriceDiffers "PRICE_DIFFERS" Warning
        "The price book and the live price list give different prices."
        "Use the live prices: loadline prices update, then --prices.";
    AmountTooLarge "AMOUNT_TOO_LARGE" Reason
        "A single line of the bill would be over a billion dollars."
        "Check the task counts and sizes of the input.";
    PlatformMismatch "PLATFORM_MISMATCH" Reason
        "That place runs another operating system."
        "Nothing: it is listed so that every place is accounted for.";
    GpuNeeded "GPU_NEEDED" Reason
        "The workload needs a GPU, which this place does not have."
        "Use EC2 instances with GPUs.";
    HostNeeded "HOST_NEEDED" Reason
        "It needs the instance it runs on (one on each, or the instance's own network), which this place does not give."
        "Run it on EC2 instances.";
    ServicesOnly "SERVICES_ONLY" Reason
        "What runs for a while and ends has no place there: it keeps what it is given running."
        "Look at the other places; Fargate and Lambda are paid by the run.";
    NotPriced "NOT_PRICED" Reason
        "That place is not priced by this program."
        "Nothing: it is listed so that every place is accounted for.";
    PullFailed "PULL_FAILED" Warning
        "An account or region could not be pulled, so what runs there is missing or incomplete."
        "Do what the message says and pull again; what was fetched is kept.";
    PullPartMissing "PULL_PART_MISSING" Warning
        "A part of the inventory could not be read; the rest is complete."
        "Look at the reason; where an action was denied allow it (docs/iam-policy.json). Then pull again.";
    BudgetReached "BUDGET_REACHED" Warning
        "The budget is spent before everything was fetched."
        "Pull again with a larger --budget; what was fetched is kept and not paid for again.";
    SizeHistoryUnknown "SIZE_HISTORY_UNKNOWN" Warning
        "Utilization is a percentage of the size at the time, and for the earlier readings that is not known; they are kept apart and not counted."
        "Nothing; with time the readings under known sizes grow.";
    PercentOfNothing "PERCENT_OF_NOTHING" Warning
        "The task definition sets no CPU or no memory, so utilization is a percentage of nothing; those readings are kept apart and not counted."
        "Turn on Container Insights for the cluster, or set sizes in the task definition.";
    TasksFromSamples "TASKS_FROM_SAMPLES" Note
        "Running tasks were counted by the samples of the CPU metric, one a task and minute."
        "Nothing, if the count agrees with the service's desired count.";
    TasksDisagree "TASKS_DISAGREE" Warning
        "The samples of the CPU metric say another number of running tasks than ECS did minutes later."
        "If it did not scale just then, do not trust the number of tasks and the costs: turn on Container Insights, and tell us.";
    ZeroTasksAssumed "ZERO_TASKS_ASSUMED" Note
        "The service may scale to nothing, and without running tasks there are no readings: where there are none, no task is assumed to have run."
        "Turn on Container Insights to have tasks counted.";
    NoUtilization "NO_UTILIZATION" Warning
        "Tasks without a service have no utilization metrics outside Container Insights."
        "Turn on Container Insights for the cluster, or import readings of your own.";
    FamilyShared "FAMILY_SHARED" Warning
        "Services run the same task family, so its metrics are theirs too and say nothing of the stand-alone tasks."
        "Give stand-alone tasks a family of their own.";
    Gone "GONE" Note
        "It is not listed any more; its earlier readings are kept, and it costs nothing today."
        "Nothing.";
    OutOfMemory "OUT_OF_MEMORY" Warning
        "Tasks were lately killed for want of memory, so memory is not sized down."
        "Raise the memory, and look for a leak.";
    FunctionNotSized "FUNCTION_NOT_SIZED" Note
        "It is a Lambda function already; the memory it uses is not among Lambda's own metrics, so no size is recommended."
        "Nothing; its cost today is in the totals.";
    LambdaRequestsUnknown "LAMBDA_REQUESTS_UNKNOWN" Reason
        "Requests were not measured, and Lambda is billed by them."
        "Import a requests column.";
    LambdaDurationUnknown "LAMBDA_DURATION_UNKNOWN" Reason
        "How long a request or run takes is not known, and Lambda is billed by it."
        "Give request_milliseconds or longest_run_seconds with import --workloads.";
    LambdaTooLong "LAMBDA_TOO_LONG" Reason
        "It runs longer than the 900 seconds that Lambda allows."
        "Split the work into steps, or keep it in a container.";
    LambdaTooSlow "LAMBDA_TOO_SLOW" Reason
        "No memory size answers within the time that a request may take."
        "Allow more with --lambda-latency; say with --lambda-parallelism how many vCPUs a request can use.";
    LambdaFrontEnd "LAMBDA_FRONT_END" Warning
        "API Gateway ends a request after 29 seconds (HTTP APIs: 30), and a load balancer passes bodies of up to 1 MB on to Lambda."
        "Take a function URL as its front end.";
    LambdaTooMuchMemory "LAMBDA_TOO_MUCH_MEMORY" Reason
        "One request would need more than the 10,240 MiB that Lambda allows."
        "Keep it in a container.";
    LambdaImageTooLarge "LAMBDA_IMAGE_TOO_LARGE" Reason
        "Its image is larger than the 10 GB that Lambda takes."
        "Make the image smaller, or keep it in a container.";
    LambdaPayloadTooLarge "LAMBDA_PAYLOAD_TOO_LARGE" Reason
        "A request or its answer is larger than the 6 MB that a synchronous call of Lambda carries."
        "Pass large bodies through storage, or keep it in a container.";
    LambdaTooMuchStorage "LAMBDA_TOO_MUCH_STORAGE" Reason
        "It asks for more temporary storage than the 10 GiB that Lambda allows."
        "Keep it in a container.";
    LambdaNotRequests "LAMBDA_NOT_REQUESTS" Reason
        "It serves raw connections or fetches its own work; Lambda runs one request at a time and is then frozen."
        "Keep it in a container.";
    ColumnIgnored "COLUMN_IGNORED" Note
        "A column of the input is not mapped to anything and was not read."
        "Map it with --map if it matters.";
    ValueMissing "VALUE_MISSING" Note
        "A value was empty or null; it is absent, not zero."
        "Nothing, if the source has holes.";
    ValueInvalid "VALUE_INVALID" Warning
        "A value was not a number (text, NaN, infinity); it is treated as absent."
        "Look at the lines named.";
    ValueNegative "VALUE_NEGATIVE" Warning
        "A value was negative; it is treated as absent."
        "Look at the lines named.";
    ValueTooLarge "VALUE_TOO_LARGE" Warning
        "A value was 8,388,608 or more CPU units or MiB; it is treated as absent."
        "Check the unit given with --map.";
    TimeInvalid "TIME_INVALID" Warning
        "A time could not be read; the row is left out."
        "Use seconds or milliseconds since 1970, or ISO 8601.";
    TimeAssumed "TIME_ASSUMED" Warning
        "The rows carry no time; they are taken in order, a second apart, so days and weeks mean nothing."
        "Use the figures for sizes only.";
    PeriodAssumed "PERIOD_ASSUMED" Warning
        "How long each reading stands for could not be found out from the rows."
        "Give it with --period-seconds.";
    FutureTime "FUTURE_TIME" Warning
        "A row is dated after the import; it is left out."
        "Check the clock or the time unit of the source.";
    WorkloadMissing "WORKLOAD_MISSING" Warning
        "A row names no workload; it is left out."
        "Look at the lines named.";
    NameInvalid "NAME_INVALID" Warning
        "A workload's name holds control characters; the row is left out."
        "Look at the lines named; an unclosed quote is the usual cause.";
    RowRepeated "ROW_REPEATED" Note
        "Rows of one workload and moment came more than once without contradicting each other; they are joined and counted once."
        "Nothing.";
    RowConflicting "ROW_CONFLICTING" Warning
        "Two rows of one workload and moment differ; the larger values are kept."
        "Check whether two sources or two tasks share a name.";
    RowOutOfOrder "ROW_OUT_OF_ORDER" Note
        "A row is older than the one before it; rows were put in order."
        "Nothing.";
    ClockJump "CLOCK_JUMP" Warning
        "Time steps back by half an hour or more between two rows, as when clocks are set."
        "Check the source's time zone; UTC is expected.";
    RowTorn "ROW_TORN" Warning
        "A row has more or fewer fields than the header, spans several lines, or is not text; it is left out."
        "Look at the lines named; an unclosed quote takes all lines up to the next one.";
    PercentWithoutSize "PERCENT_WITHOUT_SIZE" Warning
        "A percentage stands beside no allocation; the value is treated as absent."
        "Map alloc_cpu and alloc_memory, or give --size CPU/MEMORY.";
}

impl Code {
    #[must_use]
    pub fn from_name(name: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A code, whom it is about, and what is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub code: Code,
    /// A workload, file or price; nothing where the whole is meant.
    pub subject: Option<String>,
    /// The particulars: counts, lines, sizes.
    pub detail: String,
}

impl Finding {
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Finding { code, subject: None, detail: detail.into() }
    }

    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(subject) = &self.subject {
            write!(f, " {subject}")?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found_again() {
        for code in Code::ALL {
            assert_eq!(Code::from_name(code.name()), Some(*code));
            assert!(code.means().ends_with('.') && code.next_step().ends_with('.'), "{code}");
        }
    }
}
