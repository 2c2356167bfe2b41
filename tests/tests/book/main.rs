//! The book next to the code: pages that are computed, pages that must be complete, and code that is compiled.
//!
//! `BACKDRAFT_REWRITE_DOCS=1 cargo test --release -p backdraft-tests --test book` writes what is computed.

mod aliases;
mod code;
mod errors;
mod llms;
mod reference;
mod sources;
mod summary;
mod tutorial;
