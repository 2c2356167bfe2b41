//! Batch normalisation as part of the layer before it.
//!
//! `gamma (W x + b - mean) / sqrt(variance + epsilon) + beta` is `W' x + b'` with
//! `W' = s W`, `b' = s (b - mean) + beta` and `s = gamma / sqrt(variance + epsilon)`.

use burn::backend::ir::{BatchNormOpIr, ModuleOperationIr, OperationIr, TensorIr};
use burn::tensor::Tensor;

use super::draft::Draft;
use super::weighted::{View, Weighted, viewed};
use crate::Error;
use crate::graph::Graph;

pub(super) fn apply(draft: &mut Draft<'_>) -> Result<bool, Error> {
    let mut applied = false;
    // From the end, so that removing an operation doesn't move those still to come.
    for position in (0..draft.graph.nodes.len()).rev() {
        let Some(found) = find(draft.graph, position) else {
            continue;
        };
        let layer = found.layer;
        fold(draft, found)?;
        let norm = draft.graph.nodes.remove(position);
        draft.graph.nodes[layer].parameters.extend(norm.parameters);
        applied = true;
    }
    Ok(applied)
}

struct Found {
    norm: BatchNormOpIr,
    /// The position of the layer before it.
    layer: usize,
    /// The layer's weight by output channel.
    view: View,
}

/// The batch normalisation at `position`, and the layer that nothing else reads.
fn find(graph: &Graph, position: usize) -> Option<Found> {
    let OperationIr::Module(ModuleOperationIr::BatchNorm(norm)) = &graph.nodes[position].op else {
        return None;
    };
    let statistics = [&norm.gamma, &norm.beta, &norm.mean, &norm.variance];
    let fixed = statistics.iter().all(|t| !graph.depends_on_input(t.id));
    let reads = |tensor: &TensorIr| tensor.id == norm.x.id;
    let layer = (graph.nodes.iter()).position(|node| node.output().is_some_and(reads))?;
    let weighted = Weighted::of(graph, layer)?;
    let alone = graph.readers().get(&norm.x.id)?[..] == [position];
    (fixed && alone && weighted.channel_axis() == 1).then_some(Found {
        norm: norm.clone(),
        layer,
        view: weighted.by_output()?,
    })
}

fn fold(draft: &mut Draft<'_>, found: Found) -> Result<(), Error> {
    let Found { norm, layer, view } = found;
    let channels = [view[1]];
    let vector = |draft: &Draft<'_>, tensor| -> Result<Tensor<1>, Error> {
        Ok(draft.value(tensor)?.reshape(channels))
    };
    let deviation = (vector(draft, &norm.variance)? + norm.epsilon.elem::<f64>()).sqrt();
    let scale = vector(draft, &norm.gamma)? / deviation;

    let mut weighted = draft.weighted(layer);
    let weight = draft.value(&weighted.weight)?;
    let factors = scale.clone().reshape([1, view[1], 1]);
    weighted.weight = draft.constant(viewed(&weight, view, |weight| weight * factors));
    let mean = vector(draft, &norm.mean)?;
    let centred = match &weighted.bias {
        Some(bias) => vector(draft, bias)? - mean,
        None => -mean,
    };
    let bias = centred * scale + vector(draft, &norm.beta)?;
    weighted.bias = Some(draft.constant(bias));
    weighted.out = norm.out;
    draft.write(layer, weighted);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::rewrites::testing::{Model, both, capture, layers};
    use crate::{Error, Rewrite};
    use burn::module::{Module, Param};
    use burn::nn::conv::{ConvTranspose1d, ConvTranspose1dConfig};
    use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};
    use burn::tensor::activation::relu;
    use burn::tensor::{Device, Distribution, Tensor, Tolerance};

    #[test]
    fn a_convolution_takes_it_in_and_keeps_its_name() {
        let (net, folded) = both(
            |m: &Model, x| {
                relu(m.norm.forward(m.conv.forward(x)))
                    .mean_dims(&[2, 3])
                    .flatten(1, 3)
            },
            Rewrite::FoldBatchNorm,
        );
        let mut expected = layers(&net);
        expected.retain(|(name, _)| name != "norm");
        assert_eq!(layers(&folded), expected);
        // Its own 27 parameters and the 12 of the normalisation.
        assert_eq!(folded.layer("conv").unwrap().parameter_count(), 39);
    }

    #[test]
    fn a_layer_that_something_else_reads_stays() {
        let net = capture(|m: &Model, x| {
            let x = m.conv.forward(x);
            (m.norm.forward(x.clone()) + x)
                .mean_dims(&[2, 3])
                .flatten(1, 3)
        });
        let error = net.rewritten(Rewrite::FoldBatchNorm).unwrap_err();
        assert!(matches!(
            error,
            Error::NothingToRewrite {
                rewrite: Rewrite::FoldBatchNorm
            }
        ));
    }

    #[derive(Module, Debug)]
    struct Others {
        linear: Linear,
        norm: BatchNorm,
        transposed: ConvTranspose1d,
        norm2: BatchNorm,
    }

    fn norm(channels: usize, device: &Device) -> BatchNorm {
        let mut norm = BatchNormConfig::new(channels).init(device);
        norm.gamma = Param::from_tensor(Tensor::random([channels], Distribution::Default, device));
        norm.beta = Param::from_tensor(Tensor::random([channels], Distribution::Default, device));
        norm
    }

    #[test]
    fn linear_layers_and_transposed_convolutions_take_it_in_too() {
        let device = Device::flex();
        let model = Others {
            linear: LinearConfig::new(4, 6).init(&device),
            norm: norm(6, &device),
            transposed: ConvTranspose1dConfig::new([2, 5], 2)
                .with_bias(false)
                .init(&device),
            norm2: norm(5, &device),
        };
        let x = Tensor::<2>::random([3, 4], Distribution::Default, &device);
        let forward = |m: &Others, x| {
            let x: Tensor<2> = m.norm.forward(m.linear.forward(x));
            let batch = x.dims()[0];
            m.norm2
                .forward(m.transposed.forward(x.reshape([batch, 2, 3])))
        };
        let net = crate::Network::capture(&model, x.clone(), forward).unwrap();
        let folded = net.rewritten(Rewrite::FoldBatchNorm).unwrap();
        let ops: Vec<String> = layers(&folded).into_iter().map(|(_, op)| op).collect();
        assert_eq!(ops, ["Linear", "Reshape", "ConvTranspose1d"]);
        let output = |net: &crate::Network| -> Tensor<3> {
            net.forward(x.clone()).unwrap().output().unwrap()
        };
        let (actual, expected) = (output(&folded).into_data(), output(&net).into_data());
        actual.assert_approx_eq::<f32>(&expected, Tolerance::rel_abs(1e-5, 1e-5));
    }
}
