//! Full gradients on one map of the size of an input.

use burn::tensor::Tensor;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};

use backdraft_graph::Planes;

use crate::attribution::batch_channels_positions;
use crate::cam::upsample::resized;
use crate::gradient::full_grad::bias_gradient::BiasGradient;
use crate::gradient::full_grad::full_gradients::FullGradients;
use crate::inputs::rows::{frames_as_rows, zip};
use crate::inputs::space::only_input_with_space;
use crate::{AnyTensor, Attribution, Error, Inputs, Network};

/// What of a bias is drawn.
pub(super) type Drawn = fn(&BiasGradient) -> &AnyTensor;

/// Keeps a term that is the same everywhere from a division by zero.
const EPSILON: f64 = 1e-6;

/// What to do without a map.
const HELP: &str = ": `FullGradients` has all contributions without a map, and `Inputs::with_constant` holds an input";

/// How contributions are added up on a map.
pub(super) struct Maps {
    pub(super) drawn: Drawn,
    /// Whether every term is brought to the range from zero to one first.
    pub(super) scaled: bool,
}

impl Maps {
    /// The sum of the absolute values of all terms, each summed over its channels and resized to the input.
    pub(super) fn attribution(
        &self,
        method: &str,
        net: &Network,
        inputs: &Inputs,
        full: &FullGradients,
    ) -> Result<Attribution, Error> {
        let (input, planes) = only_input_with_space(inputs, "a map of full gradients", HELP)?;
        let arrangement = planes.channels_first(&full.inputs()[0].shape());
        let arranged = arrangement.apply(&full.inputs()[0]);
        let mut shape = arranged.shape().to_vec();
        let mut map = self.summed(&frames_as_rows(arranged, planes.frames));
        let size = map.shape();
        for bias in full.biases() {
            if let Some(term) = self.term(net, inputs, input, bias) {
                let term = resized(&term, &size, bias.layer(), &between_centers())?;
                map = zip(&map, &term, |map, term| map + term);
            }
        }
        shape[1 + planes.frames] = 1;
        let planes = Planes {
            channels: 1 + planes.frames,
            frames: planes.frames,
        };
        let values = vec![map.reshape_to(shape)];
        let result = Attribution::new(method, full.target(), values, full.scores().to_vec())?;
        Ok(result.with_planes(vec![Some(planes)]))
    }

    /// A bias on the positions of its layer; `None` if they aren't those of the input.
    fn term(
        &self,
        net: &Network,
        inputs: &Inputs,
        input: usize,
        bias: &BiasGradient,
    ) -> Option<AnyTensor> {
        let layout = net
            .layer_map(bias.layer(), inputs.tensors().to_vec())
            .ok()?;
        let positions = layout.positions();
        let is_of_input = positions.iter().all(|it| it.input == input);
        (is_of_input && !positions.is_empty()).then(|| {
            let arranged = layout.arrangement().apply(&(self.drawn)(bias).upcast());
            self.summed(&frames_as_rows(arranged, layout.frames()))
        })
    }

    /// The absolute values of `[rows, channels, positions...]`, summed over the channels.
    fn summed(&self, term: &AnyTensor) -> AnyTensor {
        let mut shape = term.shape().to_vec();
        let sizes = term.reshape(batch_channels_positions(&shape)).abs();
        let sizes = if self.scaled {
            between_zero_and_one(sizes)
        } else {
            sizes
        };
        shape[1] = 1;
        AnyTensor::from(sizes.sum_dim(1)).reshape_to(shape)
    }
}

/// Every sample from zero to one, over all channels together.
fn between_zero_and_one(sizes: Tensor<3>) -> Tensor<3> {
    let least = sizes.clone().min_dim(2).min_dim(1);
    let sizes = sizes - least;
    let most = sizes.clone().max_dim(2).max_dim(1);
    sizes / (most + EPSILON)
}

/// Linear between the middles of a layer's cells.
fn between_centers() -> InterpolateOptions {
    InterpolateOptions::new(InterpolateMode::Bilinear).with_align_corners(false)
}
