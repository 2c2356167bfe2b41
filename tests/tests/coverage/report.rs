//! The table of all rows.

use std::fmt;

use backdraft_tests::coverage::Difference;

use crate::check::Row;

const LEGEND: &str = "\
output, gradient: largest difference from Burn on Flex over two batch sizes; 0 means bit for bit
-: nothing to compare";

pub struct Report {
    pub modules: Vec<Row>,
    pub operations: Vec<Row>,
    /// How many operations of the intermediate representation the rows contain.
    pub recorded: usize,
    pub unreachable: usize,
}

impl Report {
    pub fn failed(&self) -> usize {
        let rows = self.modules.iter().chain(&self.operations);
        rows.filter(|row| !row.failures.is_empty()).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table("module", &self.modules, f)?;
        writeln!(f)?;
        table("operation", &self.operations, f)?;
        writeln!(f)?;
        writeln!(f, "{LEGEND}")?;
        writeln!(
            f,
            "operations of the intermediate representation: {} in rows, {} unreachable",
            self.recorded, self.unreachable
        )?;
        write!(
            f,
            "coverage: {} modules, {} operations, {} failed",
            self.modules.len(),
            self.operations.len(),
            self.failed()
        )
    }
}

fn table(title: &str, rows: &[Row], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(
        f,
        "{title:<46} {:<44} {:>8} {:>8}  ok",
        "recorded operations", "output", "gradient"
    )?;
    for row in rows {
        let ok = if row.failures.is_empty() { "yes" } else { "NO" };
        let [output, gradient] = [row.output, row.gradient].map(cell);
        let (name, ops) = (&row.name, shortened(&row.ops));
        write!(f, "{name:<46} {ops:<44} {output:>8} {gradient:>8}  {ok}")?;
        for text in row
            .notes
            .iter()
            .copied()
            .chain(row.failures.iter().map(String::as_str))
        {
            write!(f, "; {text}")?;
        }
        writeln!(f)?;
    }
    Ok(())
}

fn cell(difference: Option<Difference>) -> String {
    match difference {
        None => "-".into(),
        Some(difference) if difference.is_exact() => "0".into(),
        Some(difference) => format!("{:.0e}", difference.absolute),
    }
}

/// As many operations as fit.
fn shortened(ops: &[String]) -> String {
    let mut width = 0;
    let fits = |op: &&String| {
        width += op.len() + 1;
        width <= 36
    };
    let shown: Vec<&str> = ops.iter().take_while(fits).map(String::as_str).collect();
    let text = shown.join(" ");
    match ops.len() - shown.len() {
        0 => text,
        more => format!("{text} + {more} more"),
    }
}
