//! How much one visitor, and all of them together, may take.

use std::time::Duration;

/// The most bytes of a request: a photo from a phone has five to ten million.
pub const BODY: usize = 16 << 20;
/// The most pixels of a photo that is decoded.
pub const PIXELS: u64 = 40_000_000;
/// The longer side of the photo that a map is drawn on.
pub const SHOWN_SIDE: u32 = 768;
/// The most points of a path, or random draws.
pub const STEPS: usize = 1000;
/// The most characters of a sentence.
pub const CHARACTERS: usize = 500;
/// How long one explanation may take.
pub const TIME: Duration = Duration::from_mins(1);
/// How long a request may take; streams of events go on.
pub const REQUEST: Duration = Duration::from_secs(30);
/// How many explanations may wait.
pub const WAITING: usize = 200;
/// The most bytes of photos that are kept.
pub const PHOTOS: usize = 64 << 20;
/// The most bytes of results that are kept.
pub const RESULTS: usize = 128 << 20;

/// What the host decides.
#[derive(Clone, Debug)]
pub struct Options {
    /// The most bytes that the process may hold while it explains.
    pub memory: u64,
}

/// A gigabyte.
impl Default for Options {
    fn default() -> Self {
        Self { memory: 1 << 30 }
    }
}
