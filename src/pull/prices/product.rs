//! One product of a price list, the same from the API and from a bulk list.

use serde_json::{Map, Value};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Product {
    pub sku: String,
    pub attributes: Map<String, Value>,
    pub dimensions: Vec<Dimension>,
    /// On-demand terms that the dimensions are of; more than one would be several prices.
    pub terms: usize,
    /// Of the price list: a stamp of fourteen digits.
    pub version: String,
    /// `2026-11-25`.
    pub published: String,
}

/// A price for a range of volume.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Dimension {
    pub from: Option<u64>,
    pub to: Option<u64>,
    /// Currency and decimal string.
    pub price: Option<(String, String)>,
}

impl Product {
    /// A document of the Price List API: text in text.
    pub fn of_document(text: &str) -> Option<Self> {
        let document: Value = serde_json::from_str(text).ok()?;
        let product = &document["product"];
        let terms = document["terms"]["OnDemand"].as_object();
        Some(Product {
            sku: product["sku"].as_str()?.to_owned(),
            attributes: product["attributes"].as_object()?.clone(),
            terms: terms.map_or(0, Map::len),
            dimensions: terms.into_iter().flat_map(Map::values).flat_map(dimensions).collect(),
            version: text_of(&document["version"]),
            published: date_of(&document["publicationDate"]),
        })
    }

    /// All of a bulk list as JSON, in which terms stand under the SKU.
    pub fn all_of_bulk(document: &Value) -> Option<Vec<Self>> {
        let on_demand = &document["terms"]["OnDemand"];
        let product = |(sku, product): (&String, &Value)| {
            let terms = on_demand[sku.as_str()].as_object();
            Some(Product {
                sku: sku.clone(),
                attributes: product["attributes"].as_object()?.clone(),
                terms: terms.map_or(0, Map::len),
                dimensions: terms.into_iter().flat_map(Map::values).flat_map(dimensions).collect(),
                version: text_of(&document["version"]),
                published: date_of(&document["publicationDate"]),
            })
        };
        document["products"].as_object()?.iter().map(product).collect()
    }

    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The usage type, whose spelling differs between the API and bulk files.
    pub fn usage_type(&self) -> &str {
        match self.attribute("usagetype") {
            "" => self.attribute("usageType"),
            found => found,
        }
    }
}

fn dimensions(term: &Value) -> Vec<Dimension> {
    let all = term["priceDimensions"].as_object();
    let mut all: Vec<Dimension> = all.into_iter().flat_map(Map::values).map(dimension).collect();
    all.sort_by_key(|one| one.from);
    all
}

fn dimension(one: &Value) -> Dimension {
    let bound = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
    let price = one["pricePerUnit"].as_object().and_then(|all| {
        let dollars = all.get("USD").map(|price| ("USD".to_owned(), price));
        let (currency, price) = dollars
            .or_else(|| all.iter().next().map(|(currency, price)| (currency.clone(), price)))?;
        Some((currency, price.as_str()?.to_owned()))
    });
    Dimension { from: bound(&one["beginRange"]), to: bound(&one["endRange"]), price }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn date_of(value: &Value) -> String {
    value.as_str().and_then(|text| text.get(..10)).unwrap_or_default().to_owned()
}
