//! FOCUS as AWS exports it: the open specification of bills (`FinOps` Foundation).

use super::{Line, Place, Said, in_dollars, is_nothing, line};
use crate::model::{BilledPico, Charge};
use csv::StringRecord;

pub(super) const COLUMNS: [&str; 20] = [
    "chargeperiodstart",
    "chargeperiodend",
    "chargecategory",
    "chargeclass",
    "chargedescription",
    "effectivecost",
    "listcost",
    "billingcurrency",
    "xservicecode",
    "servicename",
    "xusagetype",
    "skumeter",
    "xoperation",
    "consumedunit",
    "pricingunit",
    "pricingcategory",
    "commitmentdiscountstatus",
    "resourceid",
    "regionid",
    "subaccountid",
];

#[derive(Debug)]
pub struct Focus {
    from: Place,
    to: Place,
    category: Place,
    class: Place,
    description: Place,
    effective: Place,
    list: Place,
    currency: Place,
    service_code: Place,
    service_name: Place,
    usage_type: Place,
    meter: Place,
    operation: Place,
    unit: Place,
    pricing: Place,
    status: Place,
    resource: Place,
    region: Place,
    account: Place,
}

impl Focus {
    pub(super) fn of(names: &[String]) -> Result<Self, String> {
        let of = |name: &str| Place::of(names, name);
        let needed = |name: &str| Place::needed(names, &super::plain(name), name);
        let unit = match of("consumedunit") {
            Place::NONE => of("pricingunit"),
            place => place,
        };
        Ok(Focus {
            from: needed("ChargePeriodStart")?,
            to: needed("ChargePeriodEnd")?,
            category: needed("ChargeCategory")?,
            class: of("chargeclass"),
            description: of("chargedescription"),
            effective: needed("EffectiveCost")?,
            list: needed("ListCost")?,
            currency: needed("BillingCurrency")?,
            service_code: of("xservicecode"),
            service_name: needed("ServiceName")?,
            usage_type: of("xusagetype"),
            meter: of("skumeter"),
            operation: of("xoperation"),
            unit,
            pricing: of("pricingcategory"),
            status: of("commitmentdiscountstatus"),
            resource: of("resourceid"),
            region: of("regionid"),
            account: of("subaccountid"),
        })
    }

    pub(super) fn line<'r>(&self, row: &'r StringRecord) -> Result<Line<'r>, String> {
        in_dollars(self.currency.text(row))?;
        let effective = self.effective.amount(row, "EffectiveCost")?;
        let effective = effective.ok_or("EffectiveCost is empty, and it may not be")?;
        let said = Said {
            service: match self.service_code.text(row) {
                code if is_nothing(code) => self.service_name.text(row),
                code => code,
            },
            meter: [self.usage_type, self.meter, self.description].map(|one| one.text(row)),
            operation: self.operation.text(row),
            unit: self.unit.text(row),
            resource: self.resource.text(row),
        };
        let spot = self.pricing.text(row) == "Dynamic" || said.is_spot();
        let list = self.list.amount(row, "ListCost")?.filter(|_| !spot).unwrap_or(effective);
        let correction = self.class.text(row) == "Correction";
        let when =
            (self.from.time(row, "ChargePeriodStart")?, self.to.time(row, "ChargePeriodEnd")?);
        let whose = said.whose(self.account.text(row), self.region.text(row));
        let charge = match self.category.text(row) {
            "Usage" if correction => Charge::Credit,
            "Usage" if self.status.text(row) == "Unused" => said.unused(),
            "Usage" => {
                return line(when, said.charge(), whose, BilledPico { list, effective });
            }
            "Purchase" => Charge::Purchase,
            "Tax" => Charge::Tax,
            "Credit" | "Adjustment" => Charge::Credit,
            other => return Err(format!("ChargeCategory {other:?} is none of FOCUS")),
        };
        line(when, (charge, ""), whose, BilledPico { list: 0, effective })
    }
}
