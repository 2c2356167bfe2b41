//! What an axiom is called.

use crate::evaluation::name::CheckName;

/// The name of an axiom, and which random numbers are its own.
#[derive(Clone, Copy)]
pub(super) struct Axiom {
    name: &'static str,
    stream: usize,
}

impl Axiom {
    /// Axioms with the same `stream` draw the same random numbers.
    pub(super) const fn new(name: &'static str, stream: usize) -> Self {
        Self { name, stream }
    }

    pub(super) fn name(self) -> CheckName {
        CheckName::Axiom(self.name)
    }

    pub(super) fn stream(self) -> usize {
        self.stream
    }
}
