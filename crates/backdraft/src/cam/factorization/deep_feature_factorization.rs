//! Deep Feature Factorization.

use burn::tensor::Tensor;

use crate::attribution::batch_channels_positions;
use crate::cam::evidence::{Evidence, evidence, evidence_plan, layer_values};
use crate::cam::factorization::feature_factors::{FeatureFactors, MapForm};
use crate::cam::factorization::non_negative::{Effort, Matrix, improve, random};
use crate::cam::layer_map::LayerMap;
use crate::method::prepared;
use crate::{AnyTensor, Attribution, Error, Inputs, Method, Network, Plan, Target, TokenLayout};

/// Deep Feature Factorization: a layer's activation as a sum of few concepts, each with a map of where it is.
///
/// With the activation of a batch as a matrix `V` of shape `[channels, samples and positions]`, from which every channel's least
/// value is taken off so that nothing is negative,
///
/// ```text
/// V ≈ W H,   W >= 0 of shape [channels, concepts],   H >= 0 of shape [concepts, samples and positions]
/// ```
///
/// Collins, Achanta & Süsstrunk, [*Deep Feature Factorization For Concept
/// Discovery*](https://arxiv.org/abs/1806.10206), ECCV 2018. What is alike gets the same concept, also across the images of a
/// batch: that is [`factorize`](Self::factorize), which needs no target. The factorization is found by coordinate descent in the
/// order of scikit-learn.
///
/// As a [`Method`] it explains a target by the concept that contributes most to it, `sum of dF/dA · W_k H_k`, and factorizes
/// each sample by itself.
///
/// | option | default |
/// |---|---|
/// | layer | the [last activation with spatial extent](crate::Network::last_spatial_layer) |
/// | [`with_concepts`](Self::with_concepts) | 5 |
/// | [`with_seed`](Self::with_seed) | 0 |
/// | [`with_initial`](Self::with_initial) | none: drawn |
/// | [`with_iterations`](Self::with_iterations) | 200 |
/// | [`with_tolerance`](Self::with_tolerance) | 1e-4 |
/// | [`with_tokens`](Self::with_tokens) | none: positions are in their places |
///
/// ```
/// use backdraft::{DeepFeatureFactorization, Network};
/// # use burn::module::Module;
/// # use burn::nn::conv::{Conv2d, Conv2dConfig};
/// # use burn::tensor::{Device, Distribution, Tensor, activation::relu};
/// # #[derive(Module, Debug)]
/// # struct Model { conv: Conv2d }
/// # impl Model {
/// #     fn forward(&self, x: Tensor<4>) -> Tensor<2> {
/// #         relu(self.conv.forward(x)).mean_dim(3).mean_dim(2).flatten(1, 3)
/// #     }
/// # }
/// # let device = Device::default();
/// # let model = Model { conv: Conv2dConfig::new([3, 5], [3, 3]).init(&device) };
/// # let images = Tensor::<4>::random([2, 3, 8, 8], Distribution::Default, &device);
/// let net = Network::capture(&model, images.clone(), Model::forward)?;
/// let factors = DeepFeatureFactorization::at("relu").with_concepts(3).factorize(&net, images)?;
/// assert_eq!(factors.concepts().dims(), [3, 5]);
/// for concept in 0..factors.count() {
///     let map = factors.map(concept)?;
///     assert_eq!(map.values()[0].shape().as_slice(), [2, 1, 6, 6]);
/// }
/// # Ok::<(), backdraft::Error>(())
/// ```
#[doc(alias = "NMF")]
#[derive(Clone, Debug)]
pub struct DeepFeatureFactorization {
    map: LayerMap,
    concepts: usize,
    seed: u64,
    initial: Option<[Matrix; 2]>,
    effort: Effort,
}

impl Default for DeepFeatureFactorization {
    fn default() -> Self {
        Self {
            map: LayerMap::default(),
            concepts: 5,
            seed: 0,
            initial: None,
            effort: Effort {
                iterations: 200,
                tolerance: 1e-4,
            },
        }
    }
}

impl DeepFeatureFactorization {
    /// At the last activation with spatial extent; with [tokens](Self::with_tokens) at the
    /// [last token layer](crate::Network::last_token_layer).
    pub fn new() -> Self {
        Self::default()
    }

    /// At the output of a layer, or of the module with this path.
    pub fn at(layer: impl Into<String>) -> Self {
        let mut method = Self::new();
        method.map.layer = Some(layer.into());
        method
    }

    /// How many concepts there are.
    #[must_use]
    pub fn with_concepts(mut self, concepts: usize) -> Self {
        self.concepts = concepts;
        self
    }

    /// What the factors that are drawn to begin with depend on.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The factors to begin with: `[channels, concepts]` and `[concepts, samples and positions]`.
    #[must_use]
    pub fn with_initial(mut self, weights: &Tensor<2>, strengths: &Tensor<2>) -> Self {
        self.concepts = weights.dims()[1];
        self.initial = Some([
            matrix(weights.clone()),
            matrix(strengths.clone().transpose()),
        ]);
        self
    }

    /// How often the factors are improved at most.
    #[must_use]
    pub fn with_iterations(mut self, iterations: usize) -> Self {
        self.effort.iterations = iterations;
        self
    }

    /// The part of the first iteration's gradients at which it ends.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.effort.tolerance = tolerance;
        self
    }

    /// Reads the layer as a token sequence `[batch, tokens, features]`: features are the channels, and patches the positions.
    #[must_use]
    pub fn with_tokens(mut self, tokens: TokenLayout) -> Self {
        self.map.tokens = Some(tokens);
        self
    }

    /// The concepts of all samples together, and their maps.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidOption`] if there is no concept, or the tolerance is no number; [`Error::WrongShape`] if initial
    /// factors don't fit the layer; otherwise as for [`Method::attribute`].
    pub fn factorize(
        &self,
        net: &Network,
        inputs: impl Into<Inputs>,
    ) -> Result<FeatureFactors, Error> {
        let inputs = prepared(net, inputs)?;
        let layer = match self.map.named(net)? {
            Some(layer) => layer,
            None => net.last_spatial_layer()?,
        };
        let tokens = self.map.tokens.as_ref();
        let (values, layout) = layer_values(net, &inputs, layer.name(), tokens)?;
        let form = MapForm::new(&values, layout, &inputs);
        self.factors(layer.name(), &values, form)
    }

    /// The factors of `[rows, channels, positions...]`.
    fn factors(
        &self,
        layer: &str,
        values: &AnyTensor,
        form: MapForm,
    ) -> Result<FeatureFactors, Error> {
        let flat = batch_channels_positions(&values.shape());
        let [rows, channels, positions] = flat;
        let columns = rows * positions;
        let by_channel = values.reshape(flat).swap_dims(0, 1);
        let mut matrix = matrix(by_channel.reshape([channels, columns]));
        let least = take_off_least(&mut matrix);
        let mut factors = self.initial(&matrix)?;
        improve(&matrix, &mut factors, self.effort);
        let residual = residual(&matrix, &factors);
        Ok(FeatureFactors::new(layer, factors, least, residual, form))
    }

    fn initial(&self, matrix: &Matrix) -> Result<[Matrix; 2], Error> {
        if self.concepts == 0 {
            return Err(Error::InvalidOption {
                option: "concepts",
                value: "0".into(),
                requirement: "there must be at least one",
            });
        }
        if self.effort.tolerance.is_nan() {
            return Err(Error::InvalidOption {
                option: "tolerance",
                value: "NaN".into(),
                requirement: "it must be a number",
            });
        }
        let Some(given) = &self.initial else {
            return Ok(random(matrix, self.concepts, self.seed));
        };
        let (size, columns) = (matrix.values.len(), matrix.columns);
        let sizes = [size / columns, columns].map(|rows| rows * self.concepts);
        let fits = given
            .iter()
            .zip(sizes)
            .all(|(it, size)| it.values.len() == size);
        let is_positive = |it: &Matrix| {
            it.values
                .iter()
                .all(|value| *value >= 0.0 && value.is_finite())
        };
        if fits && given.iter().all(is_positive) {
            return Ok(given.clone());
        }
        let shape =
            |it: &Matrix| format!("[{}, {}]", it.values.len() / it.columns.max(1), it.columns);
        Err(Error::WrongShape {
            what: "a factorization",
            needs: "initial factors [channels, concepts] and [concepts, samples and positions] without negative numbers",
            shape: format!("{} and {} (transposed)", shape(&given[0]), shape(&given[1])),
            help: "",
        })
    }
}

fn matrix(tensor: Tensor<2>) -> Matrix {
    let [_, columns] = tensor.dims();
    Matrix::new(tensor.into_data().iter::<f64>().collect(), columns)
}

/// Takes the least value off every row, and says what it was.
fn take_off_least(matrix: &mut Matrix) -> Vec<f64> {
    let rows = matrix.values.chunks_mut(matrix.columns);
    let take_off = |row: &mut [f64]| {
        let least = row.iter().copied().fold(f64::INFINITY, f64::min);
        for value in row {
            *value -= least;
        }
        least
    };
    rows.map(take_off).collect()
}

/// The length of the matrix without the product of the factors, as a part of its own.
fn residual(matrix: &Matrix, [weights, strengths]: &[Matrix; 2]) -> f64 {
    let mut squares = [0.0, 0.0];
    for (row, weights) in matrix.rows().zip(weights.rows()) {
        for (value, strengths) in row.iter().zip(strengths.rows()) {
            let product: f64 = weights.iter().zip(strengths).map(|(w, h)| w * h).sum();
            squares[0] += (value - product).powi(2);
            squares[1] += value.powi(2);
        }
    }
    if squares[1] > 0.0 {
        (squares[0] / squares[1]).sqrt()
    } else {
        0.0
    }
}

/// Values of shape `[batch, 1, positions...]`: for each sample the map of the concept that contributes most to the target.
impl Method for DeepFeatureFactorization {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let layer = self.map.layer(net, inputs, target)?;
        let tokens = self.map.tokens.as_ref();
        let Evidence {
            activation: seen,
            gradient,
        } = evidence(net, inputs, target, layer.name(), tokens)?;
        let form = MapForm::new(&seen.values, seen.layout.clone(), inputs);
        let each = seen.values.shape()[0] / inputs.rows();
        let mut strengths = Vec::new();
        for sample in 0..inputs.rows() {
            let rows = sample * each..(sample + 1) * each;
            let values = seen.values.rows(rows.clone());
            let factors = self.factors(layer.name(), &values, form.clone())?;
            strengths.extend(strongest(&factors, &gradient.rows(rows)));
        }
        let map = form.map(strengths);
        let result = Attribution::new(
            "deep-feature-factorization",
            seen.target,
            vec![map],
            seen.scores,
        )?;
        Ok(result
            .with_layer(layer.name())
            .with_planes(vec![Some(form.layout.planes())])
            .with_places(form.places)
            .with_option("concepts", self.concepts)
            .with_option("seed", self.seed))
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        self.map.planned(net, inputs, |layer| {
            evidence_plan(net, inputs, layer.name(), self.map.tokens.as_ref())
        })
    }
}

/// The strengths of the concept that contributes most, with the gradient `[rows, channels, positions...]`.
fn strongest(factors: &FeatureFactors, gradient: &AnyTensor) -> Vec<f64> {
    let flat = batch_channels_positions(&gradient.shape());
    let [rows, channels, positions] = flat;
    let by_channel = gradient.reshape(flat).swap_dims(0, 1);
    let gradient = matrix(by_channel.reshape([channels, rows * positions]));
    // Of every channel the gradient times the strengths of the concepts.
    let pulls = gradient.times(&factors.strengths);
    let contribution = |concept: usize| -> f64 {
        let pairs = pulls.rows().zip(factors.weights.rows());
        pairs
            .map(|(pull, weights)| pull[concept] * weights[concept])
            .sum()
    };
    let concepts = 0..factors.count();
    let most = concepts.max_by(|&a, &b| contribution(a).total_cmp(&contribution(b)));
    let most = most.expect("there is a concept");
    factors.strengths.rows().map(|row| row[most]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Class;
    use burn::nn::Linear;
    use burn::tensor::Device;

    /// Two samples of three channels: the first two are on at the left, in proportion 1 to 2, the third one at the right.
    fn x() -> Tensor<3> {
        let samples = [
            [
                [1.0, 3.0, 0.0, 0.0],
                [2.0, 6.0, 0.0, 0.0],
                [0.0, 0.0, 2.0, 4.0],
            ],
            [
                [2.0, 0.0, 0.0, 0.0],
                [4.0, 0.0, 0.0, 0.0],
                [0.0, 1.0, 0.0, 5.0],
            ],
        ];
        Tensor::from_data(samples, &Device::flex())
    }

    /// The sums of the first and of the last channel.
    fn net() -> Network {
        let forward = |_: &Vec<Linear>, x: Tensor<3>| {
            let sums: Tensor<2> = (x * 1.0).sum_dim(2).squeeze_dim(2);
            Tensor::cat(vec![sums.clone().narrow(1, 0, 1), sums.narrow(1, 2, 1)], 1)
        };
        Network::capture(&Vec::new(), x(), forward).unwrap()
    }

    fn method() -> DeepFeatureFactorization {
        DeepFeatureFactorization::at("mul_scalar").with_concepts(2)
    }

    fn values(map: &Attribution) -> Vec<f32> {
        map.values()[0].flat().into_data().iter().collect()
    }

    #[test]
    fn channels_that_go_together_are_a_concept() {
        let factors = method().factorize(&net(), x()).unwrap();
        assert!(factors.residual() < 1e-4, "{}", factors.residual());
        let concepts: Vec<f32> = factors.concepts().into_data().iter().collect();
        for concept in 0..2 {
            let [first, second, third] = concepts[3 * concept..][..3] else {
                panic!("channels")
            };
            let map = factors.map(concept).unwrap();
            assert_eq!(map.values()[0].shape().as_slice(), [2, 1, 4]);
            // Strength times weight is the activation again.
            let (channel, expected) = if third > first {
                assert!(first.abs() < 1e-3 && second.abs() < 1e-3, "{concepts:?}");
                (third, [0.0, 0.0, 2.0, 4.0, 0.0, 1.0, 0.0, 5.0])
            } else {
                assert!((second / first - 2.0).abs() < 1e-3, "{concepts:?}");
                (first, [1.0, 3.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0])
            };
            for (strength, expected) in values(&map).iter().zip(expected) {
                assert!((strength * channel - expected).abs() < 2e-3, "{map:?}");
            }
        }
        assert!(
            factors
                .map(2)
                .unwrap_err()
                .to_string()
                .contains("concept 2")
        );
    }

    #[test]
    fn a_target_is_explained_by_the_concept_that_contributes_most() {
        let each = method()
            .attribute_each(&net(), x(), [Class(0), Class(1)])
            .unwrap();
        let is_on = |map: &Attribution| -> Vec<bool> {
            values(map).iter().map(|value| *value > 1e-2).collect()
        };
        let (yes, no) = (true, false);
        assert_eq!(is_on(&each[0]), [yes, yes, no, no, yes, no, no, no]);
        assert_eq!(is_on(&each[1]), [no, no, yes, yes, no, yes, no, yes]);
        assert_eq!(each[1].option("concepts"), Some("2"));
        let alone = method()
            .attribute(&net(), x().narrow(0, 1, 1), Class(1))
            .unwrap();
        assert_eq!(values(&alone), values(&each[1])[4..]);
    }

    #[test]
    fn the_seed_decides_where_it_begins() {
        let maps = |seed: u64| {
            let factors = method()
                .with_seed(seed)
                .with_iterations(1)
                .factorize(&net(), x());
            values(&factors.unwrap().map(0).unwrap())
        };
        assert_eq!(maps(3), maps(3));
        assert_ne!(maps(3), maps(4));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let refused = |method: DeepFeatureFactorization| {
            method.factorize(&net(), x()).unwrap_err().to_string()
        };
        assert!(refused(method().with_concepts(0)).contains("concepts can't be 0"));
        assert!(refused(method().with_tolerance(f64::NAN)).contains("tolerance can't be NaN"));
        let ones = |rows, columns| Tensor::<2>::ones([rows, columns], &Device::flex());
        assert!(refused(method().with_initial(&ones(3, 2), &ones(2, 7))).contains("[7, 2]"));
        let negative = ones(2, 8) * -1.0;
        assert!(refused(method().with_initial(&ones(3, 2), &negative)).contains("negative"));
        let fits = method().with_initial(&ones(3, 2), &ones(2, 8));
        assert!(fits.factorize(&net(), x()).is_ok());
    }
}
