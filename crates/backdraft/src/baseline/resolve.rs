//! From a baseline's description to its values for given inputs.

use burn::tensor::{Tensor, TensorData};
use rand::RngExt;
use rand_distr::StandardNormal;

use backdraft_graph::Planes;

use crate::Inputs;
use crate::baseline::BaselineError;
use crate::baseline::baseline::{Baseline, Kind};
use crate::baseline::blur::blur;
use crate::inputs::rows::{cat_rows, flat, flat_integers, to_vec, zip};
use crate::random::{generator, noise};
use crate::{AnyTensor, Error};

/// The values of one baseline, one tensor for each float input, of the input's shape.
pub(crate) type Values = Vec<AnyTensor>;

impl Baseline {
    /// The baselines for these inputs: one, or as many as are averaged over.
    ///
    /// # Errors
    ///
    /// If the baseline doesn't fit the inputs, or for a sample every one of them is the input itself.
    pub(crate) fn resolve(&self, inputs: &Inputs) -> Result<Vec<Values>, Error> {
        let floats = inputs.floats()?;
        let baselines = self.values(&floats, inputs)?;
        if baselines.is_empty() {
            return Err(Error::InvalidOption {
                option: "baseline",
                value: self.to_string(),
                requirement: "at least one baseline is needed",
            });
        }
        if !matches!(self.0, Kind::Rows | Kind::Absence) {
            check_differs(&floats, &baselines, inputs.samples())?;
        }
        Ok(baselines)
    }

    fn values(&self, floats: &[AnyTensor], inputs: &Inputs) -> Result<Vec<Values>, Error> {
        if self.is_of_floats() {
            check_floats(self, floats)?;
        }
        let rows = inputs.rows();
        let planes = inputs.image_planes();
        let channels = |input: usize| planes[input].channels;
        let each = |value: &dyn Fn(usize, &AnyTensor) -> Result<AnyTensor, Error>| {
            let values = floats.iter().enumerate().map(|(input, x)| value(input, x));
            Ok(vec![values.collect::<Result<Values, Error>>()?])
        };
        match &self.0 {
            &Kind::Constant(value) => each(&|input, x| {
                finite(value)?;
                let values = flat(x).zeros_like() + value;
                match flat_integers(x) {
                    None => Ok(AnyTensor::from(values).reshape_to(x.shape())),
                    Some(_) if value.fract() == 0.0 => {
                        let integers = AnyTensor::from(values.int()).cast_like(x);
                        Ok(integers.reshape_to(x.shape()))
                    }
                    Some(_) => Err(not_for_integers(input, self)),
                }
            }),
            Kind::Channels(values) => {
                each(&|input, x| per_channel(input, x, values, channels(input)))
            }
            #[cfg(feature = "image")]
            Kind::Color { values, .. } => {
                each(&|input, x| per_channel(input, x, values, channels(input)))
            }
            Kind::Tensors(tensors) => {
                check_count(tensors, floats)?;
                let tensors = inputs.arranged_like_explained(tensors);
                each(&|input, x| given(input, x, &tensors[input], inputs))
            }
            Kind::Inputs(tensors) => {
                let tensors = inputs.floats_at(tensors)?;
                each(&|input, x| given(input, x, &tensors[input], inputs))
            }
            Kind::Distribution(tensors) => {
                check_count(tensors, floats)?;
                let tensors = inputs.arranged_like_explained(tensors);
                let count = distribution_rows(&tensors)?;
                let row = |row: usize| {
                    let values = floats.iter().zip(&tensors).enumerate();
                    let values = values.map(|(input, (x, tensor))| {
                        given(input, x, &tensor.rows(row..row + 1), inputs)
                    });
                    values.collect::<Result<Values, Error>>()
                };
                (0..count).map(row).collect()
            }
            &Kind::Blurred { sigma } => each(&|input, x| {
                check_blur(input, x, sigma)?;
                let Planes { channels, frames } = planes[input];
                Ok(blur(x, sigma, |dim| dim > frames && dim != channels))
            }),
            &Kind::Uniform { low, high, seed } => {
                check_range(low, high)?;
                each(&|input, x| {
                    let mut random = generator(seed, input);
                    Ok(noise(x, rows, || random.random_range(low..=high)))
                })
            }
            &Kind::Gaussian { mean, std, seed } => {
                finite(mean)?;
                check_std(std)?;
                each(&|input, x| {
                    let mut random = generator(seed, input);
                    let value = || mean + std * random.sample::<f32, _>(StandardNormal);
                    Ok(noise(x, rows, value))
                })
            }
            Kind::Rows => Ok(vec![floats.to_vec()]),
            Kind::Absence => Self::zeros().values(floats, inputs),
            Kind::Average(baselines) => {
                let lists = baselines
                    .iter()
                    .map(|baseline| baseline.values(floats, inputs));
                Ok(lists
                    .collect::<Result<Vec<_>, _>>()?
                    .into_iter()
                    .flatten()
                    .collect())
            }
        }
    }
}

/// Refuses inputs of integers, such as tokens, for which a mean color, a blur or noise means nothing.
fn check_floats(baseline: &Baseline, floats: &[AnyTensor]) -> Result<(), Error> {
    match floats.iter().position(|x| !x.is_float()) {
        Some(input) => Err(not_for_integers(input, baseline)),
        None => Ok(()),
    }
}

fn not_for_integers(input: usize, baseline: &Baseline) -> Error {
    Error::Baseline(BaselineError::WrongBaseline {
        input,
        expected: "a tensor of integers or a constant integer, as the input is one of integers"
            .into(),
        actual: baseline.to_string(),
    })
}

fn finite(value: f32) -> Result<(), Error> {
    if value.is_finite() {
        return Ok(());
    }
    Err(Error::InvalidOption {
        option: "a baseline's value",
        value: value.to_string(),
        requirement: "it must be a finite number",
    })
}

fn check_range(low: f32, high: f32) -> Result<(), Error> {
    if low <= high && (high - low).is_finite() {
        return Ok(());
    }
    Err(Error::InvalidOption {
        option: "range of the baseline's noise",
        value: format!("{low} to {high}"),
        requirement: "both ends must be finite, the lower one first",
    })
}

fn check_std(std: f32) -> Result<(), Error> {
    if std.is_finite() && std >= 0.0 {
        return Ok(());
    }
    Err(Error::InvalidOption {
        option: "standard deviation of the baseline",
        value: std.to_string(),
        requirement: "it must be a finite number that isn't negative",
    })
}

fn per_channel(
    input: usize,
    x: &AnyTensor,
    values: &[f32],
    channels: usize,
) -> Result<AnyTensor, Error> {
    let shape = x.shape();
    if shape.get(channels) != Some(&values.len()) {
        return Err(Error::Baseline(BaselineError::WrongBaseline {
            input,
            expected: format!(
                "one value for each channel of shape {:?}, {}",
                shape.as_slice(),
                match channels {
                    1 => "the second dimension".to_string(),
                    channels => format!("dimension {channels}"),
                }
            ),
            actual: format!("{} values", values.len()),
        }));
    }
    for &value in values {
        finite(value)?;
    }
    let before = shape[..channels].iter().product();
    let after = shape[channels + 1..].iter().product();
    let count = values.len();
    let values = TensorData::new(values.to_vec(), [1, count, 1]);
    let values = Tensor::<3>::from_data(values, (&x.device(), x.dtype()));
    Ok(AnyTensor::from(values.expand([before, count, after])).reshape_to(shape))
}

/// The given values for every row: they may be those of one sample, or of all samples.
fn given(
    input: usize,
    x: &AnyTensor,
    values: &AnyTensor,
    inputs: &Inputs,
) -> Result<AnyTensor, Error> {
    let (expected, actual) = (x.shape(), values.shape());
    let repeats = match actual.first() {
        Some(1) => inputs.rows(),
        Some(&rows) if rows == inputs.samples() => inputs.copies(),
        _ => 0,
    };
    let of_kind = values.is_float() == x.is_float();
    if !of_kind || repeats == 0 || expected[1..] != actual[1..] {
        return Err(Error::Baseline(BaselineError::WrongBaseline {
            input,
            expected: format!(
                "{} of shape {:?}, with a row for each of {} samples or one for all",
                if x.is_float() {
                    "a float tensor"
                } else {
                    "a tensor of integers"
                },
                expected.as_slice(),
                inputs.samples()
            ),
            actual: match (of_kind, values.is_float()) {
                (true, _) => format!("shape {:?}", actual.as_slice()),
                (false, true) => "a float tensor".into(),
                (false, false) => "a tensor that isn't float".into(),
            },
        }));
    }
    if !flat(values).is_finite().all().into_scalar::<bool>() {
        return Err(Error::Baseline(BaselineError::WrongBaseline {
            input,
            expected: "finite".into(),
            actual: "NaN or infinite elements".into(),
        }));
    }
    let values = values.clone().without_autodiff().to_device(&x.device());
    let values = values.cast_like(x);
    Ok(match repeats {
        1 => values,
        repeats => cat_rows(vec![values; repeats]),
    })
}

fn check_count(tensors: &[AnyTensor], floats: &[AnyTensor]) -> Result<(), Error> {
    if tensors.len() == floats.len() {
        return Ok(());
    }
    Err(Error::Baseline(BaselineError::WrongBaseline {
        input: tensors.len().min(floats.len()),
        expected: format!("one of {} tensors, one for each float input", floats.len()),
        actual: format!("{} tensors", tensors.len()),
    }))
}

fn distribution_rows(tensors: &[AnyTensor]) -> Result<usize, Error> {
    let rows = |tensor: &AnyTensor| tensor.shape().first().copied().unwrap_or(0);
    let count = tensors.first().map_or(0, rows);
    match tensors.iter().position(|tensor| rows(tensor) != count) {
        Some(input) => Err(Error::Baseline(BaselineError::WrongBaseline {
            input,
            expected: format!("{count} rows, as for float input 0"),
            actual: format!("{} rows", rows(&tensors[input])),
        })),
        None => Ok(count),
    }
}

pub(crate) fn check_blur(input: usize, x: &AnyTensor, sigma: f64) -> Result<(), Error> {
    if !(sigma.is_finite() && sigma > 0.0) {
        return Err(Error::InvalidOption {
            option: "sigma of the blur",
            value: sigma.to_string(),
            requirement: "it must be a positive number of pixels",
        });
    }
    if x.shape().num_dims() < 3 {
        return Err(Error::Baseline(BaselineError::WrongBaseline {
            input,
            expected: "another one, as a blur needs spatial dimensions behind batch and channels"
                .into(),
            actual: format!("a blur of shape {:?}", x.shape().as_slice()),
        }));
    }
    Ok(())
}

/// Refuses samples for which every baseline is the input itself.
fn check_differs(floats: &[AnyTensor], baselines: &[Values], samples: usize) -> Result<(), Error> {
    let differences = (baselines.iter().flatten()).zip(floats.iter().cycle());
    let differences = differences.map(|(b, x)| {
        let difference = flat(&zip(x, b, |x, b| (x - b).abs())).max_dim(1);
        let [rows, _] = difference.dims();
        difference.reshape([rows])
    });
    let Some(largest) = differences.reduce(|a: Tensor<1>, b| a.max_pair(b)) else {
        return Ok(());
    };
    match to_vec(largest).iter().position(|&largest| largest == 0.0) {
        Some(row) => Err(Error::Baseline(BaselineError::BaselineIsInput {
            sample: row % samples,
        })),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn inputs() -> Inputs {
        let x = Tensor::<3>::from_data(
            [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]],
            &Device::flex(),
        );
        Inputs::new(x)
    }

    fn values(baseline: &Baseline) -> Vec<Vec<f32>> {
        let resolved = baseline.resolve(&inputs()).unwrap();
        let values = resolved.iter().map(|values| flat(&values[0]).into_data());
        values.map(|data| data.iter::<f32>().collect()).collect()
    }

    fn error(baseline: &Baseline) -> String {
        baseline.resolve(&inputs()).unwrap_err().to_string()
    }

    #[test]
    fn constants_and_channels_fill_the_input() {
        assert_eq!(values(&Baseline::zeros()), [[0.0; 8]]);
        assert_eq!(
            values(&Baseline::channels([0.5, -1.0])),
            [[0.5, 0.5, -1.0, -1.0, 0.5, 0.5, -1.0, -1.0]]
        );
        assert!(error(&Baseline::channels([0.0; 3])).contains("one value for each channel"));
        assert!(error(&Baseline::constant(f32::NAN)).contains("finite"));
    }

    #[test]
    fn a_tensor_is_for_all_samples_or_one_each() {
        let device = Device::flex();
        let one = Tensor::<3>::from_data([[[9.0, 8.0], [7.0, 6.0]]], &device);
        let row = [9.0, 8.0, 7.0, 6.0];
        assert_eq!(
            values(&Baseline::tensor(one.clone())),
            [[row, row].concat()]
        );
        let each = Tensor::cat(vec![one.clone(), one.clone() * 2.0], 0);
        let double = row.map(|x| 2.0 * x);
        assert_eq!(
            values(&Baseline::tensor(each.clone())),
            [[row, double].concat()]
        );
        assert_eq!(
            values(&Baseline::distribution(each)),
            [[row, row].concat(), [double, double].concat()]
        );
        let three = Tensor::cat(vec![one.clone(), one.clone(), one], 0);
        assert!(error(&Baseline::tensor(three)).contains("got shape [3, 2, 2]"));
    }

    #[test]
    fn copies_of_a_batch_get_the_baselines_of_their_samples() {
        let device = Device::flex();
        let each = Tensor::<2>::from_data([[1.0], [2.0]], &device);
        let x = Tensor::<2>::from_data([[3.0], [4.0]], &device);
        let inputs = Inputs::new(x.clone()).stacked(&[vec![x.clone().into()], vec![x.into()]]);
        let resolved = Baseline::tensor(each).resolve(&inputs).unwrap();
        let rows: Vec<f32> = flat(&resolved[0][0]).into_data().iter::<f32>().collect();
        assert_eq!(rows, [1.0, 2.0, 1.0, 2.0]);
    }

    #[test]
    fn noise_depends_on_the_seed_and_not_on_the_sample() {
        let noise = &values(&Baseline::uniform(-1.0, 1.0, 3))[0];
        assert_eq!(noise[..4], noise[4..]);
        assert!(noise.iter().all(|x| (-1.0..=1.0).contains(x)) && noise[0] != noise[1]);
        assert_eq!(*noise, values(&Baseline::uniform(-1.0, 1.0, 3))[0]);
        assert_ne!(*noise, values(&Baseline::uniform(-1.0, 1.0, 4))[0]);
        let gaussian = &values(&Baseline::gaussian(100.0, 1.0, 0))[0];
        assert!(gaussian.iter().all(|x| (90.0..110.0).contains(x)));
        assert!(error(&Baseline::gaussian(0.0, -1.0, 0)).contains("standard deviation"));
        assert!(error(&Baseline::uniform(1.0, -1.0, 0)).contains("1 to -1"));
        assert!(error(&Baseline::uniform(f32::MIN, f32::MAX, 0)).contains("range"));
    }

    #[test]
    fn an_average_holds_every_baseline() {
        let average = Baseline::average([Baseline::zeros(), Baseline::constant(1.0)]);
        assert_eq!(values(&average), [[0.0; 8], [1.0; 8]]);
        assert_eq!(average.to_string(), "average of 2: zeros, constant 1");
        assert!(error(&Baseline::average([])).contains("at least one"));
    }

    #[test]
    fn the_input_is_no_baseline_for_itself() {
        let own = Baseline::tensor(inputs().tensors().to_vec());
        assert!(error(&own).starts_with("the baseline of sample 0 equals its input"));
        // Among others it is: it contributes nothing.
        let average = Baseline::average([own, Baseline::zeros()]);
        assert_eq!(values(&average).len(), 2);
    }

    #[test]
    fn a_blur_needs_space() {
        assert!(error(&Baseline::blurred(0.0)).contains("sigma"));
        let flat = Inputs::new(Tensor::<2>::ones([1, 3], &Device::flex()));
        let error = Baseline::blurred(1.0)
            .resolve(&flat)
            .unwrap_err()
            .to_string();
        assert!(error.contains("spatial dimensions"), "{error}");
    }
}
