//! Bars as plain text.

use std::fmt::Write;

use super::contributions::Contribution;
use crate::number::signed;

/// The longest name that is written whole.
const NAME: usize = 24;
/// The fewest columns of a bar.
const BAR: usize = 8;

/// A line for every contribution, in so many columns: its name, a bar, its value, and the range within one standard error.
pub(super) fn lines(rows: &[Contribution], columns: usize) -> String {
    let names: Vec<String> = rows.iter().map(|row| short(&row.name)).collect();
    let values: Vec<String> = rows.iter().map(value).collect();
    let longest = |texts: &[String]| texts.iter().map(|text| cells(text)).max();
    let name = longest(&names).unwrap_or(0);
    let taken = name + longest(&values).unwrap_or(0) + 4;
    let room = columns.saturating_sub(taken).max(BAR);
    let most = rows.iter().map(|row| row.value.abs()).fold(0.0, f64::max);
    let mut text = String::new();
    for ((row, own), value) in rows.iter().zip(names).zip(values) {
        let bar = bar(row.value, most, room);
        let gap = " ".repeat(name - cells(&own));
        let line = format!("{own}{gap}  {bar:<room$}  {value}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// As long as the value is large, and light if it speaks against the target.
fn bar(value: f64, most: f64, room: usize) -> String {
    let letter = if value < 0.0 { "░" } else { "█" };
    let part = if most > 0.0 { value.abs() / most } else { 0.0 };
    letter.repeat((part * room as f64).round() as usize)
}

fn value(row: &Contribution) -> String {
    match row.error {
        Some(error) => format!(
            "{} [{}, {}]",
            signed(row.value),
            signed(row.value - error),
            signed(row.value + error)
        ),
        None => signed(row.value),
    }
}

fn short(name: &str) -> String {
    let mut short: String = name
        .chars()
        .map(|it| if it.is_control() { ' ' } else { it })
        .collect();
    if cells(&short) <= NAME {
        return short;
    }
    while cells(&short) >= NAME {
        short.pop();
    }
    format!("{}…", short.trim_end())
}

/// The columns that a text takes: letters of East Asia take two.
fn cells(text: &str) -> usize {
    text.chars()
        .map(|letter| {
            if (0x1100..0x1_0000).contains(&(letter as u32)) && !is_narrow(letter) {
                2
            } else {
                1
            }
        })
        .sum()
}

/// Whether a letter beyond those of Europe and the Middle East is narrow: punctuation, arrows, shapes.
fn is_narrow(letter: char) -> bool {
    ('\u{2000}'..='\u{2e7f}').contains(&letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, value: f64, error: Option<f64>) -> Contribution {
        Contribution {
            name: name.into(),
            value,
            error,
        }
    }

    #[test]
    fn bars_are_as_long_as_values_are_large() {
        let rows = [row("age", 2.0, Some(0.5)), row("city", -1.0, None)];
        let text = lines(&rows, 40);
        let expected = "age   █████████████████  +2 [+1.5, +2.5]\ncity  ░░░░░░░░░          −1\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn long_names_are_cut_and_nothing_is_too_narrow() {
        let rows = [row(&"word ".repeat(9), 0.0, None)];
        let text = lines(&rows, 10);
        assert!(text.starts_with("word word word word wor…"), "{text}");
        assert_eq!(text.lines().count(), 1);
        let wide = [row("年齢", 1.0, None), row("city", 1.0, None)];
        let text = lines(&wide, 20);
        assert_eq!(text, "年齢  ██████████  +1\ncity  ██████████  +1\n");
    }
}
