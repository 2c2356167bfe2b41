//! How regions are described.

use crate::inputs::Inputs;
use crate::perturbation::error::RegionError;
use crate::perturbation::regions::resolved::ResolvedRegions;
use crate::perturbation::regions::{grid, labels, windows};
use crate::{AnyTensor, Error, Tensors};

/// What is replaced together: single elements, cells of a grid, sliding windows, channels, or whatever labels say.
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
pub struct Regions(Form);

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
    Labels(Vec<AnyTensor>),
}

impl Regions {
    /// A grid for inputs with channels and space, and every element of its own for others: 7 x 7 cells, or 3 x 3 for
    /// methods that look at all coalitions. A network's graph tells where an input has them; of a model without a graph inputs of rank four or more do, channels first.
    pub fn automatic() -> Self {
        Self::default()
    }

    /// Windows of a seventh of each side of an image, moved by half of it, and single elements of other inputs.
    pub(crate) fn automatic_windows() -> Self {
        Self(Form::AutomaticWindows)
    }

    /// Every element of every input.
    pub fn elements() -> Self {
        Self(Form::Elements)
    }

    /// Every position of an image, all of its channels together.
    pub fn positions() -> Self {
        Self(Form::Positions)
    }

    /// Every channel of an image, all of its positions together.
    pub fn channels() -> Self {
        Self(Form::Channels)
    }

    /// A grid of so many cells along each dimension of space, all channels together; one number is for every
    /// dimension. Cells are as equal as sizes allow: position `i` of `size` is in cell `⌊i · cells / size⌋`.
    pub fn grid(cells: impl Into<Vec<usize>>) -> Self {
        Self(Form::Grid(cells.into()))
    }

    /// Windows of these sizes, moved by these strides: a number for every dimension of an input but the samples, or, for
    /// an image, for every dimension of space, all channels together. The last windows are cut off at the border, as in
    /// Captum. For one input.
    pub fn windows(sizes: impl Into<Vec<usize>>, strides: impl Into<Vec<usize>>) -> Self {
        Self(Form::Windows {
            sizes: sizes.into(),
            strides: strides.into(),
        })
    }

    /// A label for every element: a tensor of integers for each input, of its shape or of one that is repeated to it
    /// (`[1, 1, height, width]` for an image). Elements with the same label are one region, also those of different
    /// inputs. Regions are in ascending order of labels; a negative label says that an element isn't replaced.
    pub fn labels(labels: impl Tensors) -> Self {
        Self(Form::Labels(labels.into_tensors()))
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
        let regions = match &self.0 {
            Form::Automatic => grid::cells_or_elements(&shapes, &channels, cells)?,
            Form::AutomaticWindows => windows::automatic(&shapes, &channels)?,
            Form::Elements => grid::elements(&shapes)?,
            Form::Positions => grid::positions(&shapes, &channels)?,
            Form::Channels => grid::channels_of(&shapes, &channels)?,
            Form::Grid(cells) => grid::cells(&shapes, &channels, cells)?,
            Form::Windows { sizes, strides } => {
                windows::windows(&shapes, &channels, sizes, strides)?
            }
            Form::Labels(tensors) => labels::regions(&shapes, tensors)?,
        };
        if regions.is_empty() {
            return Err(RegionError::None {
                help: "give at least one label that isn't negative",
            }
            .into());
        }
        Ok(ResolvedRegions::new(regions, &shapes))
    }
}

/// The shapes of one sample.
fn shapes(values: &[AnyTensor]) -> Vec<Vec<usize>> {
    let shapes = values.iter().map(AnyTensor::shape);
    shapes
        .map(|shape| shape.iter().skip(1).copied().collect())
        .collect()
}
