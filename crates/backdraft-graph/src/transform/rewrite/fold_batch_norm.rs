//! Batch normalization as part of the layer before it.

use crate::Error;
use crate::analysis::batch_norm;
use crate::transform::rewrite::draft::Draft;

pub(super) fn apply(draft: &mut Draft<'_>) -> Result<bool, Error> {
    let mut applied = false;
    // From the end, so that removing an operation doesn't move those still to come.
    for layer in (0..draft.graph.nodes.len()).rev() {
        let readers = draft.graph.readers();
        let Some(norm) = batch_norm::after(draft.graph, &draft.depends, layer, &readers) else {
            continue;
        };
        fold(draft, layer, norm)?;
        let norm = draft.graph.nodes.remove(norm);
        draft.graph.nodes[layer].parameters.extend(norm.parameters);
        applied = true;
    }
    Ok(applied)
}

fn fold(draft: &mut Draft<'_>, position: usize, norm: usize) -> Result<(), Error> {
    let norm = batch_norm::operation(&draft.graph.nodes[norm]);
    let norm = norm.expect("a batch normalization was found").clone();
    let mut layer = draft.linear_layer(position);
    let (weight, bias) = batch_norm::fold(&layer, &norm, |tensor| draft.value(tensor))?;
    layer.weight = draft.constant(weight);
    layer.bias = Some(draft.constant(bias));
    layer.out = norm.out;
    draft.write(position, layer);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::transform::rewrite::testing::{Model, both, capture, layers};
    use crate::{Error, Rewrite, RewriteError};
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
        // Its own 27 parameters and the 12 of the normalization.
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
            Error::Rewrite(RewriteError::NothingToRewrite {
                rewrite: Rewrite::FoldBatchNorm
            })
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
