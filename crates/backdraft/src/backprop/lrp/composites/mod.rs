//! The composites.

mod epsilon;
