//! Targets of networks that embed, whose output has shape `[batch, dim]`.

use burn::tensor::Tensor;
use burn::tensor::kind::{Basic, Kind};

use crate::targets::output::{check_samples, constant, float_output, wrong_output};
use crate::targets::{Explained, Target, TargetError};
use crate::{AnyTensor, Error};

const WHAT: &str = "a similarity";
const HELP: &str = ": pass a `Score` for an output of another shape";

/// How similar the output is to an embedding: what makes this image like that text?
///
/// ```text
/// F = y · e / (|y| |e|)    cosine
/// F = y · e                dot product
/// ```
///
/// `y` is a row of the output, of shape `[batch, dim]`, and `e` the embedding: of shape `[dim]` for all samples, or
/// `[batch, dim]` for each its own. It is constant, whatever it was computed from. Where the output is zero it has no
/// direction and the cosine no value.
///
/// pytorch-grad-cam calls it `SimilarityToConceptTarget`.
///
/// ```
/// use backdraft::{Method, Network, Saliency, Similarity};
/// use burn::nn::{Linear, LinearConfig};
/// use burn::tensor::{Device, Tensor};
///
/// let device = Device::default();
/// let model: Linear = LinearConfig::new(3, 8).init(&device);
/// let (image, other) = (Tensor::<2>::ones([1, 3], &device), Tensor::<2>::ones([1, 3], &device) * -2.0);
/// let net = Network::capture(&model, image.clone(), |m: &Linear, x: Tensor<2>| m.forward(x))?;
///
/// let concept = Similarity::cosine(model.forward(other))?;
/// let why = Saliency::new().attribute(&net, image, concept)?;
/// assert_eq!(why.target(), "cosine similarity");
/// # Ok::<(), backdraft::Error>(())
/// ```
#[doc(alias = "SimilarityToConceptTarget")]
#[derive(Clone, Debug, PartialEq)]
pub struct Similarity {
    /// One for each sample or one for all: of length 1 for the cosine.
    embeddings: Vec<Vec<f64>>,
    is_shared: bool,
    is_cosine: bool,
}

impl Similarity {
    /// The cosine of the angle between the output and an embedding of shape `[dim]` or `[batch, dim]`, from -1 to 1.
    ///
    /// # Errors
    ///
    /// [`Error::WrongShape`] if the embedding has another rank or isn't float, [`TargetError::NoDirection`] if one is
    /// zero or isn't finite.
    pub fn cosine<const D: usize, K: Basic>(embedding: Tensor<D, K>) -> Result<Self, Error> {
        let mut similarity = Self::dot(embedding)?;
        for embedding in &mut similarity.embeddings {
            let norm = norm(embedding);
            for value in embedding {
                *value /= norm;
            }
        }
        similarity.is_cosine = true;
        Ok(similarity)
    }

    /// The dot product of the output and an embedding of shape `[dim]` or `[batch, dim]`: also how long both are.
    ///
    /// # Errors
    ///
    /// As for [`cosine`](Self::cosine).
    pub fn dot<const D: usize, K: Basic>(embedding: Tensor<D, K>) -> Result<Self, Error> {
        let embedding = AnyTensor::from(embedding).without_autodiff();
        let shape = embedding.shape();
        let dim = match *shape.as_slice() {
            [dim] | [_, dim] if K::KIND == Kind::Float && dim > 0 => dim,
            _ => {
                let needs = "a float embedding of shape [dim] or [batch, dim]";
                return Err(wrong_output(WHAT, needs, Some(&embedding), ""));
            }
        };
        let data = embedding.flat().into_data();
        let values: Vec<f64> = data.iter::<f64>().collect();
        let embeddings: Vec<_> = values.chunks(dim).map(<[f64]>::to_vec).collect();
        for (row, embedding) in embeddings.iter().enumerate() {
            let norm = norm(embedding);
            if norm == 0.0 || !norm.is_finite() {
                return Err(Error::Target(TargetError::NoDirection { row, norm }));
            }
        }
        Ok(Self {
            embeddings,
            is_shared: D == 1,
            is_cosine: false,
        })
    }
}

impl Target for Similarity {
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        let output = embedding(outputs)?;
        let [samples, dim] = output.dims();
        if self.embeddings.iter().any(|e| e.len() != dim) {
            let needs = "an output of shape [batch, dim], as long as the embedding";
            return Err(wrong_output(WHAT, needs, outputs.first(), HELP));
        }
        if !self.is_shared {
            check_samples(self.embeddings.len(), "embeddings", samples)?;
        }
        let rows = self.embeddings.len();
        let embeddings = constant(self.embeddings.concat(), [rows, dim], &output);
        let dot = (output.clone() * embeddings).sum_dim(1);
        let scores = if self.is_cosine {
            dot / (output.clone() * output).sum_dim(1).sqrt()
        } else {
            dot
        };
        Ok(Explained {
            scores: scores.reshape([samples]),
            name: if self.is_cosine {
                "cosine similarity".into()
            } else {
                "dot product with the embedding".into()
            },
        })
    }
}

/// The embeddings that a network gives, `[batch, dim]`.
pub(crate) fn embedding(outputs: &[AnyTensor]) -> Result<Tensor<2>, Error> {
    let needs = "an output of shape [batch, dim]";
    let output = float_output(outputs, 0, WHAT, needs)?;
    let rows = output.to_tensor();
    rows.map_err(|_| wrong_output(WHAT, needs, Some(output), HELP))
}

/// The length of an embedding; scaled first, so that squares are neither infinite nor zero.
fn norm(embedding: &[f64]) -> f64 {
    if embedding.iter().any(|value| value.is_nan()) {
        return f64::NAN;
    }
    let largest = embedding
        .iter()
        .fold(0.0, |m: f64, value| m.max(value.abs()));
    if largest == 0.0 || largest.is_infinite() {
        return largest;
    }
    let squares = embedding.iter().map(|value| (value / largest).powi(2));
    largest * squares.sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::output::values;
    use crate::{Baseline, Inputs, IntegratedGradients, Method, Network, Saliency};
    use burn::nn::Linear;
    use burn::tensor::{Device, Int};

    fn output() -> AnyTensor {
        Tensor::<2>::from_data([[3.0, 4.0], [0.0, -2.0]], &Device::flex()).into()
    }

    fn one(embedding: [f32; 2]) -> Tensor<1> {
        Tensor::from_data(embedding, &Device::flex())
    }

    fn assert_scores(similarity: &Similarity, expected: [f64; 2]) {
        let scores = values(&similarity.scores(&[output()]).unwrap().scores);
        for (score, expected) in scores.iter().zip(expected) {
            assert!((score - expected).abs() < 1e-6, "{scores:?}");
        }
    }

    #[test]
    fn the_cosine_is_that_of_the_angle() {
        // (3 · 4 + 4 · 3) / (5 · 5), and -2 · 3 / (2 · 5).
        assert_scores(&Similarity::cosine(one([4.0, 3.0])).unwrap(), [0.96, -0.6]);
        // Its own embedding for each sample: the same direction, and the opposite one.
        let each = Tensor::<2>::from_data([[6.0, 8.0], [0.0, 1.0]], &Device::flex());
        assert_scores(&Similarity::cosine(each).unwrap(), [1.0, -1.0]);
    }

    #[test]
    fn the_dot_product_has_lengths() {
        assert_scores(&Similarity::dot(one([4.0, 3.0])).unwrap(), [24.0, -6.0]);
    }

    #[test]
    fn tiny_and_huge_embeddings_have_a_direction() {
        for size in [1e-30, 1e30] {
            let embedding = one([4.0 * size, 3.0 * size]);
            assert_scores(&Similarity::cosine(embedding).unwrap(), [0.96, -0.6]);
        }
    }

    #[test]
    fn an_embedding_without_direction_is_named() {
        let rows = [[1.0, 0.0], [0.0, 0.0]];
        let rows = Tensor::<2>::from_data(rows, &Device::flex());
        assert_eq!(
            Similarity::cosine(rows).unwrap_err().to_string(),
            "the embedding at row 1 has length 0: only an embedding of finite, nonzero length has a direction"
        );
        for bad in [f32::NAN, f32::INFINITY] {
            for error in [
                Similarity::cosine(one([1.0, bad])).unwrap_err(),
                Similarity::dot(one([1.0, bad])).unwrap_err(),
            ] {
                assert!(
                    matches!(
                        error,
                        Error::Target(TargetError::NoDirection { row: 0, .. })
                    ),
                    "{error}"
                );
            }
        }
    }

    #[test]
    fn shapes_that_do_not_fit_are_named() {
        let device = Device::flex();
        let error = |similarity: Result<Similarity, Error>| similarity.unwrap_err().to_string();
        assert!(
            error(Similarity::dot(Tensor::<3>::ones([1, 1, 2], &device))).contains("[1, 1, 2]")
        );
        assert!(error(Similarity::dot(Tensor::<1, Int>::ones([2], &device))).contains("float"));
        let scores = |similarity: Similarity, output| similarity.scores(&[output]).unwrap_err();
        let longer = Similarity::dot(Tensor::<1>::ones([3], &device)).unwrap();
        assert!(scores(longer, output()).to_string().contains("[2, 2]"));
        let three = Similarity::dot(Tensor::<2>::ones([3, 2], &device)).unwrap();
        assert_eq!(
            scores(three, output()).to_string(),
            "3 embeddings were given for a batch of 2 samples"
        );
        let single = Similarity::dot(Tensor::<2>::ones([1, 2], &device)).unwrap();
        assert!(single.scores(&[output()]).is_err());
    }

    #[test]
    fn the_gradient_of_the_cosine_is_across_the_output() {
        let x = Tensor::<2>::from_data([[3.0, 4.0], [0.0, -2.0]], &Device::flex());
        let net = Network::capture(&Vec::new(), x.clone(), |_: &Vec<Linear>, x: Tensor<2>| {
            x * 1.0
        });
        let similarity = Similarity::cosine(one([1.0, 0.0])).unwrap();
        let gradient = Saliency::new()
            .attribute(&net.unwrap(), x, similarity)
            .unwrap();
        // (1 - 0.6², -0.6 · 0.8) / 5, and (1, 0) / 2.
        let found = values(&gradient.tensor::<2>().unwrap());
        for (found, expected) in found.iter().zip([0.128, -0.096, 0.5, 0.0]) {
            assert!((found - expected).abs() < 1e-6, "{found}");
        }
    }

    #[test]
    fn rows_keep_their_embeddings_along_a_path_for_every_batch_size() {
        let device = Device::flex();
        let x = Tensor::<2>::from_data([[1.0, 2.0], [3.0, 4.0]], &device);
        let net = Network::capture(&Vec::new(), x.clone(), |_: &Vec<Linear>, x: Tensor<2>| {
            x.clone() * x
        });
        let net = net.unwrap();
        let each = Tensor::<2>::from_data([[1.0, 0.0], [-1.0, 0.5]], &device);
        let similarity = Similarity::dot(each).unwrap();
        let path = IntegratedGradients::new().with_baseline(Baseline::zeros());
        for rows in [1, 2, 6, 64] {
            let inputs = Inputs::new(x.clone()).with_batch_size(rows);
            let result = path.attribute(&net, inputs, &similarity).unwrap();
            let found = values(&result.tensor::<2>().unwrap());
            for (found, expected) in found.iter().zip([1.0, 0.0, -9.0, 8.0]) {
                assert!((found - expected).abs() < 1e-4, "{found} at {rows} rows");
            }
        }
    }
}
