//! What was found, as a table for people.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::axioms::checked::{Checked, CheckedMethod};
use crate::table::{table, whole};

/// What the axiom and the tolerance take of the width, and the least that a method takes.
const FIRST: usize = 41;
const METHOD: usize = 13;

const LEGEND: &str = "\
passed: no counterexample was found; failed: there is one, as docs/axioms.md says;
failed!: there is one, though the method should keep the axiom; n/a: nothing to compare.
The number is by how much the axiom is missed.";

/// A row for each axiom and a column for each method: as many side by side as there is space for.
pub fn report(checked: &Checked, width: usize) -> String {
    let together = (width.saturating_sub(FIRST) / METHOD).max(1);
    let mut report = String::new();
    for methods in checked.methods.chunks(together) {
        let _ = writeln!(report, "{}\n", colored(&part(methods, width)));
    }
    report + LEGEND
}

fn part(methods: &[CheckedMethod], width: usize) -> String {
    let mut header = vec!["axiom", "tolerance"];
    header.extend(methods.iter().map(|method| method.method));
    let mut table = table(header, width);
    whole(&mut table, 2);
    let axioms = methods.first().map_or(0, |method| method.checks.len());
    for axiom in 0..axioms {
        let checks: Vec<_> = methods.iter().map(|method| &method.checks[axiom]).collect();
        let outcome = &checks[0].outcome;
        let tolerance = outcome
            .judgment
            .as_ref()
            .map(|it| format!("{:.0e}", it.tolerance));
        let mut row = vec![outcome.check.to_string(), tolerance.unwrap_or_default()];
        row.extend(checks.iter().map(ToString::to_string));
        table.add_row(row);
    }
    table.trim_fmt()
}

/// The table with its verdicts in color; cells are measured without it.
fn colored(table: &str) -> String {
    let pieces = table.split_inclusive([' ', '\n']);
    let colored = pieces.map(|piece| {
        let word = piece.trim_end();
        let style = style(word);
        format!("{style}{word}{style:#}{}", &piece[word.len()..])
    });
    colored.collect()
}

fn style(word: &str) -> Style {
    match word {
        "passed" => AnsiColor::Green.on_default(),
        "failed" => AnsiColor::Yellow.on_default(),
        "failed!" => AnsiColor::Red.on_default().bold(),
        "n/a" => Style::new().dimmed(),
        _ => Style::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn color_changes_no_letter() {
        let table = "axiom    a\nlinear   passed 1e-7\ncomplete failed! 1";
        let colored = colored(table);
        assert!(
            colored.contains("\u{1b}[32mpassed\u{1b}[0m 1e-7"),
            "{colored:?}"
        );
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), table);
    }
}
