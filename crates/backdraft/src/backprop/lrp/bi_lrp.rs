//! Why two inputs are similar to a network.

use burn::tensor::{Tensor, TensorData};

use crate::backprop::lrp::composite::Composite;
use crate::backprop::lrp::lrp::Lrp;
use crate::inputs::rows::flat;
use crate::method::prepared;
use crate::perturbation::{ResolvedRegions, check_disjoint};
use crate::run::batching::Work;
use crate::targets::{Explained, embedding};
use crate::{
    AnyTensor, Attribution, Class, Error, Inputs, Method, Model, Network, Regions, Similarity,
    Target,
};

/// `BiLRP`: which parts of two inputs make a network find them similar, pair by pair.
///
/// With the network's output `φ`, an embedding of shape `[batch, dim]`, the similarity of `x` and `x'` is the dot product of
/// their embeddings, and the relevance of a part `i` of `x` together with a part `j` of `x'` is
///
/// ```text
/// s(x, x') = Σ_m φ_m(x) φ_m(x')          R_ij = Σ_m R_i(φ_m | x) · R_j(φ_m | x')
/// ```
///
/// where `R(φ_m | x)` is the relevance by [`Lrp`], if what is explained is the feature `m`. If the composite conserves
/// relevance, all pairs sum to the similarity. Eberle et al., [*Building and Interpreting Deep Similarity
/// Models*](https://arxiv.org/abs/2003.05431), TPAMI 2022.
///
/// Pairs of single pixels are too many to look at, so relevance is summed over [`Regions`] first. The result's values are
/// matrices `[batch, regions of the first, regions of the second]`, its scores are the similarities, and
/// [`Attribution::conservation`] tells how much of them the pairs explain.
///
/// | option | default |
/// |---|---|
/// | [`with_composite`](Self::with_composite) | [`Composite::epsilon_plus_flat`] |
/// | [`with_regions`](Self::with_regions), [`with_other_regions`](Self::with_other_regions) | a grid of 7 x 7 cells for images, else every element |
/// | [`with_cosine`](Self::with_cosine) | the dot product |
/// | [`with_layer`](Self::with_layer) | the inputs |
///
/// It takes one [`Lrp`] of each input for every feature of the embedding. Of a classifier a layer before its head is an
/// embedding, if its output has the shape `[batch, dim]`: [`Network::with_output_at`] ends the network there.
///
/// ```
/// use backdraft::{BiLrp, Composite, Network};
/// use burn::module::Param;
/// use burn::nn::{Linear, LinearConfig};
/// use burn::tensor::{Device, Tensor};
///
/// let device = Device::default();
/// let mut model: Linear = LinearConfig::new(2, 2).with_bias(false).init(&device);
/// model.weight = Param::from_data([[1.0, 0.0], [1.0, 2.0]], &device);
/// let row = |values: [f32; 2]| Tensor::<2>::from_data([values], &device);
/// let net = Network::capture(&model, row([0.0; 2]), |m: &Linear, x: Tensor<2>| m.forward(x))?;
///
/// // Embedded as (5, 4) and (2, 2).
/// let method = BiLrp::with_composite(Composite::epsilon(0.0));
/// let pairs = method.compare(&net, row([3.0, 2.0]), row([1.0, 1.0]))?;
/// assert_eq!(pairs.scores(), [18.0]);
/// let matrix = pairs.tensor::<3>()?.into_data().try_to_vec::<f32>().unwrap();
/// // 3 · 1, 3 · 1; 2 · 1, 2 · 1 + 4 · 2.
/// assert_eq!(matrix, [3.0, 3.0, 2.0, 10.0]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct BiLrp {
    lrp: Lrp,
    regions: Regions,
    other_regions: Option<Regions>,
    is_cosine: bool,
}

/// Cells along each side of an image.
const CELLS: usize = 7;
/// More regions than people can look at pairs of.
const MOST_REGIONS: usize = 4096;

impl BiLrp {
    /// The dot product of two embeddings, by the default composite.
    pub fn new() -> Self {
        Self::default()
    }

    /// The rules of a composite.
    pub fn with_composite(composite: Composite) -> Self {
        Self {
            lrp: Lrp::with_composite(composite),
            ..Self::default()
        }
    }

    /// What relevance is summed over, in both inputs. They may not overlap.
    #[must_use]
    pub fn with_regions(mut self, regions: Regions) -> Self {
        self.regions = regions;
        self
    }

    /// What it is summed over in the second input, where that differs: the words of another sentence, the segments of
    /// another picture.
    #[must_use]
    pub fn with_other_regions(mut self, regions: Regions) -> Self {
        self.other_regions = Some(regions);
        self
    }

    /// The cosine in place of the dot product: everything is divided by the lengths of both embeddings, which are constants.
    #[must_use]
    pub fn with_cosine(mut self) -> Self {
        self.is_cosine = true;
        self
    }

    /// The relevance of a layer's output in place of that of the inputs, as for [`Lrp::with_layer`]: of the embeddings of
    /// words, say. Regions are regions of that output.
    #[must_use]
    pub fn with_layer(mut self, layer: impl Into<String>) -> Self {
        self.lrp = self.lrp.with_layer(layer);
        self
    }

    /// What makes each row of one batch similar to the same row of another one.
    ///
    /// # Errors
    ///
    /// As for [`Method::attribute`]; [`Error::WrongShape`] if the output has another rank than two or the batches have
    /// different numbers of rows, [`TargetError::NoDirection`](crate::targets::TargetError::NoDirection) if an embedding is
    /// zero, and [`Error::InvalidOption`] if an input has more than 4096 regions.
    pub fn compare(
        &self,
        net: &Network,
        first: impl Into<Inputs>,
        second: impl Into<Inputs>,
    ) -> Result<Attribution, Error> {
        let [first, second] = [prepared(net, first)?, prepared(net, second)?];
        if first.rows() != second.rows() {
            return Err(Error::WrongShape {
                what: "a comparison",
                needs: "as many rows of one input as of the other",
                help: ": every row is compared with the same row of the other batch",
                shape: format!("{} and {} rows", first.rows(), second.rows()),
            });
        }
        let one = embedding(&net.outputs(&first)?)?;
        let other = embedding(&net.outputs(&second)?)?;
        // Neither may be zero.
        self.similarity(one.clone())?;
        let similarity = self.similarity(other.clone())?;
        let Explained { scores, name } = similarity.scores(&[one.clone().into()])?;
        let features = one.dims()[1];
        let mut work = Work::new(&first, 1, 2 * features);
        let parts = self.relevance(net, &first, &self.regions, features, &mut work)?;
        let others = self.relevance(net, &second, self.other_regions(), features, &mut work)?;
        let pairs = parts.transpose().matmul(others);
        let pairs = self.scaled(pairs, [one, other]);
        let scores: Vec<f32> = scores.into_data().iter().collect();
        let result = Attribution::new("bi-lrp", name, vec![pairs.into()], scores.clone())?
            .with_relevance(scores)?
            .with_option("composite", &self.lrp.composite);
        Ok(match &self.lrp.layer {
            Some(layer) => result.with_layer(layer),
            None => result,
        })
    }

    fn other_regions(&self) -> &Regions {
        self.other_regions.as_ref().unwrap_or(&self.regions)
    }

    fn similarity(&self, embedding: Tensor<2>) -> Result<Similarity, Error> {
        if self.is_cosine {
            Similarity::cosine(embedding)
        } else {
            Similarity::dot(embedding)
        }
    }

    /// The relevance of every feature by region: `[rows, features, regions]`.
    fn relevance(
        &self,
        net: &Network,
        inputs: &Inputs,
        regions: &Regions,
        features: usize,
        work: &mut Work,
    ) -> Result<Tensor<3>, Error> {
        let mut resolved = None;
        let mut of_features = Vec::with_capacity(features);
        for feature in 0..features {
            let result = self.lrp.compute(net, inputs, &Class(feature))?;
            let values = result.values();
            let regions = match &resolved {
                Some(regions) => regions,
                None => resolved.insert(self.resolved(regions, inputs, values)?),
            };
            of_features.push(by_region(values, regions));
            work.advance(1)?;
        }
        Ok(Tensor::cat(of_features, 1))
    }

    /// The regions of the inputs, or of a layer with such values.
    fn resolved(
        &self,
        regions: &Regions,
        inputs: &Inputs,
        values: &[AnyTensor],
    ) -> Result<ResolvedRegions, Error> {
        let regions = if self.lrp.layer.is_some() {
            regions.resolve(&Inputs::new(values.to_vec()), values, CELLS)?
        } else {
            regions.resolve(inputs, &inputs.floats()?, CELLS)?
        };
        check_disjoint(&regions, "bi-lrp")?;
        if regions.len() > MOST_REGIONS {
            return Err(Error::InvalidOption {
                option: "regions",
                value: regions.len().to_string(),
                requirement: "pairs of at most 4096 can be looked at: take a grid, superpixels or words",
            });
        }
        Ok(regions)
    }

    /// The same in units of the similarity.
    fn scaled(&self, pairs: Tensor<3>, embeddings: [Tensor<2>; 2]) -> Tensor<3> {
        if !self.is_cosine {
            return pairs;
        }
        let lengths = embeddings.map(|it| (it.clone() * it).sum_dim(1).sqrt());
        let [one, other] = lengths.map(|it| it.unsqueeze_dim::<3>(2));
        pairs / (one * other)
    }
}

/// What the values of every row sum to in each region: `[rows, 1, regions]`.
fn by_region(values: &[AnyTensor], regions: &ResolvedRegions) -> Tensor<3> {
    let rows = values[0].shape()[0];
    let mut sums = vec![0.0; rows * regions.len()];
    for (input, values) in values.iter().enumerate() {
        let elements = values.shape().num_elements() / rows;
        let values: Vec<f64> = flat(values).into_data().iter().collect();
        for (row, sums) in sums.chunks_mut(regions.len()).enumerate() {
            let of_row = regions.sums(input, row, &values[row * elements..][..elements]);
            sums.iter_mut()
                .zip(of_row)
                .for_each(|(sum, more)| *sum += more);
        }
    }
    let sums = TensorData::new(sums, [rows, 1, regions.len()]);
    let (device, dtype) = (values[0].device(), values[0].dtype());
    Tensor::from_data(sums.convert_dtype(dtype), (&device, dtype))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lrp::rules::epsilon;
    use burn::module::{Module, Param};
    use burn::nn::conv::{Conv2d, Conv2dConfig};
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::activation::relu;
    use burn::tensor::{Device, Int};

    fn floats(result: &Attribution) -> Vec<f32> {
        result.values()[0].flat().into_data().iter().collect()
    }

    fn assert_close(actual: &[f32], expected: &[f32]) {
        assert_eq!(actual.len(), expected.len());
        for (a, e) in actual.iter().zip(expected) {
            assert!(
                (a - e).abs() < 1e-4 * e.abs().max(1.0),
                "{actual:?} {expected:?}"
            );
        }
    }

    #[derive(Module, Debug)]
    struct Small {
        conv: Conv2d,
        embed: Linear,
    }

    impl Small {
        fn forward(&self, x: Tensor<4>) -> Tensor<2> {
            self.embed.forward(relu(self.conv.forward(x)).flatten(1, 3))
        }
    }

    /// Embeds pictures of 4 x 4 pixels in five dimensions, without biases.
    fn small() -> (Network, [Tensor<4>; 2]) {
        let device = Device::flex();
        let numbers = |count: usize, seed: usize| {
            let number = |i: usize| ((i * 7919 + seed * 104_729) % 1013) as f32 / 506.5 - 1.0;
            let numbers: Vec<f32> = (0..count).map(number).collect();
            Tensor::<1>::from_data(&numbers[..], &device)
        };
        let mut conv: Conv2d = (Conv2dConfig::new([2, 3], [3, 3]).with_bias(false)).init(&device);
        conv.weight = Param::from_tensor(numbers(54, 1).reshape([3, 2, 3, 3]));
        let mut embed: Linear = LinearConfig::new(12, 5).with_bias(false).init(&device);
        embed.weight = Param::from_tensor(numbers(60, 2).reshape([12, 5]));
        let images = [3, 4].map(|seed| numbers(64, seed).reshape([2, 2, 4, 4]));
        let model = Small { conv, embed };
        let net = Network::capture(&model, images[0].clone(), Small::forward).unwrap();
        (net, images)
    }

    fn basic() -> Composite {
        Composite::named("basic").with_weighted(epsilon(1e-9))
    }

    #[test]
    fn pairs_are_products_of_the_features_relevances() {
        let (net, [x, y]) = small();
        let method = BiLrp::with_composite(basic()).with_regions(Regions::grid([2]));
        let pairs = floats(&method.compare(&net, x.clone(), y.clone()).unwrap());
        // Of every quarter of the picture, feature by feature.
        let quarters = |image: &Tensor<4>, feature| {
            let lrp = Lrp::with_composite(basic());
            let relevance = lrp.attribute(&net, image.clone(), Class(feature)).unwrap();
            let relevance = relevance.tensor::<4>().unwrap();
            let quarter = |row: usize, y: usize, x: usize| -> f32 {
                let part = relevance
                    .clone()
                    .slice([row..row + 1, 0..2, y..y + 2, x..x + 2]);
                part.sum().into_scalar()
            };
            [0, 1].map(|row| [(0, 0), (0, 2), (2, 0), (2, 2)].map(|(y, x)| quarter(row, y, x)))
        };
        let mut expected = vec![0.0; 2 * 4 * 4];
        for feature in 0..5 {
            let (one, other) = (quarters(&x, feature), quarters(&y, feature));
            for (place, expected) in expected.iter_mut().enumerate() {
                let (row, i, j) = (place / 16, place / 4 % 4, place % 4);
                *expected += one[row][i] * other[row][j];
            }
        }
        assert_close(&pairs, &expected);
    }

    #[test]
    fn without_biases_pairs_sum_to_the_similarity() {
        let (net, [x, y]) = small();
        for method in [
            BiLrp::with_composite(basic()),
            BiLrp::with_composite(basic()).with_cosine(),
            BiLrp::new(),
        ] {
            let result = method.compare(&net, x.clone(), y.clone()).unwrap();
            for sample in result.conservation().unwrap() {
                assert!(
                    sample.lost().abs() < 1e-5 * sample.given.abs().max(1.0),
                    "{sample:?}"
                );
            }
        }
    }

    #[test]
    fn the_cosine_divides_by_both_lengths() {
        let (net, [x, y]) = small();
        let [dot, cosine] = [BiLrp::new(), BiLrp::new().with_cosine()]
            .map(|method| method.compare(&net, x.clone(), y.clone()).unwrap());
        let length = |image: &Tensor<4>| -> Vec<f32> {
            let embedding: Tensor<2> = net.forward(image.clone()).unwrap().output().unwrap();
            embedding
                .square()
                .sum_dim(1)
                .sqrt()
                .into_data()
                .iter()
                .collect()
        };
        let lengths: Vec<f32> = length(&x)
            .iter()
            .zip(length(&y))
            .map(|(a, b)| a * b)
            .collect();
        let divided = floats(&dot).into_iter().enumerate();
        let divided: Vec<f32> = divided.map(|(at, pair)| pair / lengths[at / 256]).collect();
        assert_close(&floats(&cosine), &divided);
        assert_close(
            cosine.scores(),
            &[0, 1].map(|row| dot.scores()[row] / lengths[row]),
        );
    }

    #[test]
    fn exchanged_inputs_have_the_transposed_matrix() {
        let (net, [x, y]) = small();
        let method = BiLrp::new().with_cosine();
        let pairs = method.compare(&net, x.clone(), y.clone()).unwrap();
        let exchanged = method.compare(&net, y.clone(), x.clone()).unwrap();
        assert_close(pairs.scores(), exchanged.scores());
        let transposed = exchanged.tensor::<3>().unwrap().transpose();
        let transposed: Vec<f32> = transposed.into_data().iter().collect();
        assert_close(&floats(&pairs), &transposed);
        // A batch of one is the same.
        let alone = method
            .compare(&net, x.narrow(0, 1, 1), y.narrow(0, 1, 1))
            .unwrap();
        assert_close(&floats(&alone), &floats(&pairs)[16 * 16..]);
    }

    #[test]
    fn a_layer_has_regions_of_its_own() {
        let (net, [x, y]) = small();
        let channels = Tensor::<4, Int>::from_data([[[[0]], [[1]], [[2]]]], &Device::flex());
        let first = Regions::labels(channels);
        let method = BiLrp::with_composite(basic())
            .with_layer("relu")
            .with_regions(first)
            .with_other_regions(Regions::elements());
        let result = method.compare(&net, x, y).unwrap();
        assert_eq!(result.layer(), Some("relu"));
        assert_eq!(result.values()[0].shape().as_slice(), [2, 3, 12]);
        assert!(result.conservation().unwrap()[0].lost().abs() < 1e-4);
    }

    #[test]
    fn what_can_not_be_compared_is_said() {
        let (net, [x, y]) = small();
        let error = |method: BiLrp, x: Tensor<4>| {
            let result = method.compare(&net, x, y.clone());
            result.unwrap_err().to_string()
        };
        let rows = error(BiLrp::new(), x.clone().narrow(0, 0, 1));
        assert!(rows.contains("1 and 2 rows"), "{rows}");
        let zero = error(BiLrp::new().with_cosine(), x.zeros_like());
        assert!(zero.contains("direction"), "{zero}");
        let overlapping = Regions::windows([2, 2], [1, 1]);
        let overlap = error(BiLrp::new().with_regions(overlapping), x.clone());
        assert!(overlap.contains("bi-lrp"), "{overlap}");
        let volume = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<4>| x);
        let rank = BiLrp::new().compare(&volume.unwrap(), x.clone(), x.clone());
        let rank = rank.unwrap_err().to_string();
        assert!(rank.contains("[batch, dim]"), "{rank}");
        let pixels = Tensor::<2>::ones([1, 5000], &Device::flex());
        let forward = |_: &Vec<Linear>, x: Tensor<2>| x.slice([0..1, 0..2]);
        let net = Network::capture(&Vec::new(), pixels.clone(), forward).unwrap();
        let many = BiLrp::new()
            .compare(&net, pixels.clone(), pixels)
            .unwrap_err();
        assert!(many.to_string().contains("can't be 5000"), "{many}");
    }
}
