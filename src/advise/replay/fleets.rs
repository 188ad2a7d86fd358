//! The fleets that scenes on instances are played with.

use super::Asked;
use crate::advise::compare;
use crate::advise::fleet::{DeploymentRoom, Effort, FleetError, Planned, Wanted, planned};
use crate::fit::Fitter;
use crate::model::ledger::Home;
use crate::model::{Advice, Code, Finding, Scene};

/// A plan, and what it was asked for with.
pub(super) type Fleet = (Planned, Wanted);

/// A packing looks at addresses too; where their price is not known none is.
fn wanted_in(home: Home, fitter: &Fitter<'_>, asked: &Asked<'_>) -> Result<Wanted, Finding> {
    compare::is_sold(home, &fitter.catalog().region)?;
    let address = asked.around.address(fitter.catalog()).unwrap_or(0);
    compare::wanted_in(home, asked.wanted, address)
}

/// The fleets that the scenes play, each packed once: one that stands all the time as it was asked
/// for, others without what only such a one keeps.
pub(super) fn fleets(
    advices: &[Advice],
    fitter: &Fitter<'_>,
    asked: &Asked<'_>,
    effort: &Effort<'_>,
) -> Vec<(Scene, Result<Fleet, Finding>)> {
    let plan = |scene: Scene, home: Home| {
        let mut wanted = wanted_in(home, fitter, asked)?;
        if scene != Scene::Ec2Fixed {
            wanted.deployment_room = DeploymentRoom::None;
            wanted.survive_a_zone = false;
            wanted.zones = 1;
            wanted.target_capacity = 100;
        }
        let planned = match planned(advices, fitter.catalog(), &wanted, effort) {
            // Jobs bring instances of their own.
            Err(FleetError::Nothing(_)) => Planned::none(wanted.world),
            other => {
                other.map_err(|error| Finding::new(Code::WorldNotPlanned, error.to_string()))?
            }
        };
        Ok((planned, wanted))
    };
    let scenes = asked.scenes.iter().filter_map(|scene| Some((*scene, scene.fleet()?)));
    std::thread::scope(|scope| {
        let plan = &plan;
        let begun: Vec<_> =
            scenes.map(|(scene, home)| (scene, scope.spawn(move || plan(scene, home)))).collect();
        begun.into_iter().map(|(scene, fleet)| (scene, compare::joined(fleet))).collect()
    })
}
