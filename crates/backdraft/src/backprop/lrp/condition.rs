//! Relevance through some channels of a layer alone.

use std::fmt;
use std::sync::Arc;

use backdraft_graph::{AnyTensor, Rule, RuleMap, Step};
use burn::tensor::Tensor;

use crate::{Error, Network};

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
        let shape = layer.output_shape();
        let channels = if shape.num_dims() > 1 { shape[1] } else { 0 };
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
            Arc::new(Masked { rule, kept })
        }))
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
}

impl Rule for Masked {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let shape = gradient.shape();
        let mut per_channel = vec![1; shape.num_dims()];
        per_channel[1] = self.kept.len();
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
