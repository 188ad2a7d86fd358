//! A bulk price list as CSV, read while it comes: that of EC2 is hundreds of megabytes,
//! of which a few rows are wanted.

use super::product::{Dimension, Product};
use super::wanted::ATTRIBUTES;
use csv::StringRecord;
use serde_json::Map;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use tokio::sync::mpsc::Receiver;

/// Chunks of a file on their way, to be read like one.
pub(super) struct Chunks {
    from: Receiver<Vec<u8>>,
    chunk: Vec<u8>,
    read: usize,
}

impl Chunks {
    pub const fn new(from: Receiver<Vec<u8>>) -> Self {
        Chunks { from, chunk: Vec::new(), read: 0 }
    }
}

impl Read for Chunks {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.read == self.chunk.len() {
            let Some(next) = self.from.blocking_recv() else { return Ok(0) };
            self.chunk = next;
            self.read = 0;
        }
        let count = into.len().min(self.chunk.len() - self.read);
        into[..count].copy_from_slice(&self.chunk[self.read..self.read + count]);
        self.read += count;
        Ok(count)
    }
}

/// Where the columns stand that are read.
struct Columns {
    sku: usize,
    term: usize,
    kind: usize,
    from: usize,
    to: usize,
    price: usize,
    currency: usize,
    attributes: Vec<(&'static str, usize)>,
}

/// Columns and attributes are spelled differently: `Operating System`, `operatingSystem`.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Self, String> {
        let places: BTreeMap<String, usize> =
            header.iter().enumerate().map(|(place, name)| (plain(name), place)).collect();
        let place = |name: &str| {
            places.get(&plain(name)).copied().ok_or_else(|| format!("it has no column {name:?}"))
        };
        let attribute = |name: &&'static str| Some((*name, *places.get(&plain(name))?));
        Ok(Columns {
            sku: place("SKU")?,
            term: place("OfferTermCode")?,
            kind: place("TermType")?,
            from: place("StartingRange")?,
            to: place("EndingRange")?,
            price: place("PricePerUnit")?,
            currency: place("Currency")?,
            attributes: ATTRIBUTES.iter().filter_map(attribute).collect(),
        })
    }
}

/// The products that are wanted, with their on-demand terms.
///
/// # Errors
/// In words, where it is no price list or is damaged.
pub(super) fn products(
    file: impl Read,
    wanted: impl Fn(&Product) -> bool,
) -> Result<Vec<Product>, String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
    let mut row = StringRecord::new();
    let (mut version, mut published) = (String::new(), String::new());
    // Before the header stand a few lines about the list, more or less of them.
    let columns = loop {
        if !reader.read_record(&mut row).map_err(|error| error.to_string())? {
            return Err("it is no price list".to_owned());
        }
        match (row.get(0), row.get(1)) {
            (Some("SKU"), _) => break Columns::of(&row)?,
            (Some("Version"), Some(value)) => value.clone_into(&mut version),
            (Some("Publication Date"), Some(value)) => {
                value.get(..10).unwrap_or_default().clone_into(&mut published);
            }
            _ => {}
        }
    };
    let mut all: BTreeMap<String, (Product, BTreeSet<String>)> = BTreeMap::new();
    while reader.read_record(&mut row).map_err(|error| error.to_string())? {
        let field = |place: usize| row.get(place).unwrap_or_default();
        if field(columns.kind) != "OnDemand" {
            continue;
        }
        let sku = field(columns.sku);
        if !all.contains_key(sku) {
            let product = product(&columns, &row, (&version, &published));
            if !wanted(&product) {
                continue;
            }
            all.insert(sku.to_owned(), (product, BTreeSet::new()));
        }
        let (product, terms) = all.get_mut(sku).expect("it is there by now");
        terms.insert(field(columns.term).to_owned());
        product.terms = terms.len();
        product.dimensions.push(Dimension {
            from: field(columns.from).parse().ok(),
            to: field(columns.to).parse().ok(),
            price: Some((field(columns.currency).to_owned(), field(columns.price).to_owned())),
        });
    }
    let sorted = |(mut product, _): (Product, _)| {
        product.dimensions.sort_by_key(|one| one.from);
        product
    };
    Ok(all.into_values().map(sorted).collect())
}

fn product(columns: &Columns, row: &StringRecord, (version, published): (&str, &str)) -> Product {
    let field = |place: usize| row.get(place).unwrap_or_default();
    let filled = columns.attributes.iter().filter(|(_, place)| !field(*place).is_empty());
    let attributes: Map<_, _> =
        filled.map(|(name, place)| ((*name).to_owned(), field(*place).into())).collect();
    Product {
        sku: field(columns.sku).to_owned(),
        attributes,
        dimensions: Vec::new(),
        terms: 0,
        version: version.to_owned(),
        published: published.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "\"FormatVersion\",\"v1.0\"\n\"Disclaimer\",\"None, really\"\n\
        \"Publication Date\",\"2026-11-20T21:13:08Z\"\n\"Version\",\"20261120211308\"\n\
        \"OfferCode\",\"AmazonEC2\"\n\
        \"SKU\",\"OfferTermCode\",\"TermType\",\"StartingRange\",\"EndingRange\",\"PricePerUnit\",\
        \"Currency\",\"Instance Type\",\"Operating System\",\"Pre Installed S/W\"\n\
        \"A\",\"T1\",\"OnDemand\",\"0\",\"Inf\",\"0.1070000000\",\"USD\",\"m5.large\",\"Linux\",\"NA\"\n\
        \"A\",\"R1\",\"Reserved\",\"\",\"\",\"0.06\",\"USD\",\"m5.large\",\"Linux\",\"NA\"\n\
        \"B\",\"T1\",\"OnDemand\",\"10\",\"Inf\",\"0.2\",\"USD\",\"x\",\"Linux\",\"NA\"\n\
        \"B\",\"T1\",\"OnDemand\",\"0\",\"10\",\"0.3\",\"USD\",\"x\",\"Linux\",\"NA\"\n\
        \"C\",\"T1\",\"OnDemand\",\"0\",\"Inf\",\"9\",\"USD\",\"m5.large\",\"Windows\",\"NA\"\n";

    #[test]
    fn wanted_rows_become_products() {
        let linux = |product: &Product| product.attribute("operatingSystem") == "Linux";
        let all = products(LIST.as_bytes(), linux).unwrap();
        let skus: Vec<&str> = all.iter().map(|one| one.sku.as_str()).collect();
        assert_eq!(skus, ["A", "B"]);
        assert_eq!((all[0].terms, all[0].dimensions.len()), (1, 1), "reserved is no price here");
        assert_eq!(all[0].dimensions[0].price, Some(("USD".into(), "0.1070000000".into())));
        assert_eq!(
            (all[0].version.as_str(), all[0].published.as_str()),
            ("20261120211308", "2026-11-20")
        );
        assert_eq!(all[0].attribute("preInstalledSw"), "NA");
        let tiers: Vec<_> = all[1].dimensions.iter().map(|one| (one.from, one.to)).collect();
        assert_eq!(tiers, [(Some(0), Some(10)), (Some(10), None)]);
    }

    #[test]
    fn what_is_no_price_list_is_said() {
        let none = |text: &str| products(text.as_bytes(), |_| true).unwrap_err();
        assert_eq!(none("<html></html>"), "it is no price list");
        assert!(none("SKU,TermType\nA,OnDemand\n").contains("OfferTermCode"));
    }

    #[test]
    fn chunks_are_read_like_one_file() {
        let (to, from) = tokio::sync::mpsc::channel(1_000);
        for chunk in LIST.as_bytes().chunks(7) {
            to.blocking_send(chunk.to_vec()).unwrap_or_else(|_| unreachable!());
        }
        drop(to);
        assert_eq!(
            products(Chunks::new(from), |_| true).unwrap(),
            products(LIST.as_bytes(), |_| true).unwrap()
        );
    }
}
