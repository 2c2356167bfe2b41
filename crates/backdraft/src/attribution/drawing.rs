//! Attributions as heat maps, pictures and colored text.

#[cfg(feature = "image")]
use burn::tensor::Tensor;

use crate::attribution::Attribution;
use crate::inputs::rows::{sum_per_row, to_vec};
use crate::{AnyTensor, Error, TokenRelevance};

/// How values with several channels become a plane or a volume.
#[cfg(feature = "image")]
const REDUCE: &str =
    ": reduce the channels of an attribution with `sum_channels` or `max_channels` first";

impl Attribution {
    /// One sample's attribution for the first input as a heat map; for a signal it has one row.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if the batch is smaller, [`Error::WrongShape`] if the values aren't of shape
    /// `[batch, 1, height, width]` or `[batch, 1, length]`, and an image error if they aren't finite.
    #[cfg(feature = "image")]
    pub fn heatmap(&self, sample: usize) -> Result<backdraft_image::Heatmap, Error> {
        let value = self.channels_first()?;
        let shape = value.shape();
        let plane = match *shape.as_slice() {
            [_, 1, height, width] => [height, width],
            [_, 1, length] => [1, length],
            _ => {
                return Err(Error::WrongShape {
                    what: "a heat map",
                    needs: "an attribution of shape [batch, 1, height, width] or [batch, 1, length]",
                    help: REDUCE,
                    shape: format!("{:?}", shape.as_slice()),
                });
            }
        };
        let plane = self.sample(&value, sample)?.reshape(plane);
        let map = backdraft_image::Heatmap::from_tensor(plane)?;
        Ok(match self.places() {
            [rows, columns] => map.with_places(columns.clone(), rows.clone())?,
            [columns] => map.with_places(columns.clone(), vec![0.5])?,
            _ => map,
        })
    }

    /// One sample's attribution for the first input, a volume: `[depth, height, width]`, as
    /// [`Volume::overlay`](backdraft_image::Volume::overlay) takes it.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if the batch is smaller, [`Error::WrongShape`] if the values aren't of shape
    /// `[batch, 1, depth, height, width]`.
    #[cfg(feature = "image")]
    pub fn volume(&self, sample: usize) -> Result<Tensor<3>, Error> {
        let value = self.channels_first()?;
        let shape = value.shape();
        let &[_, 1, depth, height, width] = shape.as_slice() else {
            return Err(Error::WrongShape {
                what: "a volume",
                needs: "an attribution of shape [batch, 1, depth, height, width]",
                help: REDUCE,
                shape: format!("{:?}", shape.as_slice()),
            });
        };
        Ok(self.sample(&value, sample)?.reshape([depth, height, width]))
    }

    /// One sample's attribution for the first input, an image, drawn channel by channel around mid-gray.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if the batch is smaller, [`Error::WrongShape`] if the values aren't of shape
    /// `[batch, channels, height, width]`, and an image error if they aren't finite or the channels aren't one or
    /// three.
    #[cfg(feature = "image")]
    pub fn gradient_image(&self, sample: usize) -> Result<backdraft_image::GradientImage, Error> {
        let value = self.channels_first()?;
        let shape = value.shape();
        let &[_, channels, height, width] = shape.as_slice() else {
            return Err(Error::WrongShape {
                what: "a gradient image",
                needs: "an attribution of shape [batch, channels, height, width]",
                help: "",
                shape: format!("{:?}", shape.as_slice()),
            });
        };
        let image = self
            .sample(&value, sample)?
            .reshape([channels, height, width]);
        Ok(backdraft_image::GradientImage::from_tensor(image)?)
    }

    /// One sample's attribution for the embeddings of its tokens, as a score for each token: the sum over the
    /// embedding's dimensions. The scores add up to what the sample's attribution does. Where several layers were
    /// explained these are the first one's tokens; [`only`](Self::only) picks another.
    ///
    /// `tokens` are the texts of all tokens of the sample, padding included.
    ///
    /// ```
    /// use backdraft::{Attribution, TokenRelevance};
    /// use burn::tensor::{Device, Tensor};
    ///
    /// // Two tokens with embeddings of three dimensions.
    /// let values = Tensor::<3>::from_data([[[1.0, -2.0, 0.5], [0.0, 0.5, 0.25]]], &Device::default());
    /// let attribution = Attribution::new("made up", "class 0", vec![values.into()], vec![0.25])?;
    /// let relevance: TokenRelevance = attribution.token_relevance(0, &["not", "bad"])?;
    /// assert_eq!(relevance.to_string(), "not(-0.500) bad(+0.750)");
    /// # Ok::<(), backdraft::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if the batch is smaller, [`Error::WrongShape`] if the values aren't of shape
    /// `[batch, tokens, dim]`, or `[batch, tokens]` as attention methods give them, [`Error::WrongCount`] if there are
    /// more or fewer tokens, and [`AttributionError::RelevanceNotFinite`](crate::attribution::AttributionError) if a
    /// score is NaN or infinite.
    pub fn token_relevance(
        &self,
        sample: usize,
        tokens: &[impl AsRef<str>],
    ) -> Result<TokenRelevance, Error> {
        let value = self.value(0)?;
        let shape = value.shape();
        let (length, dim) = match *shape.as_slice() {
            [_, length, dim] => (length, dim),
            [_, length] => (length, 1),
            _ => {
                return Err(Error::WrongShape {
                    what: "token relevance",
                    needs: "an attribution of shape [batch, tokens, dim] or [batch, tokens]",
                    help: ": attribute to the layer that embeds the tokens",
                    shape: format!("{:?}", shape.as_slice()),
                });
            }
        };
        let embeddings = self.sample(value, sample)?.reshape([length, dim]);
        let scores = to_vec(sum_per_row(&AnyTensor::from(embeddings)));
        TokenRelevance::new(tokens, &scores)
    }

    /// One row of a tensor.
    fn sample(&self, value: &AnyTensor, sample: usize) -> Result<AnyTensor, Error> {
        let samples = self.scores().len();
        if sample >= samples {
            return Err(Error::Unknown {
                what: "sample",
                name: sample.to_string(),
                known: format!("the batch has {samples}"),
            });
        }
        Ok(value.rows(sample..sample + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::AttributionError;
    #[cfg(feature = "image")]
    use crate::attribution::testing::attribution;
    use burn::tensor::{Device, Tensor};

    #[cfg(feature = "image")]
    #[test]
    fn a_heatmap_needs_one_plane_and_an_existing_sample() {
        assert!(matches!(
            attribution().heatmap(0),
            Err(Error::WrongShape {
                what: "a heat map",
                ..
            })
        ));
        let plane = attribution().sum_channels();
        assert_eq!(plane.heatmap(0).unwrap().values(), [4.0, -1.0]);
        let error = plane.heatmap(1).unwrap_err().to_string();
        assert_eq!(error, "sample 1 doesn't exist: the batch has 1");
    }

    fn embeddings() -> Attribution {
        let values = [
            [[1.0, 2.0], [-4.0, 1.0], [0.5, 0.0]],
            [[0.0, 3.0], [0.5, -0.5], [f32::MAX, f32::MAX]],
        ];
        let values = Tensor::<3>::from_data(values, &Device::flex());
        Attribution::new("made up", "class 0", vec![values.into()], vec![1.0, 2.0]).unwrap()
    }

    #[test]
    fn the_relevance_of_a_token_is_the_sum_of_its_embedding() {
        let attribution = embeddings();
        let relevance = attribution.token_relevance(0, &["a", "b", "c"]).unwrap();
        let scores: Vec<_> = relevance.iter().collect();
        assert_eq!(scores, [("a", 3.0), ("b", -3.0), ("c", 0.5)]);
        assert_eq!(relevance.total(), attribution.sums()[0]);
    }

    #[test]
    fn token_relevance_needs_a_sample_of_embeddings_with_these_tokens() {
        let of = |sample, tokens: &[&str]| embeddings().token_relevance(sample, tokens);
        let error = of(2, &["a", "b", "c"]).unwrap_err().to_string();
        assert_eq!(error, "sample 2 doesn't exist: the batch has 2");
        assert!(matches!(
            of(0, &["a", "b"]),
            Err(Error::WrongCount {
                given: 2,
                what: "tokens",
                expected: 3,
                ..
            })
        ));
        assert!(matches!(
            of(1, &["a", "b", "c"]),
            Err(Error::Attribution(AttributionError::RelevanceNotFinite {
                position: 2,
                ..
            }))
        ));
        let error = attribution().token_relevance(0, &["a"]).unwrap_err();
        assert!(error.to_string().contains("[1, 2, 1, 2]"), "{error}");
    }
}
