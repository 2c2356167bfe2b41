//! Which axioms a method keeps, and what was measured.

use backdraft::evaluation::{Counterexample, Direction, Judgment, Outcome, Report, Verdict};
use maud::{Markup, html};

use crate::number::{count, number};

pub(super) fn of(reports: &[Report]) -> Markup {
    if reports.is_empty() {
        return Markup::default();
    }
    html! {
        section id="checks" {
            h2 { "Axioms checked" }
            p {
                "Properties that a method has on this problem, or lacks. The slack is the largest violation that was found, relative to what "
                "the check says; up to the tolerance the axiom counts as kept."
            }
            @for report in reports {
                (table(report))
            }
        }
    }
}

fn table(report: &Report) -> Markup {
    html! {
        div.table.wide tabindex="0" role="region" aria-label=(format!("Checks of {}", report.method)) {
            table {
                caption { (report.method) " on " (report.problem) }
                thead {
                    tr {
                        th scope="col" { "Check" }
                        th scope="col" { "Outcome" }
                        th.number scope="col" { "Slack or value" }
                        th.number scope="col" { "Tolerance" }
                        th.number scope="col" { "Cases" }
                        th scope="col" { "What was found" }
                    }
                }
                tbody {
                    @for outcome in &report.checks {
                        (row(outcome))
                    }
                }
            }
        }
    }
}

fn row(outcome: &Outcome) -> Markup {
    match &outcome.judgment {
        Some(judgment) => judged(outcome, judgment),
        None => measured(outcome),
    }
}

fn judged(outcome: &Outcome, judgment: &Judgment) -> Markup {
    let compared = !matches!(judgment.verdict, Verdict::NotApplicable(_));
    let if_compared = |value| {
        if compared {
            number(value)
        } else {
            "–".into()
        }
    };
    html! {
        tr {
            th scope="row" { (outcome.check.name()) }
            td.outcome { strong { (verdict(&judgment.verdict)) } }
            td.number { (if_compared(judgment.slack)) }
            td.number { (if_compared(judgment.tolerance)) }
            td.number { (outcome.cases()) }
            td { (found(judgment)) }
        }
    }
}

fn measured(outcome: &Outcome) -> Markup {
    html! {
        tr {
            th scope="row" { (outcome.check.name()) }
            td { "measured" }
            td.number { (outcome.mean().map_or_else(|| "–".into(), number)) }
            td.number { "–" }
            td.number { (outcome.cases()) }
            td { (better(outcome.direction)) }
        }
    }
}

/// With a sign, for those who look for failures.
fn verdict(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "✓ kept",
        Verdict::Failed => "✗ broken",
        Verdict::NotApplicable(_) => "– doesn't apply",
        Verdict::Cancellation(_) => "? undecided",
    }
}

fn found(judgment: &Judgment) -> String {
    match (&judgment.verdict, &judgment.counterexample) {
        (Verdict::NotApplicable(reason) | Verdict::Cancellation(reason), _) => reason.clone(),
        (_, Some(counterexample)) => example(counterexample),
        (_, None) => format!("No violation in {}.", count(judgment.cases, "comparison")),
    }
}

fn example(it: &Counterexample) -> String {
    let feature = it.feature.as_ref();
    let feature = feature.map_or_else(String::new, |feature| format!(", {feature}"));
    let [found, expected] = [it.found, it.expected].map(number);
    format!(
        "Sample {}{feature}: found {found}, expected {expected}: {}",
        it.sample, it.circumstance
    )
}

fn better(direction: Direction) -> &'static str {
    match direction {
        Direction::Higher => "On average; higher is better.",
        Direction::Lower => "On average; lower is better.",
    }
}
