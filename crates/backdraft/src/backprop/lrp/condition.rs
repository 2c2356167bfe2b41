//! Relevance through some channels of a layer alone.

use std::fmt;
use std::sync::Arc;

use backdraft_graph::{AnyTensor, Rule, RuleMap, Step};
use burn::tensor::Tensor;

use crate::{Error, Network, graph::Layer};

/// Channels of a layer to which relevance is restricted.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) layer: String,
    pub(super) channels: Vec<usize>,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.layer, self.channels)
    }
}

impl Condition {
    /// The rules with the condition.
    pub(super) fn on(&self, net: &Network, rules: RuleMap) -> Result<RuleMap, Error> {
        let layer = net.layer(&self.layer)?;
        let dimension = channels_of(&layer)?;
        let channels = layer.output_shape()[dimension];
        if let Some(channel) = self.channels.iter().find(|&&channel| channel >= channels) {
            return Err(Error::Unknown {
                what: "channel",
                name: channel.to_string(),
                known: format!("layer {} has {channels} of them", layer.name()),
            });
        }
        let applied = net.applied_rules(&rules)?;
        if !applied.iter().any(|row| row.layer() == layer.name()) {
            return Err(Error::InvalidOption {
                option: "condition",
                value: self.layer.clone(),
                requirement: "relevance must pass the layer, and a batch normalization belongs to the layer before it: \
                              name one that `explain_rules` lists",
            });
        }
        let (name, kept) = (layer.name().to_owned(), mask(&self.channels, channels));
        Ok(rules.wrapped(move |node, rule| {
            if node.name() != name {
                return rule;
            }
            let kept = kept.clone();
            Arc::new(Masked {
                rule,
                kept,
                dimension,
            })
        }))
    }
}

/// The dimension of a layer's channels.
fn channels_of(layer: &Layer) -> Result<usize, Error> {
    let words = layer.axes().dimensions().iter().enumerate();
    let mut channels = words.filter(|(_, word)| ["channels", "features"].contains(&word.as_str()));
    match (channels.next(), channels.next()) {
        (Some((dimension, _)), None) => Ok(dimension),
        _ => Err(Error::InvalidOption {
            option: "condition",
            value: format!("{} {}", layer.name(), layer.axes()),
            requirement: "the layer must have one dimension of channels or features",
        }),
    }
}

/// One for each channel that is kept, zero for others.
fn mask(kept: &[usize], channels: usize) -> Vec<f32> {
    let is_kept = |channel| f32::from(u8::from(kept.contains(&channel)));
    (0..channels).map(is_kept).collect()
}

/// A rule for what arrives at some channels.
#[derive(Debug)]
struct Masked {
    rule: Arc<dyn Rule>,
    kept: Vec<f32>,
    /// Where the channels are.
    dimension: usize,
}

impl Rule for Masked {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let shape = gradient.shape();
        let mut per_channel = vec![1; shape.num_dims()];
        per_channel[self.dimension] = self.kept.len();
        let kept = Tensor::<1>::from_floats(&self.kept[..], &gradient.device());
        let kept = AnyTensor::from(kept).cast_like(&gradient);
        let kept = kept.reshape_to(per_channel).expand_to(shape.clone());
        let gradient = AnyTensor::from(gradient.flat() * kept.flat()).reshape_to(shape);
        self.rule.gradient(step, operand, gradient)
    }

    fn folds_normalization(&self) -> bool {
        self.rule.folds_normalization()
    }
}
