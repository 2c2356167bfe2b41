//! A class compared with those that are most similar to it.

use burn::tensor::Tensor;
use burn::tensor::activation::softmax;

use crate::targets::class::logits;
use crate::targets::output::{check_class, check_samples, common, constant, pick, top, values};
use crate::targets::{Explained, Target};
use crate::{AnyTensor, Error};

/// Finer-CAM: a class compared with similar ones, so that what they have in common doesn't count.
///
/// ```text
/// F = sum over c of w_c (y_t - alpha y_c),   w = softmax over the compared classes of y_c
/// ```
///
/// Zhang et al., [*Finer-CAM: Spotting the Difference Reveals Finer Details for Visual
/// Explanation*](https://arxiv.org/abs/2501.11309), CVPR 2025, as pytorch-grad-cam's `FinerWeightedTarget` computes it: its
/// weights are the probabilities of the compared classes, divided by their sum and 1e-9. Here nothing is added to the sum, so that
/// a score doesn't vanish where the network is sure. The paper explains it by Grad-CAM, but every method can explain it.
///
/// The similar classes are those whose logits are nearest to the explained one at the input, sample by sample; they
/// stay the same at every other point that a method looks at.
///
/// | option | default |
/// |---|---|
/// | [`with_classes`](Self::with_classes) | the top class |
/// | [`with_similar`](Self::with_similar) | the 3 most similar classes |
/// | [`with_compared`](Self::with_compared) | those |
/// | [`with_alpha`](Self::with_alpha) | 1, as in the paper |
///
/// ```
/// use backdraft::{FinerCam, Method, Network, Saliency};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// let x = Tensor::<2>::from_data([[5.0, 1.0, 4.0]], &Device::default());
/// let net = Network::capture(&Vec::new(), x.clone(), |_: &Vec<Linear>, x: Tensor<2>| x * 1.0)?;
/// // The top class is 0, and class 2 the most similar one.
/// let why = Saliency::new().attribute(&net, x, FinerCam::new().with_similar(1))?;
/// assert_eq!(why.target(), "class 0 compared with [2]");
/// assert_eq!(why.scores(), [1.0]);
/// assert_eq!(why.tensor::<2>()?.into_data().try_to_vec::<f32>().unwrap(), [1.0, 0.0, -1.0]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[doc(alias = "FinerWeightedTarget")]
#[derive(Clone, Debug, PartialEq)]
pub struct FinerCam {
    classes: Option<Vec<usize>>,
    compared: Compared,
    alpha: f64,
}

/// What a class is compared with.
#[derive(Clone, Debug, PartialEq)]
enum Compared {
    /// So many classes with the nearest logits.
    Similar(usize),
    /// These, for each sample.
    Given(Vec<Vec<usize>>),
}

impl Default for FinerCam {
    fn default() -> Self {
        Self {
            classes: None,
            compared: Compared::Similar(3),
            alpha: 1.0,
        }
    }
}

impl FinerCam {
    /// The top class, compared with the three most similar ones.
    pub fn new() -> Self {
        Self::default()
    }

    /// The class that is explained of each sample, in place of the top one.
    #[must_use]
    pub fn with_classes(mut self, classes: impl Into<Vec<usize>>) -> Self {
        self.classes = Some(classes.into());
        self
    }

    /// How many similar classes are compared.
    #[must_use]
    pub fn with_similar(mut self, count: usize) -> Self {
        self.compared = Compared::Similar(count);
        self
    }

    /// The classes with which that of each sample is compared, in place of similar ones.
    #[must_use]
    pub fn with_compared(mut self, classes: Vec<Vec<usize>>) -> Self {
        self.compared = Compared::Given(classes);
        self
    }

    /// How much the compared classes count.
    #[must_use]
    pub fn with_alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    fn settled(&self, outputs: &[AnyTensor]) -> Result<Comparison, Error> {
        let logits = logits(outputs)?;
        let [samples, classes] = logits.dims();
        if !self.alpha.is_finite() {
            return Err(Error::InvalidOption {
                option: "alpha",
                value: self.alpha.to_string(),
                requirement: "it must be a finite number",
            });
        }
        let explained = match &self.classes {
            Some(given) => given.clone(),
            None => top(logits.clone()),
        };
        check_samples(explained.len(), "classes", samples)?;
        for &class in &explained {
            check_class(class, classes)?;
        }
        let compared = match &self.compared {
            Compared::Given(compared) => compared.clone(),
            Compared::Similar(count) => similar(&logits, &explained, *count)?,
        };
        check_samples(compared.len(), "lists of compared classes", samples)?;
        for (class, compared) in explained.iter().zip(&compared) {
            check_compared(*class, compared, classes)?;
        }
        Ok(Comparison {
            explained,
            compared,
            alpha: self.alpha,
        })
    }
}

impl Target for FinerCam {
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        self.settled(outputs)?.scores(outputs)
    }

    fn resolved(&self, outputs: &[AnyTensor]) -> Result<Option<Box<dyn Target>>, Error> {
        Ok(Some(Box::new(self.settled(outputs)?)))
    }
}

/// For each sample the classes whose logits are nearest to the explained one, itself left out.
fn similar(
    logits: &Tensor<2>,
    explained: &[usize],
    count: usize,
) -> Result<Vec<Vec<usize>>, Error> {
    let [_, classes] = logits.dims();
    if count == 0 || count >= classes {
        return Err(Error::InvalidOption {
            option: "similar",
            value: count.to_string(),
            requirement: "there must be at least one similar class, and fewer than the network has classes",
        });
    }
    let values = values(logits);
    let rows = values.chunks(classes).zip(explained);
    let nearest = rows.map(|(row, &explained)| {
        let mut others: Vec<usize> = (0..classes).filter(|&class| class != explained).collect();
        let distance = |&class: &usize| (row[class] - row[explained]).abs();
        others.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
        others.truncate(count);
        others
    });
    Ok(nearest.collect())
}

fn check_compared(explained: usize, compared: &[usize], classes: usize) -> Result<(), Error> {
    for &class in compared {
        check_class(class, classes)?;
    }
    if compared.is_empty() || compared.contains(&explained) {
        return Err(Error::InvalidOption {
            option: "compared",
            value: format!("{compared:?}"),
            requirement: "a class is compared with at least one other, and not with itself",
        });
    }
    Ok(())
}

/// The classes that are explained and those they are compared with, sample by sample.
struct Comparison {
    explained: Vec<usize>,
    compared: Vec<Vec<usize>>,
    alpha: f64,
}

impl Target for Comparison {
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        let logits = logits(outputs)?;
        let [samples, classes] = logits.dims();
        check_samples(self.explained.len(), "classes", samples)?;
        let is_compared = self.compared.iter().flat_map(|compared| {
            (0..classes).map(|class| f64::from(u8::from(compared.contains(&class))))
        });
        let is_compared = constant(is_compared.collect(), [samples, classes], &logits);
        let others = is_compared.equal_elem(0.0);
        let weights = softmax(logits.clone().mask_fill(others, f32::NEG_INFINITY), 1);
        let explained = pick(logits.clone(), &self.explained).reshape([samples, 1]);
        let differences = explained - logits * self.alpha;
        Ok(Explained {
            scores: (weights * differences).sum_dim(1).reshape([samples]),
            name: self.in_words(),
        })
    }
}

impl Comparison {
    fn in_words(&self) -> String {
        match (common(&self.explained), common(&self.compared)) {
            (Some(class), Some(compared)) => format!("class {class} compared with {compared:?}"),
            _ => format!(
                "classes {:?} compared with {:?}",
                self.explained, self.compared
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    const LOGITS: [[f32; 3]; 2] = [[5.0, 1.0, 4.0], [0.0, 2.0, -1.0]];

    fn output() -> AnyTensor {
        Tensor::<2>::from_data(LOGITS, &Device::flex()).into()
    }

    fn scores(target: &FinerCam) -> Result<Vec<f64>, String> {
        let explained = target.scores(&[output()]);
        let explained = explained.map_err(|error| error.to_string())?;
        Ok(values(&explained.scores))
    }

    fn assert_close(found: &[f64], expected: [f64; 2]) {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
    }

    #[test]
    fn the_top_class_is_compared_with_the_nearest() {
        let nearest = FinerCam::new().with_similar(1);
        assert_close(&scores(&nearest).unwrap(), [5.0 - 4.0, 2.0]);
        assert_close(&scores(&nearest.with_alpha(0.5)).unwrap(), [5.0 - 2.0, 2.0]);
    }

    #[test]
    fn compared_classes_count_by_their_probability() {
        let target = FinerCam::new()
            .with_classes([1, 2])
            .with_compared(vec![vec![0, 2], vec![0, 1]]);
        let weight = |a: f64, b: f64| a.exp() / (a.exp() + b.exp());
        let expected = [
            weight(5.0, 4.0) * (1.0 - 5.0) + weight(4.0, 5.0) * (1.0 - 4.0),
            weight(0.0, 2.0) * (-1.0 - 0.0) + weight(2.0, 0.0) * (-1.0 - 2.0),
        ];
        assert_close(&scores(&target).unwrap(), expected);
        let name = target.scores(&[output()]).unwrap().name;
        assert_eq!(name, "classes [1, 2] compared with [[0, 2], [0, 1]]");
    }

    #[test]
    fn a_network_that_is_sure_has_a_score_too() {
        let sure = Tensor::<2>::from_data([[90.0, 2.0, 1.0]], &Device::flex());
        let explained = FinerCam::new().with_similar(1).scores(&[sure.into()]);
        assert_eq!(values(&explained.unwrap().scores), [88.0]);
    }

    #[test]
    fn classes_stay_those_of_the_input() {
        let settled = FinerCam::new().with_similar(1).resolved(&[output()]);
        let settled = settled.unwrap().unwrap();
        let elsewhere = Tensor::<2>::from_data([[1.0, 7.0, 3.0]; 2], &Device::flex());
        let found = settled.scores(&[elsewhere.into()]).unwrap();
        assert_close(&values(&found.scores), [1.0 - 3.0, 7.0 - 1.0]);
    }

    #[test]
    fn what_cannot_be_compared_is_said() {
        let error = |target: FinerCam| scores(&target).unwrap_err();
        for count in [0, 3] {
            assert!(error(FinerCam::new().with_similar(count)).contains("similar can't be"));
        }
        assert!(error(FinerCam::new().with_alpha(f64::NAN)).contains("alpha can't be NaN"));
        assert!(error(FinerCam::new().with_classes([3, 0])).contains("class 3 doesn't exist"));
        assert!(error(FinerCam::new().with_classes([0])).contains("1 classes"));
        let compared = |classes: Vec<Vec<usize>>| error(FinerCam::new().with_compared(classes));
        assert!(compared(vec![vec![1], vec![1]]).contains("compared can't be [1]"));
        assert!(compared(vec![vec![], vec![0]]).contains("compared can't be []"));
        assert!(compared(vec![vec![7], vec![0]]).contains("class 7 doesn't exist"));
        assert!(compared(vec![vec![1]]).contains("lists of compared classes"));
    }
}
