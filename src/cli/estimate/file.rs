//! Task definitions in files.

use super::super::options::{Global, book, catalog};
use super::super::{Done, output};
use super::{Run, price_error, print, valid_size};
use crate::bill::{self, FREE_EPHEMERAL_GIB, FargateUse};
use crate::manifest::{self, TaskDefinition};
use crate::model::{Bill, Catalog, Platform, Purchase};
use anyhow::{Context, anyhow};
use std::path::{Path, PathBuf};

/// Every file is priced or refused with a reason; one refusal makes exit code 1.
pub(super) fn run(
    files: &[PathBuf],
    run: &Run,
    spot: bool,
    global: &Global,
) -> anyhow::Result<Done> {
    let catalog = catalog(&book(global)?, global.region())?;
    let mut priced = Vec::new();
    let mut done = Done::Well;
    for path in files {
        match one(path, run, spot, &catalog, global).with_context(|| path.display().to_string()) {
            Ok(bill) => priced.push(bill),
            Err(error) => {
                output::complain(&error);
                done = Done::Failed;
            }
        }
    }
    if !priced.is_empty() {
        print(&priced, &catalog, global)?;
    }
    Ok(done)
}

fn one(
    path: &Path,
    run: &Run,
    spot: bool,
    catalog: &Catalog,
    global: &Global,
) -> anyhow::Result<(String, Bill)> {
    let text = std::fs::read_to_string(path)?;
    let definition = manifest::task_definition(&text)?;
    let platform = Platform::of(definition.operating_system, definition.architecture);
    let size = definition.size.ok_or_else(|| no_size(&definition))?;
    if definition.gpus() > 0 {
        anyhow::bail!(
            "resourceRequirements: asks for {} GPUs; Fargate has none",
            definition.gpus()
        );
    }
    valid_size(catalog, platform, size).context("cpu, memory")?;
    if !definition.requires.is_empty() && !definition.requires.iter().any(|one| one == "FARGATE") {
        let listed = definition.requires.join(", ");
        output::note(
            &format!(
                "note: {}: requiresCompatibilities lists {listed}; priced as if on Fargate",
                path.display()
            ),
            global,
        );
    }
    let purchase = if spot { Purchase::Spot } else { Purchase::OnDemand };
    let used = FargateUse {
        platform,
        purchase,
        size,
        ephemeral_gib: definition.ephemeral_gib.unwrap_or(FREE_EPHEMERAL_GIB),
        task_hours: run.task_hours(platform, global),
    };
    let bill = bill::fargate(catalog, &used).map_err(price_error)?;
    let family = definition.family.as_deref().unwrap_or("task");
    let name = platform.name();
    let what =
        format!("{family} ({}): {} on {name}, {}", path.display(), size.short(), run.words(global));
    Ok((what, bill))
}

/// Which field is missing, and what the containers ask for together.
fn no_size(definition: &TaskDefinition) -> anyhow::Error {
    let sum = definition.sum_of_containers().map_or_else(
        || "not every container says how much memory it takes".to_owned(),
        |sum| format!("its containers ask for {} together", sum.short()),
    );
    anyhow!(
        "cpu, memory: the task has no size of its own, which Fargate needs; {sum}; try: loadline estimate fargate --cpu N --memory N"
    )
}
