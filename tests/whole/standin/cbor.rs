//! CBOR: requests read into JSON values, answers of many points written by hand.

use ciborium::Value as Cbor;
use serde_json::{Map, Value};

/// A request as a JSON value; times become their number of seconds.
pub(super) fn read(bytes: &[u8]) -> Option<Value> {
    if bytes.is_empty() {
        return Some(Value::Object(Map::new()));
    }
    ciborium::from_reader::<Cbor, _>(bytes).ok().and_then(json)
}

fn json(value: Cbor) -> Option<Value> {
    Some(match value {
        Cbor::Integer(number) => i64::try_from(i128::from(number)).ok()?.into(),
        Cbor::Float(number) => number.into(),
        Cbor::Text(text) => text.into(),
        Cbor::Bool(truth) => truth.into(),
        Cbor::Null => Value::Null,
        Cbor::Tag(1, inner) => json(*inner)?,
        Cbor::Array(items) => items.into_iter().map(json).collect::<Option<Vec<_>>>()?.into(),
        Cbor::Map(pairs) => {
            let pair = |(name, value): (Cbor, Cbor)| Some((name.into_text().ok()?, json(value)?));
            pairs.into_iter().map(pair).collect::<Option<Map<_, _>>>()?.into()
        }
        _ => return None,
    })
}

/// Writes CBOR of definite lengths.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    /// A map of so many pairs, which follow.
    pub(super) fn map(&mut self, pairs: usize) -> &mut Self {
        self.head(0xa0, pairs as u64)
    }

    /// A list of so many items, which follow.
    pub(super) fn list(&mut self, items: usize) -> &mut Self {
        self.head(0x80, items as u64)
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.head(0x60, text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    pub(super) fn number(&mut self, number: f64) -> &mut Self {
        self.0.push(0xfb);
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// A time: tag 1 and the seconds as a double, as the protocol's own examples have it.
    #[expect(clippy::cast_precision_loss, reason = "seconds of any year fit a double")]
    pub(super) fn time(&mut self, epoch: i64) -> &mut Self {
        self.0.push(0xc1);
        self.number(epoch as f64)
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }

    #[expect(clippy::cast_possible_truncation, reason = "the range is matched before")]
    fn head(&mut self, kind: u8, length: u64) -> &mut Self {
        match length {
            0..24 => self.0.push(kind | length as u8),
            24..0x100 => self.0.extend_from_slice(&[kind | 0x18, length as u8]),
            0x100..0x1_0000 => {
                self.0.push(kind | 0x19);
                self.0.extend_from_slice(&(length as u16).to_be_bytes());
            }
            _ => {
                self.0.push(kind | 0x1a);
                self.0.extend_from_slice(&(length as u32).to_be_bytes());
            }
        }
        self
    }
}

#[test]
fn what_is_written_is_read() {
    let mut writer = Writer::default();
    let long = "x".repeat(300);
    writer.map(2).text(&long).list(2).time(1_600_000_000).number(0.125).text("b").list(0);
    let value = read(&writer.finish()).unwrap();
    assert_eq!(value[&long], serde_json::json!([1_600_000_000.0, 0.125]));
    assert_eq!(value["b"], serde_json::json!([]));
}
