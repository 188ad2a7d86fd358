//! Readings into profiles.
//!
//! Pure: whoever reads files hands over names and readings; partial reductions of
//! parts of the data, made anywhere in any order, merge to the same result.

use crate::model::{Profile, Reading};
use std::collections::HashMap;

/// Names with small numbers. Rows of one workload mostly stand together, so the last
/// name is tried first.
#[derive(Clone, Debug, Default)]
pub struct Names {
    known: Vec<String>,
    numbers: HashMap<String, u32>,
    last: u32,
}

impl Names {
    /// The number of a name, given on first sight.
    #[inline]
    pub fn number(&mut self, name: &str) -> u32 {
        if self.known.get(self.last as usize).is_some_and(|last| last == name) {
            return self.last;
        }
        self.look_up(name)
    }

    fn look_up(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            self.last = *number;
        } else {
            self.last = u32::try_from(self.known.len()).expect("under four billion names");
            self.known.push(name.to_owned());
            self.numbers.insert(name.to_owned(), self.last);
        }
        self.last
    }

    #[must_use]
    pub fn name(&self, number: u32) -> &str {
        &self.known[number as usize]
    }

    /// All names, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(String::as_str)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

/// The profiles of many workloads.
#[derive(Clone, Debug, Default)]
pub struct Reduction {
    names: Names,
    profiles: Vec<Profile>,
}

impl Reduction {
    /// Folds one reading in.
    #[inline]
    pub fn add(&mut self, workload: &str, reading: &Reading) {
        self.profile(workload).add(reading);
    }

    #[inline]
    fn profile(&mut self, workload: &str) -> &mut Profile {
        let number = self.names.number(workload) as usize;
        if number == self.profiles.len() {
            self.profiles.push(Profile::default());
        }
        &mut self.profiles[number]
    }

    /// Adds the reduction of another part of the data.
    pub fn merge(&mut self, other: Reduction) {
        for (number, profile) in (0..).zip(other.profiles) {
            let mine = self.profile(other.names.name(number));
            if mine.readings() == 0 { *mine = profile } else { mine.merge(&profile) }
        }
    }

    /// The profiles by name.
    #[must_use]
    pub fn into_profiles(self) -> HashMap<String, Profile> {
        self.names.known.into_iter().zip(self.profiles).collect()
    }
}
