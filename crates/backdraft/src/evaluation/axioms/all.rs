//! Every axiom.

use crate::evaluation::axioms::completeness::Completeness;
use crate::evaluation::axioms::implementation_invariance::ImplementationInvariance;
use crate::evaluation::axioms::input_shift_invariance::InputShiftInvariance;
use crate::evaluation::axioms::linearity::Linearity;
use crate::evaluation::axioms::sensitivity_a::SensitivityA;
use crate::evaluation::axioms::sensitivity_b::SensitivityB;
use crate::evaluation::axioms::symmetry::Symmetry;
use crate::evaluation::check::Check;

/// Every axiom with its default options, in the order of reports.
pub fn all<'a>() -> Vec<Box<dyn Check + 'a>> {
    vec![
        Box::new(SensitivityA::new()),
        Box::new(SensitivityB::new()),
        Box::new(ImplementationInvariance::new()),
        Box::new(Completeness::new()),
        Box::new(Linearity::new()),
        Box::new(Symmetry::new()),
        Box::new(InputShiftInvariance::new()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_axiom_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = all().iter().map(|check| check.name().name()).collect();
        assert_eq!(names.len(), all().len());
    }
}
