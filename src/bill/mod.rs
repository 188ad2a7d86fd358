//! What something costs: quantities and prices in, money lines out.
//!
//! A price that is not in the catalog is an error here, never a line of zero dollars.

pub mod commitment;
mod ec2;
mod eks;
mod fargate;
mod lambda;
pub mod statement;

pub use ec2::instances;
pub use eks::{Support, cluster};
pub use fargate::{FREE_EPHEMERAL_GIB, FargateUse, fargate, shortest_billed_run};
pub use lambda::{FREE_TEMP_MIB, LambdaUse, Provisioned, gb_seconds, lambda, temp_gb_seconds};

use crate::model::{Line, Priced};
use crate::units::{AmountTooLarge, Quantity, Unit};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BillError {
    #[error("the price book has no sourced price of {what} in {region}")]
    PriceMissing { what: String, region: String },
    #[error(transparent)]
    TooLarge(#[from] AmountTooLarge),
}

fn missing(what: impl Into<String>, region: &str) -> BillError {
    BillError::PriceMissing { what: what.into(), region: region.to_owned() }
}

fn line<U: Unit>(
    usage_type: &str,
    description: String,
    quantity: Quantity<U>,
    priced: &Priced<U>,
) -> Result<Line, AmountTooLarge> {
    // First, so that nothing beyond belief is put into words.
    let amount = priced.price.times(quantity)?;
    Ok(Line {
        usage_type: usage_type.to_owned(),
        description,
        quantity: quantity.to_string(),
        unit: U::NAME,
        price: priced.price.to_string(),
        provenance: Arc::clone(&priced.provenance),
        amount,
    })
}
