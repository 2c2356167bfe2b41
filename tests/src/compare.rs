use std::fmt::{self, Display, Formatter};

/// How far `actual` is from `expected`: `|actual - expected| / |expected|`, with L2 norms.
///
/// Sums are taken in float64. Where all expected values are zero the error is 0 if all actual
/// values are zero too, and infinite otherwise. It is NaN if an actual value is.
///
/// # Panics
/// If the lengths differ.
///
/// # Example
/// ```
/// use backdraft_tests::relative_l2;
///
/// assert_eq!(relative_l2(&[3.0, 5.0], &[3.0, 4.0]), 0.2);
/// ```
pub fn relative_l2(actual: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(actual.len(), expected.len(), "numbers of values to compare");
    let pairs = actual.iter().zip(expected);
    let distance = norm(pairs.map(|(&a, &e)| f64::from(a) - f64::from(e)));
    if distance == 0.0 {
        return 0.0;
    }
    distance / norm(expected.iter().copied().map(f64::from))
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|x| x * x).sum::<f64>().sqrt()
}

/// The error of one case.
#[derive(Debug)]
pub struct Row {
    /// The network's name.
    pub network: String,
    /// The case's key.
    pub case: String,
    /// The error, as [`relative_l2`] has it.
    pub error: f64,
    /// The largest error accepted.
    pub tolerance: f64,
}

impl Row {
    /// Whether the error is within the tolerance; NaN never is.
    pub fn ok(&self) -> bool {
        self.error <= self.tolerance
    }
}

/// The errors of many cases, shown as a table of fixed width.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
}

impl Table {
    /// Adds a case.
    pub fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// One line for the whole table: `parity: 57 cases, 0 failed, worst 1.9e-4 (network/case)`, where the
    /// worst is the largest error.
    ///
    /// # Panics
    /// If there is no case.
    pub fn summary(&self, suite: &str) -> String {
        let larger = |a: &&Row, b: &&Row| a.error.total_cmp(&b.error);
        let worst = self
            .rows
            .iter()
            .max_by(larger)
            .expect("nothing was compared");
        let failed = self.rows.iter().filter(|row| !row.ok()).count();
        format!(
            "{suite}: {} cases, {failed} failed, worst {:.2e} ({}/{})",
            self.rows.len(),
            worst.error,
            worst.network,
            worst.case
        )
    }

    /// Checks every case.
    ///
    /// # Panics
    /// If a case is not within its tolerance, or there is none.
    pub fn assert_ok(&self) {
        assert!(!self.rows.is_empty(), "nothing was compared");
        let failed = self.rows.iter().filter(|row| !row.ok()).count();
        assert!(
            failed == 0,
            "{failed} of {} cases differ:\n{self}",
            self.rows.len()
        );
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let line = |f: &mut Formatter<'_>, cells: [&str; 5]| {
            let [network, case, error, tolerance, ok] = cells;
            writeln!(
                f,
                "{network:<18} {case:<48} {error:>9} {tolerance:>9}  {ok}"
            )
        };
        line(f, ["network", "case", "error", "tolerance", "ok"])?;
        for row in &self.rows {
            let error = format!("{:.2e}", row.error);
            let tolerance = format!("{:.2e}", row.tolerance);
            let ok = if row.ok() { "yes" } else { "NO" };
            line(f, [&row.network, &row.case, &error, &tolerance, ok])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(errors: &[f64]) -> Table {
        let mut table = Table::default();
        for &error in errors {
            table.push(Row {
                network: "net".to_owned(),
                case: "case".to_owned(),
                error,
                tolerance: 1e-5,
            });
        }
        table
    }

    #[test]
    fn the_summary_counts_failures_and_names_the_worst() {
        let summary = table(&[1e-6, 2e-5, f64::NAN]).summary("parity");
        assert_eq!(summary, "parity: 3 cases, 2 failed, worst NaN (net/case)");
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "the values are exact")]
    fn the_error_is_relative_to_the_expected_norm() {
        assert_eq!(relative_l2(&[3.0, 5.0], &[3.0, 4.0]), 0.2);
        assert_eq!(relative_l2(&[0.0, 0.0], &[3.0, 4.0]), 1.0);
        assert_eq!(relative_l2(&[], &[]), 0.0);
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "the values are exact")]
    fn zeros_are_matched_by_zeros_alone() {
        assert_eq!(relative_l2(&[0.0, -0.0], &[0.0, 0.0]), 0.0);
        assert_eq!(relative_l2(&[0.0, 1e-30], &[0.0, 0.0]), f64::INFINITY);
    }

    #[test]
    fn not_a_number_is_never_ok() {
        let error = relative_l2(&[f32::NAN], &[0.0]);
        assert!(error.is_nan());
        assert!(!table(&[error]).rows[0].ok());
    }

    #[test]
    #[should_panic(expected = "numbers of values to compare")]
    fn different_lengths_are_refused() {
        relative_l2(&[1.0], &[1.0, 1.0]);
    }

    #[test]
    fn columns_line_up() {
        let text = table(&[1e-6, 0.5]).to_string();
        let lines: Vec<&str> = text.lines().collect();
        let column = lines[0].find("ok").unwrap();
        assert_eq!(&lines[1][column..], "yes");
        assert_eq!(&lines[2][column..], "NO");
        assert!(lines[2].contains("5.00e-1   1.00e-5"));
    }

    #[test]
    fn cases_at_the_tolerance_pass() {
        table(&[0.0, 1e-5]).assert_ok();
    }

    #[test]
    #[should_panic(expected = "1 of 2 cases differ")]
    fn one_case_beyond_the_tolerance_fails() {
        table(&[0.0, 1.1e-5]).assert_ok();
    }

    #[test]
    #[should_panic(expected = "nothing was compared")]
    fn an_empty_table_fails() {
        table(&[]).assert_ok();
    }
}
