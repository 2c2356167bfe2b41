//! A waterfall: from the score at the baseline to that of the sample.

use super::contributions::Contribution;
use super::plot::{Words, around, drawn};
use crate::number::{number, signed};

/// Less of the way than this isn't shown as a step of its own.
const VISIBLE: f64 = 0.002;

/// Where a waterfall begins and ends.
pub(super) struct Ends {
    pub(super) baseline: String,
    pub(super) from: f64,
    pub(super) to: f64,
}

/// Step by step from one end to the other.
pub(super) fn svg(title: String, subtitle: String, rows: &[Contribution], ends: &Ends) -> String {
    let words = Words {
        title,
        subtitle,
        note: "Every bar begins where the one above it ends. Full bars raise the score, hollow ones lower it.",
    };
    let steps = with_rest(rows, ends);
    let mut reached = vec![ends.from];
    for step in &steps {
        reached.push(reached[reached.len() - 1] + step.value);
    }
    let total = steps.len() + 2;
    drawn(&words, total, around(reached.iter().copied()), |plot| {
        plot.words(
            0,
            &format!("score at {}", ends.baseline),
            &number(ends.from),
        )?;
        plot.mark(0, ends.from)?;
        plot.step(0, ends.from)?;
        for (index, step) in steps.iter().enumerate() {
            plot.words(index + 1, &step.name, &signed(step.value))?;
            plot.bar(index + 1, reached[index], reached[index + 1])?;
            plot.step(index + 1, reached[index + 1])?;
        }
        plot.words(total - 1, "score of the sample", &number(ends.to))?;
        plot.mark(total - 1, ends.to)
    })
}

/// The steps, and what they leave of the way, if they leave anything.
fn with_rest(rows: &[Contribution], ends: &Ends) -> Vec<Contribution> {
    let mut steps = rows.to_vec();
    let sum: f64 = rows.iter().map(|row| row.value).sum();
    let rest = ends.to - ends.from - sum;
    let longest = rows.iter().map(|row| row.value.abs()).fold(0.0, f64::max);
    if rest.abs() > VISIBLE * longest.max((ends.to - ends.from).abs()) {
        steps.push(Contribution {
            name: "not explained".into(),
            value: rest,
            error: None,
        });
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: f64) -> Contribution {
        Contribution {
            name: "a".into(),
            value,
            error: None,
        }
    }

    #[test]
    fn what_steps_leave_of_the_way_is_a_step() {
        let ends = Ends {
            baseline: "zeros".into(),
            from: 1.0,
            to: 4.0,
        };
        assert_eq!(with_rest(&[row(2.0), row(1.0)], &ends).len(), 2);
        let rest = with_rest(&[row(2.0)], &ends);
        assert_eq!(
            (rest[1].name.as_str(), rest[1].value),
            ("not explained", 1.0)
        );
    }
}
