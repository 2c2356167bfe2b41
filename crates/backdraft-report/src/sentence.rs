//! What numbers mean, in a sentence.

use backdraft::{Attribution, Conservation, Gap};

use crate::facts::Facts;
use crate::number::{number, percent};

/// From which part of the score's change on values are said to miss it.
const SMALL: f64 = 0.01;

/// Why there is no number for what values add up to.
const CHANGED: &str = "None: the values were changed after the method gave them, so they need not add up to anything.";

/// What the completeness gap means, also that there is none.
pub(crate) fn of_gap(attribution: &Attribution, facts: &Facts) -> String {
    match (facts.gap, attribution.baseline()) {
        (Some(gap), _) => of_number(gap, attribution.option("steps").is_some()),
        (None, Some(_)) => CHANGED.into(),
        (None, None) => {
            "None: the method compares with no baseline, so its values need not add up to anything."
                .into()
        }
    }
}

/// What became of the relevance of the outputs, for a method that propagates it.
pub(crate) fn of_conservation(conservation: Option<Conservation>) -> String {
    let Some(conservation) = conservation else {
        return CHANGED.into();
    };
    let [given, received] = [conservation.given, conservation.received].map(number);
    let arrived = format!("{received} of {given} arrived");
    match conservation.relative() {
        Some(lost) if lost.abs() < SMALL => {
            format!(
                "{arrived}, all but {}: the values add up to the relevance of the outputs.",
                percent(lost.abs())
            )
        }
        Some(lost) if lost > 0.0 => format!(
            "{arrived}: {} were left in biases and stabilizers, so don't read amounts off the map.",
            percent(lost)
        ),
        Some(lost) => format!(
            "{arrived}, {} more than there was: contributions cancel, so don't read amounts off the map.",
            percent(-lost)
        ),
        None => format!("{arrived}: the outputs have no relevance that values could add up to."),
    }
}

fn of_number(gap: Gap, has_steps: bool) -> String {
    let help = if has_steps {
        " More steps make it smaller."
    } else {
        ""
    };
    let absolute = number(gap.absolute);
    match (gap.cancellation, gap.relative.map(f64::abs)) {
        (Some(cancellation), _) => format!("{absolute}, which says nothing: {cancellation}."),
        (None, Some(relative)) if relative < SMALL => format!(
            "{absolute}, or {}: the values add up to what the score changes from the baseline.",
            percent(relative)
        ),
        (None, Some(relative)) => format!(
            "{absolute}, or {}: the values miss what the score changes from the baseline by this part of it, so don't read \
             amounts off the map.{help}",
            percent(relative)
        ),
        (None, None) => format!(
            "{absolute}: the score is nearly the same at the baseline, so there is no change for the values to add up to."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relevance_arrives_is_lost_or_gained() {
        let says = |given, received| of_conservation(Some(Conservation { given, received }));
        assert_eq!(
            says(4.0, 3.98),
            "3.98 of 4 arrived, all but 0.5%: the values add up to the relevance of the outputs."
        );
        assert!(says(4.0, 3.0).starts_with("3 of 4 arrived: 25% were left in biases"));
        assert!(says(-4.0, -3.0).contains("25% were left"));
        assert!(says(4.0, 5.0).starts_with("5 of 4 arrived, 25% more than there was"));
        assert!(says(0.0, 5.0).contains("no relevance"));
        assert!(of_conservation(None).contains("were changed"));
    }

    #[test]
    fn a_gap_is_small_large_or_says_nothing() {
        let says = |sum, score, baseline| of_number(Gap::new(sum, score, baseline), false);
        assert!(says(2.001, 3.0, 1.0).contains("0.05%: the values add up"));
        assert!(says(2.5, 3.0, 1.0).contains("25%: the values miss"));
        let with_steps = of_number(Gap::new(2.5, 3.0, 1.0), true);
        assert!(with_steps.ends_with("off the map. More steps make it smaller."));
        assert!(says(0.5, 1.0, 1.0).contains("nearly the same"));
        let cancellation = backdraft::attribution::Cancellation::of(5e7, 3.0, 1.0);
        let gap = Gap {
            cancellation,
            ..Gap::new(2.0, 3.0, 1.0)
        };
        assert!(of_number(gap, false).starts_with("0, which says nothing: cancellation"));
    }
}
