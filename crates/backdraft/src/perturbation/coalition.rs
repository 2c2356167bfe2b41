//! Which regions are there.

/// The regions that keep their values; the others are replaced.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Coalition {
    /// All but one.
    Without(usize),
    /// Those whose bits are set, of at most 64.
    Bits(u64),
    /// Those whose flags are set.
    Of(Vec<bool>),
    /// All but one, whose values come from other rows of the baseline: for each row the one that it takes them from.
    Shuffled { region: usize, rows: Vec<usize> },
    /// Each to a part: one for a region that keeps its values, zero for one that is replaced.
    Weighted(Vec<f32>),
}

impl Coalition {
    /// None of so many regions.
    pub(crate) fn empty(regions: usize) -> Self {
        Self::Of(vec![false; regions])
    }

    /// Whether a region keeps its values.
    pub(crate) fn keeps(&self, region: usize) -> bool {
        match self {
            Self::Without(other) | Self::Shuffled { region: other, .. } => region != *other,
            Self::Bits(bits) => bits >> region & 1 == 1,
            Self::Of(kept) => kept[region],
            Self::Weighted(weights) => weights[region] >= 1.0,
        }
    }

    /// Whether all of so many regions do.
    pub(crate) fn is_whole(&self, regions: usize) -> bool {
        (0..regions).all(|region| self.keeps(region))
    }
}
