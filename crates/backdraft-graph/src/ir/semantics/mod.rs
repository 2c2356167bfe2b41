//! What each operation means, a row for each, in a file for each family of Burn's intermediate representation.
//!
//! No match here has a wildcard: when Burn gains an operation, the build stops until it has a row.

pub(crate) mod activation;
pub(crate) mod base;
pub(crate) mod float;
pub(crate) mod module;
pub(crate) mod numeric;
pub(crate) mod operation;
pub(crate) mod refusal;
pub(crate) mod row;
