//! What was found, as a table for people.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use comfy_table::{ColumnConstraint, Width};

use crate::axioms::checked::{Checked, CheckedMethod};
use crate::table::{table, whole};

/// What axiom and tolerance take of the width.
const FIRST: usize = 39;
/// The space around a cell.
const SPACE: usize = 3;
/// The longest word of a cell.
const WORD: usize = 7;

const LEGEND: &str = "\
passed: no counterexample was found; failed: there is one, as docs/axioms.md says;
failed!: there is one, though the method should keep the axiom; n/a: nothing to compare.
The number is by how much the axiom is missed.";

/// A row for each axiom and a column for each method: as many side by side as there is space for.
pub fn report(checked: &Checked, width: usize) -> String {
    let mut report = String::new();
    let mut rest = checked.methods.as_slice();
    while !rest.is_empty() {
        let (methods, others) = rest.split_at(together(rest, width));
        let _ = writeln!(report, "{}\n", colored(&part(methods, width)));
        rest = others;
    }
    report + LEGEND
}

/// How many of the methods there is space for.
fn together(methods: &[CheckedMethod], width: usize) -> usize {
    let ends = methods.iter().scan(FIRST, |end, method| {
        *end += method.method.len().max(WORD) + SPACE;
        Some(*end)
    });
    ends.take_while(|end| *end <= width).count().max(1)
}

fn part(methods: &[CheckedMethod], width: usize) -> String {
    let mut header = vec!["axiom", "tolerance"];
    header.extend(methods.iter().map(|method| method.method));
    let mut table = table(header, width);
    whole(&mut table, 2);
    for (column, method) in table.column_iter_mut().skip(2).zip(methods) {
        column.set_constraint(name_stays_whole(method.method));
    }
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

fn name_stays_whole(name: &str) -> ColumnConstraint {
    let least = name.len().max(WORD) + SPACE - 1;
    ColumnConstraint::LowerBoundary(Width::Fixed(least as u16))
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
    fn as_many_methods_as_fit_stand_side_by_side() {
        let methods = ["saliency", "guided-backprop", "deep-lift"].map(|method| CheckedMethod {
            method,
            checks: Vec::new(),
        });
        for (width, together_at) in [(10, 1), (79, 2), (80, 3), (200, 3)] {
            assert_eq!(together(&methods, width), together_at, "{width}");
        }
    }

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
