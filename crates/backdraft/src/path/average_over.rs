//! What methods along paths have in common.

use crate::baseline::Average;
use crate::path::along::Along;
use crate::path::path::Path;
use crate::run::batching::{Work, baseline_scores, gradients_plan};
use crate::run::budget;
use crate::targets::ResolvedTarget;
use crate::{AnyTensor, Attribution, Differentiable, Error, Inputs, Plan, Target};

/// What `values` makes of every curve of a path, in so many steps each, averaged over the curves.
pub(crate) fn average_over<M: Differentiable + ?Sized>(
    method: &str,
    path: &(impl Path + ?Sized),
    model: &M,
    inputs: &Inputs,
    target: &dyn Target,
    steps: usize,
    mut values: impl FnMut(&Along<'_, M>, &mut Work) -> Result<Vec<AnyTensor>, Error>,
) -> Result<Attribution, Error> {
    let at_input = ResolvedTarget::at(model, inputs, target)?;
    let curves = path.curves(inputs)?;
    let copies = budget::copies(inputs, || Plan::gradients(model, inputs))?;
    let mut work = Work::new(inputs, copies, steps * curves.len());
    let mut average = Average::new(curves.len());
    for curve in &curves {
        let start = curve.at(0.0);
        check_shapes(inputs, &start)?;
        let start = baseline_scores(model, &inputs.with_floats(start), at_input.target())?;
        let along = Along {
            model,
            target: at_input.target(),
            inputs,
            curve: &**curve,
            scores: (&start, &at_input.scores),
        };
        average.add(&values(&along, &mut work)?, &start);
    }
    if curves.is_empty() {
        return Err(wrong_path(
            "no curves".into(),
            "it needs at least one curve",
        ));
    }
    let result = Attribution::new(method, at_input.name, average.values, at_input.scores)?;
    result.with_baseline(path.baseline(), average.scores)
}

/// What [`average_over`] takes, with so many more tensors of the inputs' size held than the beginnings of the curves.
pub(crate) fn plan_over<M: Differentiable + ?Sized>(
    path: &(impl Path + ?Sized),
    model: &M,
    inputs: &Inputs,
    steps: usize,
    held: usize,
) -> Result<Plan, Error> {
    let curves = path.count();
    let scores = Plan::outputs(model, inputs)?.times(1 + curves);
    let gradients = gradients_plan(model, inputs, steps * curves, (curves + held) as u64)?;
    Ok(scores.then(gradients))
}

/// Refuses a curve whose values aren't like the inputs.
fn check_shapes(inputs: &Inputs, start: &[AnyTensor]) -> Result<(), Error> {
    let shapes = |tensors: &[AnyTensor]| -> Vec<Vec<usize>> {
        tensors
            .iter()
            .map(|tensor| tensor.shape().to_vec())
            .collect()
    };
    let (expected, actual) = (shapes(&inputs.floats()?), shapes(start));
    if actual == expected {
        return Ok(());
    }
    let value = format!("through values of shapes {actual:?} for inputs of shapes {expected:?}");
    Err(wrong_path(value, "its values have the inputs' shapes"))
}

fn wrong_path(value: String, requirement: &'static str) -> Error {
    Error::InvalidOption {
        option: "path",
        value,
        requirement,
    }
}

#[cfg(test)]
mod tests {
    use crate::{AnyTensor, Class, Curve, Error, Inputs, Method, Network, Path, PathIntegral};
    use burn::nn::Linear;
    use burn::tensor::{Device, Tensor};

    /// So many curves that don't move, of these values.
    struct Standing(usize, Tensor<2>);

    impl Path for Standing {
        fn method(&self) -> &'static str {
            "standing"
        }

        fn baseline(&self) -> String {
            "itself".into()
        }

        fn curves(&self, _: &Inputs) -> Result<Vec<Box<dyn Curve>>, Error> {
            let curve = || -> Box<dyn Curve> { Box::new(Self(self.0, self.1.clone())) };
            Ok((0..self.0).map(|_| curve()).collect())
        }
    }

    impl Curve for Standing {
        fn at(&self, _: f64) -> Vec<AnyTensor> {
            vec![self.1.clone().into()]
        }

        fn velocity(&self, _: f64) -> Vec<AnyTensor> {
            vec![self.1.zeros_like().into()]
        }
    }

    fn explain(path: Standing) -> Result<crate::Attribution, Error> {
        let x = Tensor::<2>::from_data([[1.0, 2.0]], &Device::flex());
        let net = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<2>| x)?;
        PathIntegral::along(path).attribute(&net, x, Class(0))
    }

    #[test]
    fn a_path_of_ones_own_has_a_name_and_a_gap() {
        let half = Tensor::<2>::from_data([[0.5, 2.0]], &Device::flex());
        let result = explain(Standing(2, half)).unwrap();
        assert_eq!(
            (result.method(), result.baseline()),
            ("standing", Some("itself"))
        );
        assert_eq!(result.option("steps"), Some("100"));
        assert_eq!(result.gap().unwrap()[0].absolute, -0.5);
    }

    #[test]
    fn curves_of_other_shapes_and_no_curves_are_refused() {
        let wide = Tensor::<2>::zeros([1, 3], &Device::flex());
        let error = explain(Standing(1, wide.clone())).unwrap_err().to_string();
        assert!(
            error.contains("[[1, 3]] for inputs of shapes [[1, 2]]"),
            "{error}"
        );
        let error = explain(Standing(0, wide)).unwrap_err().to_string();
        assert!(error.contains("at least one curve"), "{error}");
    }
}
