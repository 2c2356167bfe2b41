//! What backends do beside Burn's own operations.

// Burn deprecates NdArray and LibTorch in favor of others, but runs them, and so do we.
#![cfg_attr(any(feature = "ndarray", feature = "tch"), allow(deprecated))]
// Without a backend there is nothing to dispatch to.
#![cfg_attr(
    not(any(
        feature = "flex",
        feature = "ndarray",
        feature = "tch",
        feature = "_cube"
    )),
    allow(unused_variables)
)]

pub(crate) mod convolution;
pub(crate) mod error;
pub(crate) mod gelu;
pub(crate) mod list;
pub(crate) mod max_pool;
pub(crate) mod reroute;
pub(crate) mod slope;
pub(crate) mod windows;
