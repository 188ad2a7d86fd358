//! The EKS control plane.

use super::{BillError, line, missing};
use crate::model::{Bill, Catalog};
use crate::units::{Hour, Quantity};

/// The support that a Kubernetes version is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    Standard,
    /// From the end of standard support on; the default upgrade policy.
    Extended,
}

/// The lines of some cluster-hours.
///
/// # Errors
/// [`BillError`] where a price has no source, or the amount is beyond belief.
pub fn cluster(
    catalog: &Catalog,
    support: Support,
    hours: Quantity<Hour>,
) -> Result<Bill, BillError> {
    let none = || missing("the EKS control plane", &catalog.region);
    let standard = catalog.eks_cluster.as_ref().ok_or_else(none)?;
    let what = "EKS cluster, standard support".to_owned();
    let mut lines = vec![line("AmazonEKS-Hours:perCluster", what, hours, standard)?];
    if support == Support::Extended {
        let extended = catalog.eks_extended.as_ref().ok_or_else(none)?;
        let what = "EKS cluster, extended support".to_owned();
        lines.push(line("AmazonEKS-Hours:extendedSupport", what, hours, extended)?);
    }
    Ok(Bill { lines })
}
