//! The second folder of reference numbers, whose cases stand on the first one's networks.

mod case;
mod fixture;

pub use case::SecondCase;
pub use fixture::SecondFixture;
