//! The Cost and Usage Report, 2.0 and the older one.

use super::{Line, Place, Said, in_dollars, is_nothing, line};
use crate::model::{BilledPico, Charge};
use csv::StringRecord;

pub(super) const COLUMNS: [&str; 31] = [
    "lineitemusagestartdate",
    "lineitemusageenddate",
    "lineitemlineitemtype",
    "lineitemlineitemdescription",
    "lineitemproductcode",
    "lineitemusagetype",
    "lineitemoperation",
    "lineitemunblendedcost",
    "lineitemnetunblendedcost",
    "lineitemusageaccountid",
    "lineitemresourceid",
    "lineitemcurrencycode",
    "lineitemavailabilityzone",
    "pricingunit",
    "pricingpublicondemandcost",
    "productregioncode",
    "productregion",
    "savingsplansavingsplaneffectivecost",
    "savingsplannetsavingsplaneffectivecost",
    "savingsplantotalcommitmenttodate",
    "savingsplanusedcommitment",
    "reservationeffectivecost",
    "reservationneteffectivecost",
    "reservationunusedamortizedupfrontfeeforbillingperiod",
    "reservationunusedrecurringfee",
    "reservationnetunusedamortizedupfrontfeeforbillingperiod",
    "reservationnetunusedrecurringfee",
    "savingsplanrecurringcommitmentforbillingperiod",
    "savingsplannetrecurringcommitmentforbillingperiod",
    "savingsplanamortizedupfrontcommitmentforbillingperiod",
    "savingsplannetamortizedupfrontcommitmentforbillingperiod",
];

/// A cost, with a private contract's discount taken off where the report says it.
#[derive(Debug)]
struct Cost {
    gross: Place,
    net: Place,
    shown: &'static str,
}

impl Cost {
    fn of(names: &[String], gross: &str, net: &str, shown: &'static str) -> Self {
        Cost { gross: Place::of(names, gross), net: Place::of(names, net), shown }
    }

    fn read(&self, row: &StringRecord) -> Result<Option<i128>, String> {
        match self.net.amount(row, self.shown)? {
            Some(net) => Ok(Some(net)),
            None => self.gross.amount(row, self.shown),
        }
    }

    fn needed(&self, row: &StringRecord) -> Result<i128, String> {
        self.read(row)?.ok_or_else(|| format!("{} is empty, and it may not be", self.shown))
    }
}

#[derive(Debug)]
pub struct Report {
    from: Place,
    to: Place,
    kind: Place,
    description: Place,
    product: Place,
    usage_type: Place,
    operation: Place,
    unit: Place,
    resource: Place,
    account: Place,
    region: Place,
    zone: Place,
    currency: Place,
    list: Place,
    unblended: Cost,
    plan: Cost,
    plan_total: Place,
    plan_used: Place,
    reservation: Cost,
    /// Of a plan's whole period, with what a contract takes off; in both ways of paying.
    plan_fees: [Cost; 2],
    idle_upfront: Cost,
    idle_recurring: Cost,
}

impl Report {
    pub(super) fn of(names: &[String]) -> Result<Self, String> {
        let of = |name: &str| Place::of(names, name);
        let needed = |name: &str| Place::needed(names, &super::plain(name), name);
        let region = match of("productregioncode") {
            Place::NONE => of("productregion"),
            place => place,
        };
        needed("line_item_unblended_cost")?;
        Ok(Report {
            from: needed("line_item_usage_start_date")?,
            to: needed("line_item_usage_end_date")?,
            kind: needed("line_item_line_item_type")?,
            description: of("lineitemlineitemdescription"),
            product: needed("line_item_product_code")?,
            usage_type: needed("line_item_usage_type")?,
            operation: of("lineitemoperation"),
            unit: of("pricingunit"),
            resource: of("lineitemresourceid"),
            account: of("lineitemusageaccountid"),
            region,
            zone: of("lineitemavailabilityzone"),
            currency: of("lineitemcurrencycode"),
            list: of("pricingpublicondemandcost"),
            unblended: Cost::of(
                names,
                "lineitemunblendedcost",
                "lineitemnetunblendedcost",
                "line_item_unblended_cost",
            ),
            plan: Cost::of(
                names,
                "savingsplansavingsplaneffectivecost",
                "savingsplannetsavingsplaneffectivecost",
                "savings_plan_savings_plan_effective_cost",
            ),
            plan_total: of("savingsplantotalcommitmenttodate"),
            plan_used: of("savingsplanusedcommitment"),
            reservation: Cost::of(
                names,
                "reservationeffectivecost",
                "reservationneteffectivecost",
                "reservation_effective_cost",
            ),
            plan_fees: [
                Cost::of(
                    names,
                    "savingsplanrecurringcommitmentforbillingperiod",
                    "savingsplannetrecurringcommitmentforbillingperiod",
                    "savings_plan_recurring_commitment_for_billing_period",
                ),
                Cost::of(
                    names,
                    "savingsplanamortizedupfrontcommitmentforbillingperiod",
                    "savingsplannetamortizedupfrontcommitmentforbillingperiod",
                    "savings_plan_amortized_upfront_commitment_for_billing_period",
                ),
            ],
            idle_upfront: Cost::of(
                names,
                "reservationunusedamortizedupfrontfeeforbillingperiod",
                "reservationnetunusedamortizedupfrontfeeforbillingperiod",
                "reservation_unused_amortized_upfront_fee_for_billing_period",
            ),
            idle_recurring: Cost::of(
                names,
                "reservationunusedrecurringfee",
                "reservationnetunusedrecurringfee",
                "reservation_unused_recurring_fee",
            ),
        })
    }

    pub(super) fn line<'r>(&self, row: &'r StringRecord) -> Result<Line<'r>, String> {
        in_dollars(self.currency.text(row))?;
        let when = || -> Result<(i64, i64), String> {
            let from = self.from.time(row, "line_item_usage_start_date")?;
            Ok((from, self.to.time(row, "line_item_usage_end_date")?))
        };
        let said = self.said(row);
        let whose = said.whose(self.account.text(row), self.region(row));
        let aside = |charge: Charge, effective: i128| {
            line(when()?, (charge, ""), whose, BilledPico { list: 0, effective })
        };
        let effective = match self.kind.text(row) {
            "Usage" => self.unblended.needed(row)?,
            "SavingsPlanCoveredUsage" => self.plan.needed(row)?,
            "DiscountedUsage" => self.reservation.needed(row)?,
            // Takes back what the covered use is said to cost.
            "SavingsPlanNegation" => return Ok(None),
            "SavingsPlanRecurringFee" => return aside(said.unused(), self.unused_plan(row)?),
            "RIFee" => return aside(said.unused(), self.unused_reservation(row)?),
            // Of a use, where its net cost is not said: they name it as the use does.
            kind if kind.ends_with("Discount") => {
                if !is_nothing(self.unblended.net.text(row)) {
                    return Ok(None);
                }
                let effective = self.unblended.needed(row)?;
                return line(when()?, said.charge(), whose, BilledPico { list: 0, effective });
            }
            "Fee" | "SavingsPlanUpfrontFee" => {
                return aside(Charge::Purchase, self.unblended.needed(row)?);
            }
            "Tax" => return aside(Charge::Tax, self.unblended.needed(row)?),
            "Credit" | "Refund" => return aside(Charge::Credit, self.unblended.needed(row)?),
            other => return Err(format!("line_item_line_item_type {other:?} is not known")),
        };
        let list = self.list.amount(row, "pricing_public_on_demand_cost")?;
        let list = list.filter(|_| !said.is_spot()).unwrap_or(effective);
        line(when()?, said.charge(), whose, BilledPico { list, effective })
    }

    fn said<'r>(&self, row: &'r StringRecord) -> Said<'r> {
        Said {
            service: self.product.text(row),
            meter: [self.usage_type.text(row), self.description.text(row), ""],
            operation: self.operation.text(row),
            unit: self.unit.text(row),
            resource: self.resource.text(row),
        }
    }

    fn region<'r>(&self, row: &'r StringRecord) -> &'r str {
        match self.region.text(row) {
            text if is_nothing(text) => {
                let zone = self.zone.text(row);
                zone.trim_end_matches(|c: char| c.is_ascii_lowercase())
            }
            text => text,
        }
    }

    fn unused_plan(&self, row: &StringRecord) -> Result<i128, String> {
        let total = self.plan_total.amount(row, "savings_plan_total_commitment_to_date")?;
        let used = self.plan_used.amount(row, "savings_plan_used_commitment")?;
        match (total, used) {
            (Some(total), Some(used)) => self.after_discount(row, total - used),
            _ => Err("a Savings Plan's fee does not say what was committed and used".to_owned()),
        }
    }

    /// In the proportion in which a contract makes the whole fee cheaper, where that is said.
    fn after_discount(&self, row: &StringRecord, pico: i128) -> Result<i128, String> {
        let (mut gross, mut net) = (0, 0);
        for fee in &self.plan_fees {
            let whole = fee.gross.amount(row, fee.shown)?.unwrap_or(0);
            gross += whole;
            net += fee.net.amount(row, fee.shown)?.unwrap_or(whole);
        }
        let part = pico.checked_mul(net).and_then(|all| all.checked_div(gross));
        Ok(part.unwrap_or(pico))
    }

    fn unused_reservation(&self, row: &StringRecord) -> Result<i128, String> {
        let recurring = self.idle_recurring.read(row)?;
        let recurring =
            recurring.ok_or("a reservation's fee does not say what of it was not used")?;
        Ok(self.idle_upfront.read(row)?.unwrap_or(0) + recurring)
    }
}
