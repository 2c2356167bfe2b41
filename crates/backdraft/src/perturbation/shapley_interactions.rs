//! Interactions of pairs of regions.

use burn::tensor::{Tensor, TensorData};

use crate::perturbation::game::{Game, binomial, coalitions, orders, play};
use crate::perturbation::replacement::{Replacement, replacement_options};
use crate::perturbation::shapley_values::ShapleyValues;
use crate::perturbation::sweep::Sweep;
use crate::perturbation::sweep_method::{SweepMethod, check_disjoint};
use crate::{AnyTensor, Attribution, Error, Inputs, Method, Model, Plan, Target};

/// What pairs of regions do together, beyond what each does alone.
///
/// With `v(S)` the score with the regions of `S` in place and the others replaced, and
/// `d(S) = v(S with i and j) - v(S with i) - v(S with j) + v(S)`, for `n` regions
///
/// ```text
/// Shapley          I_ij = sum over S without i, j of |S|! (n - |S| - 2)! / (n - 1)! · d(S)
/// Banzhaf          I_ij = 1 / 2ⁿ⁻² · sum over S without i, j of d(S)
/// Shapley-Taylor   I_ij = 2 / n · sum over S without i, j of d(S) / C(n - 1, |S|)
/// ```
///
/// Grabisch & Roubens, *An axiomatic approach to the concept of interaction among players in cooperative games*, 1999;
/// Dhamdhere, Agarwal & Sundararajan, [*The Shapley Taylor Interaction Index*](https://arxiv.org/abs/1902.05622), ICML
/// 2020. Values are matrices `[batch, regions, regions]`. On the diagonal are the [Shapley](crate::ShapleyValues) or
/// [Banzhaf](crate::Banzhaf) values, and for Shapley-Taylor `v({i}) - v(none)`.
///
/// | option | default |
/// |---|---|
/// | [`with_index`](Self::with_index) | [`Interaction::Shapley`] |
/// | [`with_regions`](Self::with_regions) | a grid of 3 x 3 cells for an image, else every element: at most 20 |
/// | [`with_baseline`](Self::with_baseline) | zeros |
///
/// It takes `2ⁿ` evaluations.
///
/// ```
/// use backdraft::{Class, Method, Network, ShapleyInteractions};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// let x = Tensor::<2>::from_data([[2.0, 3.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| x.prod_dim(1);
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let pairs = ShapleyInteractions::new().attribute(&net, x, Class(0))?;
/// // Both make the product together.
/// let pairs = pairs.tensor::<3>()?.into_data().try_to_vec::<f32>().unwrap();
/// assert_eq!(pairs, [3.0, 6.0, 6.0, 3.0]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[doc(alias = "SII")]
#[doc(alias = "STII")]
#[derive(Clone, Debug, Default)]
pub struct ShapleyInteractions {
    replacement: Replacement,
    index: Interaction,
}

/// Which index of interaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Interaction {
    /// The Shapley interaction index, over all orders.
    #[default]
    Shapley,
    /// The Banzhaf interaction index, over all coalitions.
    Banzhaf,
    /// The Shapley-Taylor index of order two: with the diagonal it sums to the difference between the scores with all
    /// and with none of the regions.
    ShapleyTaylor,
}

impl Interaction {
    fn name(self) -> &'static str {
        match self {
            Self::Shapley => "shapley",
            Self::Banzhaf => "banzhaf",
            Self::ShapleyTaylor => "shapley-taylor",
        }
    }

    /// The matrix of a game, row by row.
    fn matrix(self, game: &Game, players: usize) -> Vec<f64> {
        let diagonal = match self {
            Self::Shapley => game.shapley(),
            Self::Banzhaf => game.banzhaf(),
            Self::ShapleyTaylor => (0..players).map(|player| game.alone(player)).collect(),
        };
        let weight = |size: usize| match self {
            Self::Shapley => orders(players, 2, size),
            Self::Banzhaf => 0.5_f64.powi(players as i32 - 2),
            Self::ShapleyTaylor => 2.0 / (players as f64 * binomial(players - 1, size)),
        };
        let mut matrix = vec![0.0; players * players];
        for first in 0..players {
            matrix[first * players + first] = diagonal[first];
            for second in first + 1..players {
                let joint = game.joint([first, second], weight);
                matrix[first * players + second] = joint;
                matrix[second * players + first] = joint;
            }
        }
        matrix
    }
}

impl ShapleyInteractions {
    const NAME: &'static str = "shapley-interactions";

    /// The Shapley interaction index of all pairs of regions, replaced by zeros.
    pub fn new() -> Self {
        Self::default()
    }

    /// Which index.
    #[must_use]
    pub fn with_index(mut self, index: Interaction) -> Self {
        self.index = index;
        self
    }

    replacement_options!();
}

impl<M: Model + ?Sized> Method<M> for ShapleyInteractions {
    fn compute(
        &self,
        model: &M,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let mut each = self.compute_each(model, inputs, &[target])?;
        Ok(each.pop().expect("an attribution for every target"))
    }

    fn compute_each(
        &self,
        model: &M,
        inputs: &Inputs,
        targets: &[&dyn Target],
    ) -> Result<Vec<Attribution>, Error> {
        let sweep = Sweep::new(
            model,
            inputs,
            targets,
            &self.replacement,
            ShapleyValues::CELLS,
        )?;
        check_disjoint(sweep.regions(), Self::NAME)?;
        let players = sweep.regions().len();
        let mut work = sweep.work(coalitions(players, Self::NAME)?)?;
        let games = play(&sweep, &mut work)?;
        let attributions = games.iter().zip(sweep.targets()).map(|(rows, target)| {
            let matrices = rows
                .iter()
                .flat_map(|game| self.index.matrix(game, players));
            let values: Vec<f64> = matrices.collect();
            let data = TensorData::new(values, [rows.len(), players, players]);
            let place = (&sweep.device(), sweep.dtype());
            let data = data.convert_dtype(sweep.dtype());
            let values = AnyTensor::from(Tensor::<3>::from_data(data, place));
            let scores = target.scores.clone();
            Ok(
                Attribution::new(Self::NAME, target.name.clone(), vec![values], scores)?
                    .with_option("index", self.index.name())
                    .with_option("regions", players)
                    .with_option("baseline", &self.replacement.baseline)
                    .without_gap(),
            )
        });
        attributions.collect()
    }

    fn cost(&self, model: &M, inputs: &Inputs) -> Result<Plan, Error> {
        // The same coalitions as for the values.
        let Replacement { regions, baseline } = self.replacement.clone();
        let values = ShapleyValues::new().with_regions(regions);
        values.with_baseline(baseline).cost(model, inputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Class;
    use crate::perturbation::testing::{product_and_sum, x};

    fn matrix(index: Interaction) -> Vec<f32> {
        let method = ShapleyInteractions::new().with_index(index);
        let result = method.attribute(&product_and_sum(), x(), Class(0)).unwrap();
        assert_eq!(result.gap(), None);
        let both: Vec<f32> = result.tensor::<3>().unwrap().into_data().iter().collect();
        both[..9].to_vec()
    }

    #[test]
    fn only_factors_interact() {
        let expected = [3.0, 6.0, 0.0, 6.0, 3.0, 0.0, 0.0, 0.0, 5.0];
        assert_eq!(matrix(Interaction::Shapley), expected);
        assert_eq!(matrix(Interaction::Banzhaf), expected);
    }

    #[test]
    fn shapley_taylor_sums_to_the_change() {
        // Alone a factor is worth nothing; the pair is worth the product, on both sides of the diagonal.
        let expected = [0.0, 6.0, 0.0, 6.0, 0.0, 0.0, 0.0, 0.0, 5.0];
        assert_eq!(matrix(Interaction::ShapleyTaylor), expected);
    }
}
