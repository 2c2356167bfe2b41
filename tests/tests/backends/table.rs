//! The largest differences.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use crate::tolerance::{Part, tolerance};

/// The largest difference of every method, family and axiom on every backend.
#[derive(Default)]
pub struct Table(BTreeMap<(Part, String, &'static str), Row>);

#[derive(Default)]
struct Row {
    cases: usize,
    worst: f64,
    /// Where the worst is.
    at: String,
}

impl Table {
    /// Adds one comparison; NaN is larger than any number.
    pub fn add(&mut self, part: Part, what: &str, backend: &'static str, at: &str, error: f64) {
        let row = self.0.entry((part, what.to_owned(), backend)).or_default();
        row.cases += 1;
        if error.is_nan() || error > row.worst {
            row.worst = error;
            at.clone_into(&mut row.at);
        }
    }

    /// Checks every row.
    ///
    /// # Panics
    ///
    /// If a difference is larger than its tolerance.
    pub fn assert_ok(&self) {
        let failed = self.0.iter().filter(|(key, row)| !row.is_ok(key));
        let failed: Vec<String> = failed
            .map(|((_, what, backend), Row { worst, at, .. })| {
                format!("{what} on {backend}: {worst:.1e} ({at})")
            })
            .collect();
        assert!(failed.is_empty(), "{failed:#?}");
    }
}

impl Row {
    fn is_ok(&self, (part, what, backend): &(Part, String, &'static str)) -> bool {
        self.worst <= tolerance(*part, backend, what)
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut heading = None;
        for (key, row) in &self.0 {
            let (part, what, backend) = key;
            if heading.replace(part) != Some(part) {
                let part = format!("{part:?}").to_lowercase();
                writeln!(
                    f,
                    "\n{part:42} {:9} {:>5}  {:>7}  {:>9}  ok",
                    "backend", "cases", "largest", "tolerance"
                )?;
            }
            let (cases, worst, tolerance) = (row.cases, row.worst, tolerance(*part, backend, what));
            let ok = if row.is_ok(key) { "yes" } else { "NO" };
            write!(
                f,
                "{what:42} {backend:9} {cases:>5}  {worst:>7.1e}  {tolerance:>9.0e}  {ok:3}"
            )?;
            writeln!(f, "  {}", row.at)?;
        }
        Ok(())
    }
}
