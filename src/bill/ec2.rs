//! EC2 instances on demand.

use super::{BillError, line};
use crate::model::{Bill, InstanceOffer};
use crate::units::{Hour, Quantity};

/// The line of some instance-hours: the instance alone, without volumes or addresses.
///
/// # Errors
/// [`BillError::TooLarge`] where the amount is beyond belief.
pub fn instances(offer: &InstanceOffer, hours: Quantity<Hour>) -> Result<Bill, BillError> {
    let name = &offer.instance_type;
    let what = format!("EC2 {name} Linux on demand");
    Ok(Bill { lines: vec![line(&format!("BoxUsage:{name}"), what, hours, &offer.price)?] })
}
