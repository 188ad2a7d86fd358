//! A batch of rows as plain columns, the same from CSV and from Parquet.

use super::oddities::Oddities;
use crate::model::Code;
use crate::reduce::Names;

/// Which columns of a file are wanted, by their place in it.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub workload: usize,
    /// Nothing where rows carry no time.
    pub at: Option<usize>,
    /// With the name that findings use.
    pub numbers: Vec<(usize, String)>,
}

/// Rows. Inside a batch a value that is absent is NaN and a time that is absent is
/// [`NO_TIME`]; neither leaves this room.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Line (CSV) or row (Parquet) of each row.
    pub lines: Vec<u64>,
    pub workloads: Vec<u32>,
    /// Seconds since 1970.
    pub at: Vec<i64>,
    pub numbers: Vec<Vec<f64>>,
    /// Rows that could not be taken apart; they are counted, and in none of the columns.
    pub torn: u64,
}

pub(super) const NO_TIME: i64 = i64::MIN;
/// A row that names no workload.
pub(super) const NO_WORKLOAD: u32 = u32::MAX;
/// A row whose name nobody could print.
pub(super) const BAD_NAME: u32 = u32::MAX - 1;

impl Batch {
    pub fn new(numbers: usize) -> Self {
        Batch { numbers: vec![Vec::new(); numbers], ..Batch::default() }
    }

    pub fn clear(&mut self) {
        self.lines.clear();
        self.torn = 0;
        self.workloads.clear();
        self.at.clear();
        self.numbers.iter_mut().for_each(Vec::clear);
    }
}

/// What reading a file goes along with.
pub(super) struct Reading<'a> {
    pub names: &'a mut Names,
    pub oddities: &'a mut Oddities,
    /// Rows carry no time: they are numbered.
    pub rows_so_far: i64,
}

impl Reading<'_> {
    /// A workload's number; names that hold control characters are none.
    #[inline]
    pub fn workload(&mut self, name: &str) -> u32 {
        if name.is_empty() {
            NO_WORKLOAD
        } else if name.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            BAD_NAME
        } else {
            self.names.number(name)
        }
    }

    /// A number as it should be: NaN and infinities are counted and absent.
    #[inline]
    pub fn number(&mut self, value: f64, column: &str, line: u64) -> f64 {
        if value.is_finite() {
            return value;
        }
        self.oddities.count(Code::ValueInvalid, column, line);
        f64::NAN
    }

    pub fn absent(&mut self, column: &str, line: u64) -> f64 {
        self.oddities.count(Code::ValueMissing, column, line);
        f64::NAN
    }

    pub fn invalid(&mut self, column: &str, line: u64) -> f64 {
        self.oddities.count(Code::ValueInvalid, column, line);
        f64::NAN
    }
}
