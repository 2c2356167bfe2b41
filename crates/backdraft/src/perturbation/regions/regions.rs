//! How regions are described.

use crate::inputs::Inputs;
use crate::perturbation::error::RegionError;
use crate::perturbation::regions::resolved::{Region, ResolvedRegions};
use crate::perturbation::regions::{columns, grid, labels, superpixels, windows};
use crate::{AnyTensor, Error, Tensors};

/// What is replaced together: single elements, cells of a grid, sliding windows, superpixels, channels, columns of a table, or
/// whatever labels say.
///
/// By [default](Self::automatic) an image is cut into the cells of a grid, and of anything else every element is a region
/// of its own.
///
/// ```
/// use backdraft::{Class, FeatureAblation, Method, Network, Regions};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Int, Tensor};
///
/// let device = Device::default();
/// let x = Tensor::<2>::from_data([[2.0, 3.0, 5.0]], &device);
/// let net = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<2>| x.cumsum(1))?;
///
/// // The first two columns of a table belong together.
/// let regions = Regions::labels(Tensor::<2, Int>::from_data([[0, 0, 1]], &device));
/// let lost = FeatureAblation::new().with_regions(regions).attribute(&net, x, Class(2))?;
/// assert_eq!(lost.regions().unwrap().values(0), [5.0, 5.0]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Regions {
    form: Form,
    names: Vec<String>,
}

#[derive(Clone, Debug, Default)]
enum Form {
    #[default]
    Automatic,
    AutomaticWindows,
    Elements,
    Positions,
    Channels,
    Grid(Vec<usize>),
    Windows {
        sizes: Vec<usize>,
        strides: Vec<usize>,
    },
    Superpixels(usize),
    Columns(Vec<String>),
    Labels(Vec<AnyTensor>),
}

impl Regions {
    fn of(form: Form) -> Self {
        Self {
            form,
            names: Vec::new(),
        }
    }

    /// A grid for inputs with channels and space, and every element of its own for others: 7 x 7 cells, or 3 x 3 for
    /// methods that look at all coalitions. A network's graph tells where an input has them; of a model without a graph inputs of rank four or more do, channels first.
    pub fn automatic() -> Self {
        Self::default()
    }

    /// Windows of a seventh of each side of an image, moved by half of it, and single elements of other inputs.
    pub(crate) fn automatic_windows() -> Self {
        Self::of(Form::AutomaticWindows)
    }

    /// Every element of every input.
    pub fn elements() -> Self {
        Self::of(Form::Elements)
    }

    /// Every position of an image, all of its channels together.
    pub fn positions() -> Self {
        Self::of(Form::Positions)
    }

    /// Every channel of an image, all of its positions together.
    pub fn channels() -> Self {
        Self::of(Form::Channels)
    }

    /// A grid of so many cells along each dimension of space, all channels together; one number is for every
    /// dimension. Cells are as equal as sizes allow: position `i` of `size` is in cell `⌊i · cells / size⌋`.
    pub fn grid(cells: impl Into<Vec<usize>>) -> Self {
        Self::of(Form::Grid(cells.into()))
    }

    /// Windows of these sizes, moved by these strides: a number for every dimension of an input but the samples, or, for
    /// an image, for every dimension of space, all channels together. The last windows are cut off at the border, as in
    /// Captum. For one input.
    pub fn windows(sizes: impl Into<Vec<usize>>, strides: impl Into<Vec<usize>>) -> Self {
        Self::of(Form::Windows {
            sizes: sizes.into(),
            strides: strides.into(),
        })
    }

    /// So many superpixels of an image: patches of similar values, found in every sample by itself. They cling to the edges
    /// of what the image shows, so that one of them rarely holds parts of two things.
    ///
    /// SLIC (Achanta et al., [*SLIC Superpixels Compared to State-of-the-art Superpixel
    /// Methods*](https://doi.org/10.1109/TPAMI.2012.120), TPAMI 2012): k-means over values and places, within windows around
    /// the centers. A superpixel's side weighs as much as half the spread of the image's values, which are taken as the
    /// network gets them, whatever their number of channels: nothing is converted to another color space. Pieces that
    /// hang together nowhere and the smallest superpixels go to their most similar neighbors until exactly this number is
    /// left, or as many as there are positions.
    pub fn superpixels(count: usize) -> Self {
        Self::of(Form::Superpixels(count))
    }

    /// The columns of a table, `[batch, ..., columns]`, by name. Columns of the same name are one region, such as those of a
    /// category that was encoded as zeros and ones. Of several inputs the columns are counted one input after the other.
    /// Results [know the names](crate::attribution::RegionValues::names).
    ///
    /// ```
    /// use backdraft::{BlackBox, Class, FeatureAblation, Method, Regions};
    /// use burn::tensor::{Device, Float, Tensor};
    ///
    /// let model = BlackBox::new(|inputs: &[backdraft::AnyTensor]| {
    ///     Ok(vec![inputs[0].to_tensor::<2, Float>()?.sum_dim(1).into()])
    /// });
    /// let row = Tensor::<2>::from_data([[41.0, 0.0, 1.0, 0.0]], &Device::default());
    /// let columns = Regions::columns(["age", "city", "city", "city"]);
    /// let lost = FeatureAblation::new().with_regions(columns).attribute(&model, row, Class(0))?;
    /// let regions = lost.regions().unwrap();
    /// assert_eq!(regions.names(0).unwrap(), ["age", "city"]);
    /// assert_eq!(regions.values(0), [41.0, 1.0]);
    /// # Ok::<(), backdraft::Error>(())
    /// ```
    pub fn columns(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::of(Form::Columns(names.into_iter().map(Into::into).collect()))
    }

    /// Names for the regions, in their order: one for each, or one for each region of every sample, one sample after the
    /// other. Results [know them](crate::attribution::RegionValues::names).
    ///
    /// ```
    /// use backdraft::{BlackBox, Class, FeatureAblation, Method, Regions};
    /// use burn::tensor::{Device, Int, Tensor};
    ///
    /// let model = BlackBox::new(|inputs: &[backdraft::AnyTensor]| {
    ///     let tokens = inputs[0].to_tensor::<2, Int>()?;
    ///     Ok(vec![tokens.float().sum_dim(1).into()])
    /// });
    /// let sentence = Tensor::<2, Int>::from_data([[2, 7, 1]], &Device::default());
    /// let words = Regions::elements().with_names(["not", "bad", "."]);
    /// let lost = FeatureAblation::new().with_regions(words).attribute(&model, sentence, Class(0))?;
    /// assert_eq!(lost.regions().unwrap().names(0).unwrap()[1], "bad");
    /// # Ok::<(), backdraft::Error>(())
    /// ```
    #[must_use]
    pub fn with_names(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.names = names.into_iter().map(Into::into).collect();
        self
    }

    /// A label for every element: a tensor of integers for each input, of its shape or of one that is repeated to it
    /// (`[1, 1, height, width]` for an image, with one row for all samples or one for each). Elements with the same label
    /// are one region, also those of different inputs. Regions are in ascending order of labels, as many in every sample;
    /// a negative label says that an element isn't replaced.
    pub fn labels(labels: impl Tensors) -> Self {
        Self::of(Form::Labels(labels.into_tensors()))
    }

    /// The sizes of the dimensions of space of the only input, whose positions are in row-major order.
    ///
    /// # Errors
    ///
    /// [`RegionError`] if there are several inputs, or it isn't known which of the dimensions are space.
    pub(crate) fn space(inputs: &Inputs, values: &[AnyTensor]) -> Result<Vec<usize>, RegionError> {
        let shapes = shapes(values);
        match (&shapes[..], &grid::channels(inputs, &shapes)[..]) {
            ([shape], [Some(axis)]) => Ok(grid::without(shape, *axis)),
            ([shape], _) => Err(grid::no_space(0, shape)),
            _ => Err(RegionError::WrongRegions {
                input: 1,
                expected: "held by `with_constant`, as masks are for one input".into(),
                actual: format!("positions of {} inputs", shapes.len()),
            }),
        }
    }

    /// The regions of these inputs, with so many cells along each side of an image unless something else is said.
    ///
    /// # Errors
    ///
    /// [`RegionError`] if they don't fit, or there is none.
    pub(crate) fn resolve(
        &self,
        inputs: &Inputs,
        values: &[AnyTensor],
        cells: usize,
    ) -> Result<ResolvedRegions, Error> {
        let shapes = shapes(values);
        let channels = grid::channels(inputs, &shapes);
        let once = |regions: Vec<Region>| vec![regions];
        let each = match &self.form {
            Form::Automatic => once(grid::cells_or_elements(&shapes, &channels, cells)?),
            Form::AutomaticWindows => once(windows::automatic(&shapes, &channels)?),
            Form::Elements => once(grid::elements(&shapes)?),
            Form::Positions => once(grid::positions(&shapes, &channels)?),
            Form::Channels => once(grid::channels_of(&shapes, &channels)?),
            Form::Grid(cells) => once(grid::cells(&shapes, &channels, cells)?),
            Form::Windows { sizes, strides } => {
                once(windows::windows(&shapes, &channels, sizes, strides)?)
            }
            Form::Superpixels(count) => superpixels::regions(values, &channels, *count)?,
            Form::Columns(names) => once(columns::regions(&shapes, names)?),
            Form::Labels(tensors) => labels::regions(&shapes, tensors, inputs)?,
        };
        let mut each = each.into_iter();
        let regions = each.next().unwrap_or_default();
        if regions.is_empty() {
            return Err(RegionError::None {
                help: "give at least one label that isn't negative",
            }
            .into());
        }
        let names = self.names_of(regions.len(), inputs)?;
        let regions = ResolvedRegions::new(regions, &shapes);
        let regions = regions.with_channels(channels);
        Ok(regions.with_others(each.collect()).with_names(names))
    }

    /// The names of so many regions.
    fn names_of(&self, regions: usize, inputs: &Inputs) -> Result<Vec<String>, RegionError> {
        let names = match &self.form {
            Form::Columns(names) if self.names.is_empty() => columns::distinct(names),
            _ => self.names.clone(),
        };
        match names.len() {
            0 => Ok(names),
            count if count == regions || count == regions * inputs.samples() => Ok(names),
            names => Err(RegionError::Names { names, regions }),
        }
    }
}

/// The shapes of one sample.
fn shapes(values: &[AnyTensor]) -> Vec<Vec<usize>> {
    let shapes = values.iter().map(AnyTensor::shape);
    shapes
        .map(|shape| shape.iter().skip(1).copied().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BlackBox, Class, FeatureAblation, Method};
    use burn::tensor::{Device, Float, Tensor};

    #[test]
    fn superpixels_of_a_sample_do_not_depend_on_the_others() {
        let numbers = (0..2 * 3 * 8 * 8_u32).map(|it| (it * it * 7919 % 101) as f32);
        let numbers: Vec<f32> = numbers.collect();
        let x = Tensor::<1>::from_data(numbers.as_slice(), &Device::flex()).reshape([2, 3, 8, 8]);
        let model = BlackBox::new(|inputs: &[AnyTensor]| {
            let x = inputs[0].to_tensor::<4, Float>()?;
            let [rows, ..] = x.dims();
            Ok(vec![x.reshape([rows, 192]).sum_dim(1).into()])
        });
        let method = FeatureAblation::new().with_regions(Regions::superpixels(5));
        let lost = |x: Tensor<4>| method.attribute(&model, x, Class(0)).unwrap();
        let both = lost(x.clone());
        for sample in 0..2 {
            let alone = lost(x.clone().narrow(0, sample, 1));
            let (both, alone) = (both.regions().unwrap(), alone.regions().unwrap());
            assert_eq!(both.len(), 5);
            assert_eq!(both.values(sample), alone.values(0));
            // Every element belongs to one of them.
            let sum: f32 = both.values(sample).iter().sum();
            let expected = x.clone().narrow(0, sample, 1).sum().into_scalar::<f32>();
            assert!((sum - expected).abs() < 1e-3 * expected, "{sum} {expected}");
        }
        assert_ne!(
            both.regions().unwrap().values(0),
            both.regions().unwrap().values(1)
        );
    }

    #[test]
    fn there_is_a_name_for_each_region_or_for_those_of_every_sample() {
        let inputs = Inputs::new(Tensor::<2>::zeros([2, 3], &Device::flex()));
        let named = |count: usize| {
            let names = (0..count).map(|number| number.to_string());
            let regions = Regions::elements().with_names(names);
            regions.resolve(&inputs, &inputs.floats().unwrap(), 3)
        };
        for count in [0, 3, 6] {
            assert_eq!(named(count).unwrap().names().len(), count);
        }
        let error = named(4).unwrap_err().to_string();
        assert!(error.contains("4 names for 3 regions"), "{error}");
    }
}
