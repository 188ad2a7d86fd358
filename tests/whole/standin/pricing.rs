//! The Price List: single products, and the files of whole offers.

use super::clock::parse_iso;
use super::estate::World;
use super::failure::Failure;
use super::http::Answer;
use super::pages;
use super::request::{Style, list, text};
use super::serving::unknown;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

const STYLE: Style = Style {
    token: "NextToken",
    size: "MaxResults",
    wrong_size: "InvalidParameterException",
    wrong_token: "InvalidNextTokenException",
};

/// Answers an operation. Prices are the same for every account and region that asks.
pub(super) fn answer(
    world: &World,
    url: &str,
    operation: &str,
    body: &Value,
) -> Result<Value, Failure> {
    match operation {
        "GetProducts" => get_products(world, body),
        "ListPriceLists" => list_price_lists(world, body),
        "GetPriceListFileUrl" => file_url(world, url, body),
        other => Err(unknown(other)),
    }
}

fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("InvalidParameterException", message)
}

fn of_service<'a>(world: &'a World, body: &Value) -> Result<Vec<&'a Value>, Failure> {
    let code = text(body, "ServiceCode").ok_or_else(|| invalid("ServiceCode is required."))?;
    let same = |one: &&Value| text(one, "serviceCode") == Some(code);
    let found: Vec<_> = world.estate.products.iter().filter(same).collect();
    if found.is_empty() {
        let message = format!("The specified service code {code} was not found.");
        return Err(Failure::new("NotFoundException", message));
    }
    Ok(found)
}

fn get_products(world: &World, body: &Value) -> Result<Value, Failure> {
    let filters = list(body, "Filters");
    if filters.len() > 50 {
        return Err(invalid("Filters must have at most 50 members."));
    }
    if text(body, "FormatVersion").is_some_and(|version| version != "aws_v1") {
        return Err(invalid("FormatVersion must be aws_v1."));
    }
    let mut found = Vec::new();
    for product in of_service(world, body)? {
        if matches_all(product, filters)? {
            found.push(Value::from(product.to_string()));
        }
    }
    let scope = pages::scope("GetProducts", "", "", body);
    let mut answer = STYLE.answer(body, scope, ("PriceList", found), (100, 100))?;
    answer["FormatVersion"] = "aws_v1".into();
    Ok(answer)
}

fn matches_all(product: &Value, filters: &[Value]) -> Result<bool, Failure> {
    for filter in filters {
        let value = text(filter, "Value").ok_or_else(|| invalid("Value is required."))?;
        let field = text(filter, "Field").ok_or_else(|| invalid("Field is required."))?;
        let is = field_of(product, field);
        let among = || is.is_some_and(|is| value.split(',').any(|one| one.trim() == is));
        let good = match text(filter, "Type") {
            Some("TERM_MATCH" | "EQUALS") => is == Some(value),
            Some("CONTAINS") => is.is_some_and(|is| is.contains(value)),
            Some("ANY_OF") => among(),
            Some("NONE_OF") => !among(),
            _ => return Err(invalid("Type is not valid.")),
        };
        if !good {
            return Ok(false);
        }
    }
    Ok(true)
}

fn field_of<'a>(document: &'a Value, field: &str) -> Option<&'a str> {
    let product = &document["product"];
    match field {
        "ServiceCode" | "serviceCode" => text(document, "serviceCode"),
        "productFamily" | "sku" => text(product, field),
        _ => product["attributes"].get(field).and_then(Value::as_str),
    }
}

/// The newest version of each region that was published by a time.
fn versions<'a>(products: &[&'a Value], by: i64) -> BTreeMap<&'a str, &'a str> {
    let mut newest = BTreeMap::new();
    for product in products {
        let published = text(product, "publicationDate").and_then(parse_iso).unwrap_or(0);
        let region = field_of(product, "regionCode");
        let version = text(product, "version");
        if let (Some(region), Some(version), true) = (region, version, published <= by) {
            let known = newest.entry(region).or_insert(version);
            *known = (*known).max(version);
        }
    }
    newest
}

#[expect(clippy::cast_possible_truncation, reason = "seconds of any year fit")]
fn list_price_lists(world: &World, body: &Value) -> Result<Value, Failure> {
    let date =
        body["EffectiveDate"].as_f64().ok_or_else(|| invalid("EffectiveDate is required."))?;
    let currency =
        text(body, "CurrencyCode").ok_or_else(|| invalid("CurrencyCode is required."))?;
    let code = text(body, "ServiceCode").unwrap_or_default();
    let wanted = text(body, "RegionCode");
    let products = of_service(world, body)?;
    let found = versions(&products, date as i64)
        .into_iter()
        .filter(|(region, _)| wanted.is_none_or(|wanted| wanted == *region))
        .map(|(region, version)| {
            let path = format!("aws/{code}/{currency}/{version}/{region}");
            json!({
                "PriceListArn": format!("arn:aws:pricing:::price-list/{path}"),
                "RegionCode": region,
                "CurrencyCode": currency,
                "FileFormats": if code == "AWSLambda" { json!(["json"]) } else { json!(["csv", "json"]) },
            })
        });
    let found: Vec<Value> = found.collect();
    if found.is_empty() {
        return Err(Failure::new("ResourceNotFoundException", "There is no such price list."));
    }
    let scope = pages::scope("ListPriceLists", "", "", body);
    STYLE.answer(body, scope, ("PriceLists", found), (100, 100))
}

fn file_url(world: &World, url: &str, body: &Value) -> Result<Value, Failure> {
    let format = text(body, "FileFormat").filter(|format| matches!(*format, "csv" | "json"));
    let Some(format) = format else {
        return Err(invalid("FileFormat must be one of those that were listed."));
    };
    let arn = text(body, "PriceListArn").unwrap_or_default();
    let parts: Vec<&str> = arn.split('/').collect();
    let &[_, "aws", code, _, version, region] = &*parts else {
        return Err(invalid("PriceListArn is not valid."));
    };
    let path = format!("/offers/v1.0/aws/{code}/{version}/{region}/index.{format}");
    match offer(world, code, version, region) {
        Some(_) => Ok(json!({"Url": format!("{url}{path}")})),
        None => Err(Failure::new("ResourceNotFoundException", "There is no such price list.")),
    }
}

/// A file under `/offers/`, without a signature.
pub(super) fn file(world: &World, path: &str) -> Answer {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    if let ["offers", "v1.0", "aws", code, version, region, "index.csv"] = &*parts
        && let Some(document) = offer(world, code, version, region)
    {
        return Answer::new(200, "text/csv", table(&document).into_bytes());
    }
    let found = match &*parts {
        ["offers", "v1.0", "aws", "index.json"] => Some(all_offers(world)),
        ["offers", "v1.0", "aws", code, "current", "region_index.json"] => regions(world, code),
        ["offers", "v1.0", "aws", code, version, region, "index.json"] => {
            offer(world, code, version, region)
        }
        _ => None,
    };
    match found {
        Some(file) => Answer::new(200, "application/json", file.to_string().into_bytes()),
        None => Answer::new(
            403,
            "application/xml",
            b"<Error><Code>AccessDenied</Code></Error>".to_vec(),
        ),
    }
}

/// The same file as CSV: lines about the list, a header, a row for each price.
fn table(offer: &Value) -> String {
    let attributes = [
        ("Instance Type", "instanceType"),
        ("Operating System", "operatingSystem"),
        ("Tenancy", "tenancy"),
        ("Pre Installed S/W", "preInstalledSw"),
        ("CapacityStatus", "capacitystatus"),
        ("MarketOption", "marketoption"),
        ("Volume API Name", "volumeApiName"),
        ("usageType", "usagetype"),
        ("operation", "operation"),
        ("Region Code", "regionCode"),
    ];
    let mut rows = vec![
        vec!["FormatVersion", "v1.0"],
        vec!["Disclaimer", "Made up, for tests."],
        vec!["Publication Date", text(offer, "publicationDate").unwrap_or_default()],
        vec!["Version", text(offer, "version").unwrap_or_default()],
        vec!["OfferCode", text(offer, "offerCode").unwrap_or_default()],
    ];
    let fixed = [
        "SKU",
        "OfferTermCode",
        "RateCode",
        "TermType",
        "StartingRange",
        "EndingRange",
        "Unit",
        "PricePerUnit",
        "Currency",
        "Product Family",
    ];
    rows.push(fixed.into_iter().chain(attributes.map(|(column, _)| column)).collect());
    let whole = |value: &'_ Value| value.as_object().cloned().unwrap_or_default();
    let terms = whole(&offer["terms"]);
    let mut out: Vec<Vec<String>> =
        rows.into_iter().map(|row| row.into_iter().map(str::to_owned).collect()).collect();
    for (sku, product) in whole(&offer["products"]) {
        for (kind, of_kind) in &terms {
            for (term, body) in whole(&of_kind[sku.as_str()]) {
                for (rate, price) in whole(&body["priceDimensions"]) {
                    let money = whole(&price["pricePerUnit"]).into_iter().next();
                    let (currency, amount) = money.unwrap_or_default();
                    let of = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                    let mut row = vec![
                        sku.clone(),
                        term.clone(),
                        rate,
                        kind.clone(),
                        of(&price["beginRange"]),
                        of(&price["endRange"]),
                        of(&price["unit"]),
                        of(&amount),
                        currency,
                        of(&product["productFamily"]),
                    ];
                    row.extend(attributes.map(|(_, name)| of(&product["attributes"][name])));
                    out.push(row);
                }
            }
        }
    }
    let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
    let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n";
    out.iter().map(line).collect()
}

fn products_of<'a>(world: &'a World, code: &str) -> Vec<&'a Value> {
    let same = |one: &&Value| text(one, "serviceCode") == Some(code);
    world.estate.products.iter().filter(same).collect()
}

fn all_offers(world: &World) -> Value {
    let codes: BTreeSet<&str> =
        world.estate.products.iter().filter_map(|one| text(one, "serviceCode")).collect();
    let offers: Map<String, Value> = codes
        .into_iter()
        .map(|code| {
            let path = format!("/offers/v1.0/aws/{code}/current");
            let offer = json!({
                "offerCode": code,
                "currentRegionIndexUrl": format!("{path}/region_index.json"),
            });
            (code.to_owned(), offer)
        })
        .collect();
    json!({"formatVersion": "v1.0", "offers": offers})
}

fn regions(world: &World, code: &str) -> Option<Value> {
    let products = products_of(world, code);
    let regions: Map<String, Value> = versions(&products, i64::MAX)
        .into_iter()
        .map(|(region, version)| {
            let url = format!("/offers/v1.0/aws/{code}/{version}/{region}/index.json");
            (region.to_owned(), json!({"regionCode": region, "currentVersionUrl": url}))
        })
        .collect();
    (!regions.is_empty()).then(|| json!({"formatVersion": "v1.0", "regions": regions}))
}

/// The file of one offer in one region: products by SKU, and terms under the SKU once more.
fn offer(world: &World, code: &str, version: &str, region: &str) -> Option<Value> {
    let all = products_of(world, code);
    let version = match version {
        "current" => *versions(&all, i64::MAX).get(region)?,
        version => version,
    };
    let mut products = Map::new();
    let mut terms: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut published = Value::Null;
    for one in all {
        if field_of(one, "regionCode") != Some(region) || text(one, "version") != Some(version) {
            continue;
        }
        let sku = text(&one["product"], "sku").unwrap_or_default();
        products.insert(sku.to_owned(), one["product"].clone());
        published = one["publicationDate"].clone();
        for (kind, offers) in one["terms"].as_object().into_iter().flatten() {
            terms.entry(kind.clone()).or_default().insert(sku.to_owned(), offers.clone());
        }
    }
    (!products.is_empty()).then(|| {
        json!({
            "formatVersion": "v1.0",
            "disclaimer": "Made up for tests.",
            "offerCode": code,
            "version": version,
            "publicationDate": published,
            "products": products,
            "terms": terms,
        })
    })
}
