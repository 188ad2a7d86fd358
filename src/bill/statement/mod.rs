//! A line of AWS's own bill: what it is for, and what it comes to. Two forms are read, each by the
//! names of its columns: FOCUS (1.0 and 1.2 as AWS exports them, 1.3) and the Cost and Usage Report
//! (2.0, and the older one with names like `lineItem/UnblendedCost`).
//!
//! Effective cost is what was paid with everything taken off, upfront payments spread over their
//! time: `EffectiveCost` of FOCUS; of the report the unblended cost of use on demand, the effective
//! cost of what a Savings Plan or a reservation covers, and of the commitments themselves what was
//! not used (Cost and Usage Report guide, "Amortized cost").

mod amount;
mod cur;
mod focus;
#[cfg(test)]
mod tests;

use crate::model::{BilledLine, BilledPico, Charge, Spent};
use csv::StringRecord;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The columns of a bill, found.
#[derive(Debug)]
pub enum Statement {
    Focus(focus::Focus),
    Report(cur::Report),
}

/// A line, unless there is nothing to it.
pub type Line<'l> = Option<(BilledLine<'l>, BilledPico)>;

impl Statement {
    /// # Errors
    /// Where neither form's columns are all there: which are missing.
    pub fn of(header: &[String]) -> Result<Self, String> {
        let names: Vec<String> = header.iter().map(|name| plain(name)).collect();
        if names.iter().any(|name| name == "lineitemlineitemtype") {
            return cur::Report::of(&names).map(Statement::Report);
        }
        if names.iter().any(|name| name == "chargecategory") {
            return focus::Focus::of(&names).map(Statement::Focus);
        }
        Err("is no bill that is known: neither a FOCUS export (with a column ChargeCategory) nor \
             a Cost and Usage Report (with line_item_line_item_type)"
            .to_owned())
    }

    /// Is a column of that name looked at? Others need not be read at all.
    #[must_use]
    pub fn reads(name: &str) -> bool {
        let name = plain(name);
        focus::COLUMNS.contains(&name.as_str()) || cur::COLUMNS.contains(&name.as_str())
    }

    /// What a row is.
    ///
    /// # Errors
    /// What of it cannot be read, in words.
    pub fn line<'r>(&self, row: &'r StringRecord) -> Result<Line<'r>, String> {
        match self {
            Statement::Focus(focus) => focus.line(row),
            Statement::Report(report) => report.line(row),
        }
    }
}

/// `lineItem/UsageStartDate` and `line_item_usage_start_date` alike.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Where a column stands; one that may be missing is then empty in every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place(usize);

impl Place {
    const NONE: Place = Place(usize::MAX);

    fn of(names: &[String], name: &str) -> Self {
        names.iter().position(|one| one == name).map_or(Place::NONE, Place)
    }

    fn needed(names: &[String], name: &str, shown: &str) -> Result<Self, String> {
        match Place::of(names, name) {
            Place::NONE => Err(format!("has no column {shown}, which a bill needs")),
            place => Ok(place),
        }
    }

    fn text(self, row: &StringRecord) -> &str {
        row.get(self.0).unwrap_or("").trim()
    }

    /// Pico-dollars; nothing where it is empty.
    fn amount(self, row: &StringRecord, shown: &str) -> Result<Option<i128>, String> {
        let text = self.text(row);
        if is_nothing(text) {
            return Ok(None);
        }
        let read = amount::pico(text);
        read.map(Some).ok_or_else(|| format!("{shown} {text:?} is no amount in dollars"))
    }

    /// Seconds since 1970.
    fn time(self, row: &StringRecord, shown: &str) -> Result<i64, String> {
        let text = self.text(row);
        let text = text.strip_suffix(" UTC").unwrap_or(text);
        let zoned = text.parse::<Timestamp>().ok();
        let civil = || TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok();
        zoned
            .or_else(civil)
            .map(Timestamp::as_second)
            .ok_or_else(|| format!("{shown} {text:?} is no time"))
    }
}

fn is_nothing(text: &str) -> bool {
    text.is_empty() || text.eq_ignore_ascii_case("null")
}

/// What a row says of itself, whatever its form.
#[derive(Debug)]
struct Said<'r> {
    /// A code such as `AmazonECS`, or a name.
    service: &'r str,
    /// Whatever tells what was used: usage type, meter, description.
    meter: [&'r str; 3],
    operation: &'r str,
    /// Of what it is so many.
    unit: &'r str,
    resource: &'r str,
}

impl<'r> Said<'r> {
    /// What it is for, and who owns it.
    fn charge(&self) -> (Charge, &'r str) {
        let metered = |part: &str| self.meter.iter().any(|text| text.contains(part));
        match self.service {
            "AmazonECS" | "Amazon Elastic Container Service" if metered("Fargate") => {
                (Charge::Of(Spent::Fargate), cluster(self.resource))
            }
            service if is_ec2(service) && self.is_instance() => {
                (Charge::Of(Spent::Instances), self.last('/'))
            }
            "AWSLambda" | "AWS Lambda" if !metered("Bytes") => {
                (Charge::Of(Spent::Lambda), self.arn(6).unwrap_or_else(|| self.last(':')))
            }
            _ => (Charge::Other, ""),
        }
    }

    /// What of a commitment was not used: one to compute, or to something else.
    fn unused(&self) -> Charge {
        let of_plans =
            self.service.contains("SavingsPlans") || self.service.contains("Savings Plans");
        let other = ["Machine", "SageMaker", "Database"];
        let compute = of_plans && !other.iter().any(|one| self.service.contains(one));
        if compute || is_ec2(self.service) { Charge::Unused } else { Charge::Other }
    }

    /// The last part of what names its resource.
    fn last(&self, separator: char) -> &'r str {
        let last = self.resource.rsplit(separator).next().unwrap_or("");
        if is_nothing(last) { "" } else { last }
    }

    /// A part of its ARN: 3 the region, 4 the account.
    fn arn(&self, part: usize) -> Option<&'r str> {
        let resource = self.resource.strip_prefix("arn:")?;
        resource.split(':').nth(part - 1).filter(|part| !part.is_empty())
    }

    /// Account and region, by its ARN where they are not said.
    fn whose(&self, account: &'r str, region: &'r str) -> (&'r str, &'r str) {
        let or = |text: &'r str, part: usize| {
            if is_nothing(text) { self.arn(part).unwrap_or("") } else { text }
        };
        (or(account, 4), or(region, 3))
    }

    /// Hours of an instance, not what it sends or stores.
    fn is_instance(&self) -> bool {
        let uses = ["BoxUsage", "SpotUsage", "DedicatedUsage"];
        if self.meter.iter().any(|text| uses.iter().any(|one| text.contains(one))) {
            return true;
        }
        let hours = ["hrs", "hours", "hour"].contains(&self.unit.to_ascii_lowercase().as_str());
        hours && self.last('/').starts_with("i-") && self.operation.starts_with("RunInstances")
    }

    fn is_spot(&self) -> bool {
        self.meter.iter().any(|text| text.contains("SpotUsage"))
    }
}

fn is_ec2(service: &str) -> bool {
    ["AmazonEC2", "Amazon Elastic Compute Cloud", "Amazon Elastic Compute Cloud - Compute"]
        .contains(&service)
}

/// Of `arn:aws:ecs:us-east-1:123456789012:task/prod/0123`; older ARNs do not say it.
fn cluster(resource: &str) -> &str {
    let mut parts = resource.split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(start), Some(cluster), Some(_)) if start.ends_with(":task") => cluster,
        _ => "",
    }
}

/// A line, once its time makes sense.
fn line<'r>(
    (from, to): (i64, i64),
    (charge, owner): (Charge, &'r str),
    (account, region): (&'r str, &'r str),
    pico: BilledPico,
) -> Result<Line<'r>, String> {
    const LONGEST_USE: i64 = 32 * 86_400;
    if to < from {
        return Err("ends before it begins".to_owned());
    }
    // Of a moment: some taxes, fees and refunds are.
    let to = to.max(from + 1);
    // What lasts longer than any month was paid at once.
    let charge = match charge {
        Charge::Of(_) | Charge::Other if to - from > LONGEST_USE => Charge::Purchase,
        charge => charge,
    };
    Ok(Some((BilledLine { from, to, charge, account, region, owner }, pico)))
}

/// Prices here are in dollars.
fn in_dollars(currency: &str) -> Result<(), String> {
    if is_nothing(currency) || currency.eq_ignore_ascii_case("USD") {
        return Ok(());
    }
    Err(format!("is in {currency}; prices here are in USD, and so has the bill to be"))
}
