//! Bits.

use burn::tensor::{Int, Tensor};

use crate::coverage::case::{Case, op};
use crate::coverage::inputs::int;

type T = Tensor<2, Int>;

pub fn cases() -> Vec<Case> {
    let any = || int([2, 4], -99, 99);
    let few = || int([2, 4], 0, 5);
    vec![
        op("bitwise_and", [any(), any()], |(x, y): (T, T)| {
            x.bitwise_and(y)
        }),
        op("bitwise_and_scalar", [any()], |x: T| {
            x.bitwise_and_scalar(13)
        }),
        op("bitwise_or", [any(), any()], |(x, y): (T, T)| {
            x.bitwise_or(y)
        }),
        op("bitwise_or_scalar", [any()], |x: T| x.bitwise_or_scalar(13)),
        op("bitwise_xor", [any(), any()], |(x, y): (T, T)| {
            x.bitwise_xor(y)
        }),
        op("bitwise_xor_scalar", [any()], |x: T| {
            x.bitwise_xor_scalar(13)
        }),
        op("bitwise_not", [any()], |x: T| x.bitwise_not()),
        op("bitwise_left_shift", [few(), few()], |(x, y): (T, T)| {
            x.bitwise_left_shift(y)
        }),
        op("bitwise_left_shift_scalar", [few()], |x: T| {
            x.bitwise_left_shift_scalar(3)
        }),
        op("bitwise_right_shift", [any(), few()], |(x, y): (T, T)| {
            x.bitwise_right_shift(y)
        }),
        op("bitwise_right_shift_scalar", [any()], |x: T| {
            x.bitwise_right_shift_scalar(3)
        }),
    ]
}
