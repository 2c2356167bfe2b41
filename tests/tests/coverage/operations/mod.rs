//! The operations of the intermediate representation, each in the smallest forward pass.

mod activation;
mod base;
mod casts;
mod float_only;
mod int_only;
mod network;
mod numeric;
mod ranking;

use crate::case::Case;
use crate::inputs::{bool, float, int};
use burn::tensor::{Bool, Float, Int};

pub fn cases() -> Vec<Case> {
    let families = [
        base::cases::<Float>(|| float([2, 3, 4])),
        base::cases::<Int>(|| int([2, 3, 4], -9, 9)),
        base::cases::<Bool>(|| bool([2, 3, 4])),
        base::updates(),
        base::updates_of_bools(),
        numeric::cases::<Float>(|| float([2, 3, 4])),
        numeric::cases::<Int>(|| int([2, 3, 4], 1, 9)),
        numeric::of_floats(),
        numeric::of_ints(),
        ranking::cases::<Float>(|| float([2, 3, 4])),
        ranking::cases::<Int>(|| int([2, 3, 4], -99, 99)),
        float_only::cases(),
        int_only::cases(),
        casts::cases(),
        network::cases(),
        activation::cases(),
    ];
    families.into_iter().flatten().collect()
}
