//! What was compared, and what was not: methods by networks.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use backdraft_tests::{Case, Row};

/// For each method and network the number of comparisons and the worst of them.
#[derive(Default)]
pub(crate) struct Summary {
    networks: Vec<String>,
    methods: BTreeMap<String, BTreeMap<String, Cell>>,
    missing: BTreeMap<String, usize>,
    skipped: Vec<String>,
    elsewhere_wrong: usize,
}

/// Several comparisons.
#[derive(Clone, Copy, Default)]
struct Cell {
    count: usize,
    error: f64,
    tolerance: f64,
}

impl Cell {
    fn of(row: &Row) -> Self {
        Self {
            count: 1,
            error: row.error,
            tolerance: row.tolerance,
        }
    }

    /// The worst is the one that takes most of its tolerance.
    fn and(self, other: Self) -> Self {
        let share = |cell: &Self| cell.error / cell.tolerance;
        let worse = match share(&self).total_cmp(&share(&other)) {
            std::cmp::Ordering::Less => other,
            _ => self,
        };
        Self {
            count: self.count + other.count,
            ..worse
        }
    }
}

impl Summary {
    /// Counts a comparison.
    pub(crate) fn add(&mut self, method: &str, row: &Row) {
        if !self.networks.contains(&row.network) {
            self.networks.push(row.network.clone());
        }
        let networks = self.methods.entry(method.to_owned()).or_default();
        let cell = Cell::of(row);
        let network = networks.entry(row.network.clone());
        network.and_modify(|c| *c = c.and(cell)).or_insert(cell);
    }

    /// Counts a case that the library refuses or gets wrong on the network as it is.
    pub(crate) fn count_elsewhere_wrong(&mut self, case: &Case) {
        if case.equivalent_net || case.patched.is_some() {
            self.elsewhere_wrong += 1;
        }
    }

    /// Counts a case of a method that backdraft does not have.
    pub(crate) fn leave_out(&mut self, method: String) {
        *self.missing.entry(method).or_default() += 1;
    }

    /// Counts a comparison for which a fixture lacks a tensor.
    pub(crate) fn skip(&mut self, fixture: &str, case: &str, lacking: &str) {
        self.skipped
            .push(format!("{fixture}/{case} for want of {lacking}"));
    }

    /// The comparisons for which a fixture lacks a tensor.
    pub(crate) fn skipped(&self) -> &[String] {
        &self.skipped
    }

    /// The methods without a counterpart.
    pub(crate) fn missing(&self) -> Vec<&str> {
        self.missing.keys().map(String::as_str).collect()
    }

    fn line(
        &self,
        f: &mut Formatter<'_>,
        name: &str,
        cell: impl Fn(&str) -> String,
        total: [&str; 3],
    ) -> fmt::Result {
        write!(f, "{name:<26}")?;
        for network in &self.networks {
            write!(f, " {:>9}", cell(network))?;
        }
        let [count, worst, tolerance] = total;
        writeln!(f, " {count:>6} {worst:>8} {tolerance:>9}")
    }
}

impl Display for Summary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "number of comparisons, and the difference that takes most of its tolerance"
        )?;
        let heading = ["number", "worst", "tolerance"];
        self.line(f, "", |network| network.chars().take(9).collect(), heading)?;
        for (method, networks) in &self.methods {
            let cell = |network: &str| match networks.get(network) {
                Some(cell) => format!("{} {:.0e}", cell.count, cell.error),
                None => String::new(),
            };
            let total = networks.values().copied().reduce(Cell::and);
            let total = total.unwrap_or_default();
            let numbers = [
                total.count.to_string(),
                format!("{:.1e}", total.error),
                format!("{:.1e}", total.tolerance),
            ];
            let [count, worst, tolerance] = &numbers;
            self.line(f, method, cell, [count, worst, tolerance])?;
        }
        writeln!(
            f,
            "{} of the cases the libraries refuse or get wrong on the network as it is, and were computed there on \
             an equivalent network or with a patch",
            self.elsewhere_wrong
        )?;
        let cases: usize = self.missing.values().sum();
        write!(f, "no counterpart: {cases} cases")?;
        for (method, count) in &self.missing {
            write!(f, ", {method} {count}")?;
        }
        writeln!(f)?;
        write!(f, "skipped: {} comparisons", self.skipped.len())?;
        for skipped in &self.skipped {
            write!(f, ", {skipped}")?;
        }
        writeln!(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(network: &str, error: f64, tolerance: f64) -> Row {
        Row {
            network: network.to_owned(),
            case: "case".to_owned(),
            error,
            tolerance,
        }
    }

    #[test]
    fn the_worst_is_the_one_that_takes_most_of_its_tolerance() {
        let mut summary = Summary::default();
        summary.add("CAM", &row("mlp", 2e-5, 1e-4));
        summary.add("CAM", &row("mlp", 7e-4, 1e-2));
        summary.add("CAM", &row("vit", 3e-4, 1e-3));
        let text = summary.to_string();
        let line = text.lines().find(|line| line.starts_with("CAM")).unwrap();
        let cells: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(
            cells,
            ["CAM", "2", "2e-5", "1", "3e-4", "3", "3.0e-4", "1.0e-3"]
        );
    }

    #[test]
    fn what_was_left_out_is_counted() {
        let mut summary = Summary::default();
        for method in ["LRP", "Occlusion", "LRP"] {
            summary.leave_out(method.to_owned());
        }
        assert_eq!(summary.missing(), ["LRP", "Occlusion"]);
        let text = summary.to_string();
        assert!(text.contains("no counterpart: 3 cases, LRP 2, Occlusion 1"));
    }

    #[test]
    fn what_was_skipped_is_counted_and_named() {
        let mut summary = Summary::default();
        summary.skip("mlp", "saliency/t1", "input/x1");
        assert_eq!(summary.skipped(), ["mlp/saliency/t1 for want of input/x1"]);
        let text = summary.to_string();
        assert!(text.contains("skipped: 1 comparisons, mlp/saliency/t1 for want of input/x1"));
    }
}
