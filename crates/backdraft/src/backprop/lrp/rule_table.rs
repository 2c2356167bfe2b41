//! Which rule each layer gets.

use std::fmt;

use backdraft_graph::AppliedRule;

/// The rule of every operation that relevance passes, in order of execution. It prints as a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleTable(Vec<AppliedRule>);

impl RuleTable {
    pub(super) fn new(rules: Vec<AppliedRule>) -> Self {
        Self(rules)
    }

    /// The rows.
    pub fn rules(&self) -> &[AppliedRule] {
        &self.0
    }

    /// The rule of a layer, as it prints; `None` for a layer that relevance doesn't pass, or that is one with the layer
    /// before it, as a batch normalization is.
    pub fn of(&self, layer: &str) -> Option<&str> {
        let row = self.0.iter().find(|row| row.layer() == layer)?;
        row.rule()
    }
}

impl fmt::Display for RuleTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells = self.0.iter().map(|row| {
            let rule = row.rule().unwrap_or("Derivative");
            [row.layer(), row.op(), rule]
        });
        let rows: Vec<_> = [["layer", "operation", "rule"]]
            .into_iter()
            .chain(cells)
            .collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
        let [layer, op] = [0, 1].map(|column| width(column).unwrap_or(0));
        for [name, operation, rule] in rows {
            writeln!(f, "{name:layer$}  {operation:op$}  {rule}")?;
        }
        Ok(())
    }
}
