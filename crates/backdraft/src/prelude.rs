//! What most programs need: `use backdraft::prelude::*;` brings the captured [`Network`], its [`Inputs`], the trait
//! [`Method`] with the verbs, and the targets. Methods are named by themselves.

pub use crate::{
    Binary, BoxFormat, BoxSide, Class, Classes, Detection, DetectorOutputs, Inputs, LogProbability,
    Margin, Method, Network, Neuron, Region, Score, SequenceLogProbability, SettledScore,
    Similarity, Target, TopClass,
};
