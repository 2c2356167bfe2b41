//! Bars of one sample.

use super::contributions::Contribution;
use super::plot::{Words, around, drawn};
use crate::number::{number, signed};

/// A bar for every contribution.
pub(super) fn svg(title: String, subtitle: String, rows: &[Contribution]) -> String {
    let words = Words {
        title,
        subtitle,
        note: "Full bars speak for the target, hollow ones against it; black lines are one standard error to each side.",
    };
    let ends = rows.iter().flat_map(|row| {
        let error = row.error.unwrap_or(0.0);
        [row.value - error, row.value + error]
    });
    let numbers = around(ends.chain([0.0]));
    drawn(&words, rows.len(), numbers, |plot| {
        for (index, row) in rows.iter().enumerate() {
            plot.words(index, &row.name, &value(row))?;
            plot.bar(index, 0.0, row.value)?;
            if let Some(error) = row.error {
                plot.range(index, row.value - error..row.value + error)?;
            }
        }
        plot.upright(0.0)
    })
}

/// An error that is smaller than this part of the value doesn't show in its three digits.
const VISIBLE: f64 = 1e-3;

/// A number, and how exact it is.
fn value(row: &Contribution) -> String {
    let value = signed(row.value);
    match row.error {
        Some(error) if error < VISIBLE * row.value.abs() => format!("{value} ± 0"),
        Some(error) => format!("{value} ± {}", number(error)),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_say_how_exact_they_are() {
        let text = |error| {
            value(&Contribution {
                name: "age".into(),
                value: -2.0,
                error,
            })
        };
        assert_eq!(text(None), "−2");
        assert_eq!(text(Some(0.25)), "−2 ± 0.25");
        assert_eq!(text(Some(1e-9)), "−2 ± 0");
    }
}
