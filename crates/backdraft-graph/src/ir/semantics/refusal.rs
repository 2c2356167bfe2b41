//! Why operations can't be replayed.

pub(super) const RANDOM: &str =
    "it draws random numbers, so the same input gives another output every time";
pub(super) const GRADIENT: &str =
    "it is a step of a backward pass, and networks are captured in inference";
pub(super) const CUSTOM: &str = "it is a custom operation whose meaning is unknown here";
pub(super) const DISTRIBUTED: &str = "it communicates between devices";
pub(super) const QUANTIZED: &str = "quantized tensors are not supported";
pub(super) const UNDEFINED: &str = "Burn has no such operation for tensors of this kind";
pub(super) const LIFETIME: &str = "it manages memory and computes nothing";
