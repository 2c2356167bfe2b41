//! The names of the axioms.

use std::fmt;

use serde::Serialize;

/// A property that an attribution method should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Axiom {
    /// A feature that alone makes the difference gets some attribution.
    SensitivityA,
    /// A feature on which the function doesn't depend gets none.
    SensitivityB,
    /// Two networks that compute the same function get the same attributions.
    ImplementationInvariance,
    /// Attributions sum to the change of the target.
    Completeness,
    /// The attributions of a weighted sum of targets are the weighted sum of their attributions.
    Linearity,
    /// Features that the function treats alike get the same attribution.
    Symmetry,
    /// A constant that is added to the input and taken away by the first layer changes nothing.
    InputShiftInvariance,
}

impl Axiom {
    /// Every axiom, in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::SensitivityA,
        Self::SensitivityB,
        Self::ImplementationInvariance,
        Self::Completeness,
        Self::Linearity,
        Self::Symmetry,
        Self::InputShiftInvariance,
    ];

    /// The name: `implementation invariance`.
    pub fn name(self) -> &'static str {
        match self {
            Self::SensitivityA => "sensitivity (a)",
            Self::SensitivityB => "sensitivity (b)",
            Self::ImplementationInvariance => "implementation invariance",
            Self::Completeness => "completeness",
            Self::Linearity => "linearity",
            Self::Symmetry => "symmetry",
            Self::InputShiftInvariance => "input shift invariance",
        }
    }
}

impl fmt::Display for Axiom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
