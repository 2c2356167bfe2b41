//! The axioms: the table of `docs/axioms.md`, and the worked examples of the literature.
//!
//! `cargo test --release -p backdraft-tests --test axioms -- --nocapture` prints every report.

mod literature;
mod table;
