//! What can be read off a graph.

pub(crate) mod attention;
pub(crate) mod axes;
pub(crate) mod batch_norm;
pub(crate) mod facts;
pub(crate) mod fusion;
pub(crate) mod gates;
pub(crate) mod last_convolution;
pub(crate) mod linear_layer;
pub(crate) mod map_layer;
pub(crate) mod normalization;
pub(crate) mod pooling;
