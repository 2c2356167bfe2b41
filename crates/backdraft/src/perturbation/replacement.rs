//! What is replaced, and by what.

use crate::Baseline;
use crate::perturbation::regions::Regions;

/// Regions, and the baseline that takes their place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replacement {
    pub(crate) regions: Regions,
    pub(crate) baseline: Baseline,
}

/// The options of a method that has a `replacement`.
macro_rules! replacement_options {
    () => {
        /// What is replaced together: [`Regions::automatic`](crate::Regions::automatic) by default.
        #[must_use]
        pub fn with_regions(mut self, regions: crate::Regions) -> Self {
            self.replacement.regions = regions;
            self
        }

        /// What regions are replaced by: zeros by default. Of an [average](crate::Baseline::average) or a
        /// [distribution](crate::Baseline::distribution) every baseline is put in their place, and scores are the mean.
        #[must_use]
        pub fn with_baseline(mut self, baseline: crate::Baseline) -> Self {
            self.replacement.baseline = baseline;
            self
        }
    };
}

pub(crate) use replacement_options;
