//! Ratios of backdraft's work to the same work written by hand in Burn.
