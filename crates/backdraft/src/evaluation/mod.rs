//! Checks of attribution methods on your network, your input and your target: the [axioms] that attributions should
//! obey.
//!
//! A [`Check`] asks one question about a method on a [`Problem`], and its [`Outcome`] has a value for each sample and,
//! for an axiom, a [`Judgment`] with a [`Counterexample`]. A [`Suite`] runs a list of checks; its [`Report`] prints as
//! a table and serializes to JSON, and [`markdown`] compares methods.
//!
//! Some checks choose baselines. So a method is given as a function of its baseline:
//! `|baseline| IntegratedGradients::new().with_baseline(baseline)`, or `|_| Saliency::new()` for one that has none.

pub mod axioms;
mod check;
mod counterexample;
mod error;
mod feature;
mod layout;
mod markdown;
mod name;
mod outcome;
mod problem;
mod report;
mod subject;
mod suite;
#[cfg(test)]
mod testing;

pub use check::Check;
pub use counterexample::Counterexample;
pub use error::EvaluationError;
pub use feature::Feature;
pub use layout::Rows;
pub use markdown::markdown;
pub use name::CheckName;
pub use outcome::{Direction, Judgment, Outcome, Verdict};
pub use problem::Problem;
pub use report::Report;
pub use subject::Subject;
pub use suite::Suite;
