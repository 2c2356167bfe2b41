//! What the entries of an attribution's file are called.

/// What the metadata of every file says under `format`.
pub(super) const FORMAT: &str = "backdraft attribution";
pub(super) const SCORES: &str = "scores";
pub(super) const RELEVANCE: &str = "relevance";
pub(super) const BASELINE_SCORES: &str = "baseline_scores";
pub(super) const REGIONS: &str = "regions";
pub(super) const REGION_ERRORS: &str = "region_errors";
pub(super) const REGION_NAMES: &str = "region_names";
pub(super) const REGION_FITS: &str = "region_fits";

/// Whether every region has all channels of each position that it has.
pub(super) const WHOLE_CHANNELS: &str = "region_channels_whole";

/// The values of an input or a layer, by position.
pub(super) fn values_name(position: usize) -> String {
    format!("values.{position}")
}
