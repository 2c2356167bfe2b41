//! What is tried on every model.

use backdraft::graph::LookupError;
use backdraft::{
    AnyTensor, Attribution, DeepLift, Error, GradCam, Inputs, IntegratedGradients, Method, Saliency,
};
use burn::tensor::{Distribution, Tensor};

use crate::numbers::{norm, values};
use crate::stranger::Stranger;

/// Steps of the finite differences: the best one counts, as too small a step drowns in rounding.
const STEPS: [f64; 6] = [3.0, 1.0, 0.3, 0.1, 0.03, 0.01];
const DIRECTIONS: usize = 3;

/// What came out.
pub struct Found {
    pub forward: f64,
    /// The gradient's distance from finite differences, relative to its norm.
    pub gradient: f64,
    /// Why there is no default layer, if there is none.
    pub no_default: Option<String>,
    pub layer: String,
    pub axes: String,
    pub map: String,
    pub integrated: Sum,
    pub deep_lift: Result<Sum, Error>,
}

/// How an attribution sums up.
pub struct Sum {
    /// Relative to the change of the score.
    pub gap: f64,
    /// The sum of absolute values, relative to the change of the score.
    pub size: f64,
}

/// Tries everything; `layer` is looked at where the network has no default layer.
pub fn tried(stranger: &Stranger, layer: Option<&str>) -> Result<Found, Error> {
    let inputs = Inputs::new(stranger.inputs.clone());
    let (net, target) = (&stranger.net, &stranger.target);

    let gradient = Saliency::new().attribute(net, &inputs, target.clone())?;
    let (no_default, cam) = match GradCam::new().attribute(net, &inputs, target.clone()) {
        Ok(cam) => (None, cam),
        Err(error) if is_without_default(&error) && layer.is_some() => {
            let named = GradCam::at(layer.unwrap_or_default());
            let cam = named.attribute(net, &inputs, target.clone())?;
            (Some(error.to_string()), cam)
        }
        Err(error) => return Err(error),
    };
    let layer = cam.layer().unwrap_or_default().to_owned();
    let path = IntegratedGradients::new()
        .with_tolerance(1e-3)
        .with_max_steps(1000);
    let integrated = path.attribute(net, &inputs, target.clone())?;
    let deep_lift = DeepLift::new().attribute(net, &inputs, target.clone());
    Ok(Found {
        forward: stranger.forward,
        gradient: against_differences(stranger, &inputs, &gradient)?,
        no_default,
        axes: net.layer(&layer)?.axes().to_string(),
        map: format!("{:?}", cam.values()[0].shape().as_slice()),
        layer,
        integrated: Sum::of(&integrated),
        deep_lift: deep_lift.map(|found| Sum::of(&found)),
    })
}

fn is_without_default(error: &Error) -> bool {
    use backdraft::graph::Error::Lookup;
    let Error::Graph(Lookup(lookup)) = error else {
        return false;
    };
    matches!(
        lookup,
        LookupError::DensePrediction { .. } | LookupError::NoSpatialLayer
    )
}

/// How far the gradient along random directions is from what the model does there.
fn against_differences(
    stranger: &Stranger,
    inputs: &Inputs,
    gradient: &Attribution,
) -> Result<f64, Error> {
    let at = inputs.floats()?;
    let all: Vec<f64> = gradient.values().iter().flat_map(values).collect();
    // What the derivative along a random direction is expected to be.
    let scale = norm(&all) / (all.len() as f64).sqrt();
    let mut worst: f64 = 0.0;
    for _ in 0..DIRECTIONS {
        let direction = random_direction(&at);
        let along: f64 = (gradient.values().iter().zip(&direction))
            .map(|(gradient, direction)| {
                let direction = values(&direction.clone().into());
                let products = values(gradient).into_iter().zip(direction);
                products.map(|(a, b)| a * b).sum::<f64>()
            })
            .sum();
        let mut best = f64::INFINITY;
        for step in STEPS {
            let moved = |by: f64| {
                let floats = at.iter().zip(&direction).map(|(at, direction)| {
                    let moved = at.flat() + direction.clone().mul_scalar(by);
                    AnyTensor::from(moved).reshape_to(at.shape())
                });
                let inputs = inputs.with_floats(floats.collect());
                stranger.score(inputs.tensors().to_vec())
            };
            let difference = (moved(step)? - moved(-step)?) / (2.0 * step);
            best = best.min((difference - along).abs() / scale);
        }
        worst = worst.max(best);
    }
    Ok(worst)
}

/// A random direction of length one, in all inputs together.
fn random_direction(at: &[AnyTensor]) -> Vec<Tensor<1>> {
    let random = at.iter().map(|tensor| {
        let size = tensor.shape().num_elements();
        Tensor::random([size], Distribution::Normal(0.0, 1.0), &tensor.device())
    });
    let random: Vec<Tensor<1>> = random.collect();
    let all: Vec<f64> = random
        .iter()
        .flat_map(|part| values(&part.clone().into()))
        .collect();
    let length = norm(&all);
    random
        .into_iter()
        .map(|part| part.div_scalar(length))
        .collect()
}

impl Sum {
    fn of(attribution: &Attribution) -> Self {
        let change = attribution.scores()[0]
            - attribution
                .baseline_scores()
                .map_or(0.0, |scores| scores[0]);
        let gap = attribution.gap().map_or(f64::NAN, |gaps| gaps[0].absolute);
        let size: f64 = attribution
            .values()
            .iter()
            .flat_map(values)
            .map(f64::abs)
            .sum();
        let change = f64::from(change).abs();
        Self {
            gap: gap / change,
            size: size / change,
        }
    }
}
