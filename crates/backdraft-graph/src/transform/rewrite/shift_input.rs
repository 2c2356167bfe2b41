//! Inputs that come shifted by a constant, which a first layer undoes.

use burn::backend::ir::{
    NumericOperationIr, OperationIr, ScalarIr, ScalarOpIr, TensorId, TensorIr,
};

use crate::transform::rewrite::draft::Draft;
use crate::{AnyTensor, Error, RewriteError};

pub(super) fn apply(draft: &mut Draft<'_>, by: f64) -> Result<bool, Error> {
    if !by.is_finite() {
        return Err(Error::Rewrite(RewriteError::InfiniteShift { by }));
    }
    let inputs = draft.graph.inputs.clone().into_iter().zip(draft.inputs);
    let floats: Vec<(TensorId, &AnyTensor)> = inputs.filter(|(_, like)| like.is_float()).collect();
    for (position, &(input, like)) in floats.iter().enumerate() {
        shift(draft, position, input, like, by);
    }
    Ok(!floats.is_empty())
}

fn shift(draft: &mut Draft<'_>, position: usize, input: TensorId, like: &AnyTensor, by: f64) {
    let out = draft.tensor(like.shape(), like.dtype());
    draft.graph.redirect(input, out.id);
    let shift = NumericOperationIr::SubScalar(ScalarOpIr {
        lhs: TensorIr {
            id: input,
            ..out.clone()
        },
        rhs: ScalarIr::Float(by),
        out,
    });
    let shift = OperationIr::NumericFloat(like.dtype(), shift);
    let node = draft.layer("input_shift", shift);
    draft.graph.nodes.insert(position, node);
}

#[cfg(test)]
mod tests {
    use crate::transform::rewrite::testing::{Model, capture, images, layers, output};
    use crate::{Error, Network, Rewrite, RewriteError};
    use burn::nn::{Embedding, EmbeddingConfig, Linear};
    use burn::tensor::{Device, Int, Tensor, Tolerance};

    #[test]
    fn shifted_inputs_give_the_outputs_of_before() {
        let net = capture(|m: &Model, x| {
            let read_again = x.clone().mean_dims(&[1, 2, 3]).flatten::<2>(1, 3);
            m.conv.forward(x).flatten(1, 3) + read_again
        });
        let shifted = net.rewritten(Rewrite::ShiftInput { by: 0.75 }).unwrap();
        assert_eq!(
            layers(&shifted)[0],
            ("input_shift".into(), "SubScalar".into())
        );
        for batch in [1, 3] {
            let actual = output(&shifted, images(batch) + 0.75);
            let expected = output(&net, images(batch));
            actual.assert_approx_eq::<f32>(&expected, Tolerance::rel_abs(1e-5, 1e-5));
        }
    }

    #[test]
    fn an_input_that_is_an_output_is_shifted_too() {
        let x = Tensor::<1>::from_data([5.0], &Device::flex());
        let forward = |_: &Vec<Linear>, x: Tensor<1>| (x.clone(), x);
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let shifted = net.rewritten(Rewrite::ShiftInput { by: 2.0 }).unwrap();
        let y: Tensor<1> = shifted.forward(x).unwrap().output().unwrap();
        assert_eq!(y.into_data().iter::<f32>().collect::<Vec<_>>(), [3.0]);
    }

    #[test]
    fn tokens_have_nothing_to_shift() {
        let device = Device::flex();
        let model = EmbeddingConfig::new(3, 2).init(&device);
        let tokens = Tensor::<2, Int>::zeros([1, 2], &device);
        let forward = |m: &Embedding, tokens| m.forward(tokens);
        let net = Network::capture(&model, tokens, forward).unwrap();
        let error = net.rewritten(Rewrite::ShiftInput { by: 1.0 }).unwrap_err();
        assert!(
            matches!(error, Error::Rewrite(RewriteError::NothingToRewrite { .. })),
            "{error}"
        );
    }

    #[test]
    fn a_shift_that_is_no_number_is_refused() {
        let net = capture(|m: &Model, x| m.conv.forward(x).flatten(1, 3));
        let error = net
            .rewritten(Rewrite::ShiftInput { by: f64::NAN })
            .unwrap_err();
        assert!(
            matches!(error, Error::Rewrite(RewriteError::InfiniteShift { .. })),
            "{error}"
        );
    }
}
