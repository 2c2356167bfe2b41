//! How much a sample near the input counts.

use std::fmt::{self, Display, Formatter};

use crate::inputs::rows::flat;
use crate::perturbation::sweep::Sweep;
use crate::{AnyTensor, Error, Model};

/// How near a sample of [`Lime`](crate::Lime) is to the input: a distance `d` and the width `σ` of the kernel
/// `exp(-d² / 2σ²)` by which it counts.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Proximity {
    /// The cosine distance of the regions' flags, as in the package `lime`: `1 - sqrt(k / n)` with `k` of `n` regions in
    /// place.
    Regions(f64),
    /// The cosine distance of the values of all inputs, as in Captum. It means nothing for integers.
    Cosine(f64),
    /// The Euclidean distance of the values of all inputs. It means nothing for integers.
    Euclidean(f64),
}

/// With the kernel's width: `cosine 0.25`.
impl Display for Proximity {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Regions(width) => write!(f, "regions {width}"),
            Self::Cosine(width) => write!(f, "cosine {width}"),
            Self::Euclidean(width) => write!(f, "euclidean {width}"),
        }
    }
}

impl Proximity {
    fn width(self) -> f64 {
        let (Self::Regions(width) | Self::Cosine(width) | Self::Euclidean(width)) = self;
        width
    }

    /// How much each sample counts: for each row, or once where it is the same for all. Over several baselines it is
    /// the mean.
    pub(super) fn weights<M: Model + ?Sized>(
        self,
        sweep: &Sweep<'_, M>,
        samples: &[Vec<bool>],
    ) -> Result<Vec<Vec<f64>>, Error> {
        let width = self.width();
        if !(width.is_finite() && width > 0.0) {
            return Err(self.refused("its width must be a positive number"));
        }
        let kernel = |distance: f64| (-distance * distance / (2.0 * width * width)).exp();
        let weights = match self {
            Self::Regions(_) => {
                let weight = |sample: &Vec<bool>| kernel(of_regions(sample));
                vec![samples.iter().map(weight).collect()]
            }
            _ if sweep.values().iter().any(|value| !value.is_float()) => {
                return Err(self.refused(
                    "distances of integers, such as tokens, mean nothing: take `Proximity::Regions`",
                ));
            }
            Self::Cosine(_) => of_values(sweep, samples, |parts| kernel(parts.cosine())),
            Self::Euclidean(_) => of_values(sweep, samples, |parts| kernel(parts.euclidean())),
        };
        if weights
            .iter()
            .any(|row| row.iter().all(|&weight| weight == 0.0))
        {
            return Err(self.refused("its width must be so large that some sample counts"));
        }
        Ok(weights)
    }

    fn refused(self, requirement: &'static str) -> Error {
        Error::InvalidOption {
            option: "proximity",
            value: self.to_string(),
            requirement,
        }
    }
}

fn of_regions(sample: &[bool]) -> f64 {
    let kept = sample.iter().filter(|kept| **kept).count();
    1.0 - (kept as f64 / sample.len() as f64).sqrt()
}

/// Products of an input `x` with itself and with a sample `y`.
#[derive(Clone, Copy, Debug, Default)]
struct Products {
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Products {
    fn plus(self, other: Self) -> Self {
        Self {
            xx: self.xx + other.xx,
            xy: self.xy + other.xy,
            yy: self.yy + other.yy,
        }
    }

    fn cosine(self) -> f64 {
        let norms = (self.xx * self.yy).sqrt();
        // Nothing is like zero.
        if norms == 0.0 {
            1.0
        } else {
            1.0 - self.xy / norms
        }
    }

    fn euclidean(self) -> f64 {
        (self.xx - 2.0 * self.xy + self.yy).max(0.0).sqrt()
    }
}

/// What every sample counts for each row, the mean over baselines.
fn of_values<M: Model + ?Sized>(
    sweep: &Sweep<'_, M>,
    samples: &[Vec<bool>],
    weight: impl Fn(Products) -> f64,
) -> Vec<Vec<f64>> {
    let share = 1.0 / sweep.baselines().len() as f64;
    let mut weights = vec![vec![0.0; samples.len()]; sweep.rows()];
    for baseline in sweep.baselines() {
        let rows = weights.iter_mut().zip(replaced_products(sweep, baseline));
        for (weights, regions) in rows {
            for (sum, sample) in weights.iter_mut().zip(samples) {
                *sum += share * weight(of_sample(sample, &regions));
            }
        }
    }
    weights
}

/// What the products of all values are for a sample, given those of each replaced region and last of what is outside.
fn of_sample(sample: &[bool], regions: &[Products]) -> Products {
    let kept = sample.iter().copied().chain([true]);
    let parts = kept.zip(regions).map(|(kept, &Products { xx, xy, yy })| {
        if kept {
            Products { xx, xy: xx, yy: xx }
        } else {
            Products { xx, xy, yy }
        }
    });
    parts.fold(Products::default(), Products::plus)
}

/// For each row the products of each region's values with the baseline's, and last of those outside of all regions.
fn replaced_products<M: Model + ?Sized>(
    sweep: &Sweep<'_, M>,
    baseline: &[AnyTensor],
) -> Vec<Vec<Products>> {
    let rows = sweep.rows();
    let mut products = vec![vec![Products::default(); sweep.regions().len() + 1]; rows];
    for (input, (x, y)) in sweep.values().iter().zip(baseline).enumerate() {
        let [x, y] = [x, y].map(|tensor| -> Vec<f64> { flat(tensor).into_data().iter().collect() });
        let elements = x.len() / rows.max(1);
        let pairs = x.chunks(elements.max(1)).zip(y.chunks(elements.max(1)));
        for (row, (products, (x, y))) in products.iter_mut().zip(pairs).enumerate() {
            let sums = |a: &[f64], b: &[f64]| {
                let each: Vec<f64> = a.iter().zip(b).map(|(a, b)| a * b).collect();
                sweep.regions().sums(input, row, &each)
            };
            let sums = sums(x, x).into_iter().zip(sums(x, y)).zip(sums(y, y));
            for (sum, ((xx, xy), yy)) in products.iter_mut().zip(sums) {
                *sum = sum.plus(Products { xx, xy, yy });
            }
        }
    }
    products
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_values() {
        // (3, 4) and (0, 4).
        let parts = Products {
            xx: 25.0,
            xy: 16.0,
            yy: 16.0,
        };
        assert!((parts.cosine() - 0.2).abs() < 1e-12);
        assert_eq!(parts.euclidean(), 3.0);
        assert_eq!(Products::default().cosine(), 1.0);
        assert_eq!(of_regions(&[true, false, false, false]), 0.5);
    }

    #[test]
    fn what_is_kept_is_the_input() {
        let region = |xx, xy, yy| Products { xx, xy, yy };
        // Values 2 and 3 with baselines 1 and 5, and 7 outside.
        let regions = [
            region(4.0, 2.0, 1.0),
            region(9.0, 15.0, 25.0),
            region(49.0, 0.0, 0.0),
        ];
        let Products { xx, xy, yy } = of_sample(&[false, true], &regions);
        assert_eq!((xx, xy, yy), (62.0, 60.0, 59.0));
        assert_eq!(of_sample(&[true, false], &regions).euclidean(), 2.0);
    }
}
