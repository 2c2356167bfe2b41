//! The operations of the intermediate representation, each in the smallest forward pass.

mod activation;
mod base;
mod casts;
mod float_only;
mod int_only;
mod network;
mod numeric;
mod ranking;

use burn::tensor::{Bool, Float, Int};

use super::Family;
use super::inputs::{bool, float, int};

/// The operations, by family.
pub fn cases() -> Vec<Family> {
    let base = [
        base::cases::<Float>(|| float([2, 3, 4])),
        base::cases::<Int>(|| int([2, 3, 4], -9, 9)),
        base::cases::<Bool>(|| bool([2, 3, 4])),
        base::updates(),
        base::updates_of_bools(),
    ];
    let numeric = [
        numeric::cases::<Float>(|| float([2, 3, 4])),
        numeric::cases::<Int>(|| int([2, 3, 4], 1, 9)),
        numeric::of_floats(),
        numeric::of_ints(),
    ];
    let ranking = [
        ranking::cases::<Float>(|| float([2, 3, 4])),
        ranking::cases::<Int>(|| int([2, 3, 4], -99, 99)),
    ];
    let families = [
        ("moving and choosing", base.into_iter().flatten().collect()),
        ("arithmetic", numeric.into_iter().flatten().collect()),
        ("ranking", ranking.into_iter().flatten().collect()),
        ("floats only", float_only::cases()),
        ("integers only", int_only::cases()),
        ("casts", casts::cases()),
        ("network functions", network::cases()),
        ("activation functions", activation::cases()),
    ];
    families.map(|(name, cases)| Family { name, cases }).into()
}
