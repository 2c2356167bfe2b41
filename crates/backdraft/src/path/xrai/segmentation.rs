//! Where segments come from.

use crate::baseline::blur;
use crate::inputs::rows::flat;
use crate::perturbation::{Image, RegionError, Regions, dilated, segments};
use crate::{AnyTensor, Error, Inputs};

/// The preferences for large segments, in the square root of which they differ most.
const SCALES: [f64; 6] = [50.0, 100.0, 150.0, 250.0, 500.0, 1200.0];
/// What a scale is divided by, for values from -1 to 1.
const LEVELS: f64 = 255.0;
/// The fewest positions of a segment, in an image of the size for which these numbers were chosen.
const LEAST: f64 = 150.0;
/// By how many positions it grows over its borders there.
const RADIUS: f64 = 5.0;
/// The positions of such an image: 224 by 224.
const POSITIONS: f64 = 224.0 * 224.0;
/// The standard deviation of the blur that takes away noise, in positions.
const BLUR: f64 = 0.8;

/// The segments of images, which may overlap.
#[derive(Clone, Debug, Default)]
pub(super) enum Segmentation {
    /// By Felzenszwalb & Huttenlocher, at several scales, dilated.
    #[default]
    Felzenszwalb,
    /// Those of several descriptions, all together.
    Regions(Vec<Regions>),
    /// The same for all samples, as integers: where a mask isn't zero.
    Masks(Box<AnyTensor>),
}

impl Segmentation {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Felzenszwalb => "felzenszwalb",
            Self::Regions(_) => "regions",
            Self::Masks(_) => "given",
        }
    }

    /// For each row its segments, given as positions in row-major order.
    pub(super) fn of(&self, inputs: &Inputs, space: &Space) -> Result<Vec<Vec<Vec<usize>>>, Error> {
        match self {
            Self::Felzenszwalb => Ok(felzenszwalb(inputs, space)),
            Self::Regions(regions) => of_regions(regions, inputs, space),
            Self::Masks(masks) => Ok(vec![of_masks(masks, space)?; inputs.rows()]),
        }
    }
}

/// The positions of the only input.
pub(super) struct Space {
    pub(super) input: AnyTensor,
    /// Its sizes.
    sizes: Vec<usize>,
    /// For each position the elements of all channels.
    pub(super) positions: Vec<Vec<usize>>,
}

impl Space {
    pub(super) fn of(inputs: &Inputs) -> Result<Self, Error> {
        let values = inputs.floats()?;
        let sizes = Regions::space(inputs, &values)?;
        let positions = Regions::positions().resolve(inputs, &values, 1)?;
        Ok(Self {
            sizes,
            positions: positions.elements(0).collect(),
            input: values.into_iter().next().expect("there is one input"),
        })
    }

    /// A number of positions, or a length, that grows with the image by this power of its number of positions.
    fn sized(&self, number: f64, power: f64) -> f64 {
        number * (self.positions.len() as f64 / POSITIONS).powf(power)
    }

    /// A number of positions of an image of 224 by 224, for this one.
    pub(super) fn part(&self, positions: f64) -> usize {
        self.sized(positions, 1.0).round() as usize
    }
}

fn felzenszwalb(inputs: &Inputs, space: &Space) -> Vec<Vec<Vec<usize>>> {
    let channels = inputs.image_planes()[0].channels;
    let blurred = blur(&space.input, BLUR, |dim| dim > 0 && dim != channels);
    let blurred = flat(&blurred);
    let [rows, elements] = blurred.dims();
    let values: Vec<f32> = blurred.into_data().iter().collect();
    let radius = space.sized(RADIUS, 1.0 / space.sizes.len() as f64).round() as usize;
    let of_row = |row: usize| {
        let image = image(&values[row * elements..][..elements], space);
        let at = |scale: f64| {
            let labels = segments(&image, space.sized(scale / LEVELS, 1.0), space.part(LEAST));
            dilated(&labels, &space.sizes, radius)
        };
        SCALES.into_iter().flat_map(at).collect()
    };
    (0..rows).map(of_row).collect()
}

/// The values of a row, from -1 to 1.
fn image(values: &[f32], space: &Space) -> Image {
    let least = values.iter().copied().fold(f32::INFINITY, f32::min);
    let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let range = (most - least).max(f32::MIN_POSITIVE);
    let elements = space.positions.iter().flatten();
    Image {
        shape: space.sizes.clone(),
        channels: values.len() / space.positions.len(),
        values: elements
            .map(|&element| 2.0 * (values[element] - least) / range - 1.0)
            .collect(),
    }
}

fn of_regions(
    regions: &[Regions],
    inputs: &Inputs,
    space: &Space,
) -> Result<Vec<Vec<Vec<usize>>>, Error> {
    let values = [space.input.clone()];
    let resolved = regions.iter().map(|it| it.resolve(inputs, &values, 7));
    let resolved: Vec<_> = resolved.collect::<Result<_, _>>()?;
    let elements = space.positions.iter().map(Vec::len).sum();
    let mut position_of = vec![0; elements];
    for (position, elements) in space.positions.iter().enumerate() {
        for &element in elements {
            position_of[element] = position;
        }
    }
    let positions = |elements: Vec<usize>| {
        let mut positions: Vec<usize> = elements.iter().map(|&it| position_of[it]).collect();
        positions.sort_unstable();
        positions.dedup();
        positions
    };
    let of_row = |row| {
        resolved
            .iter()
            .flat_map(|it| it.elements(row))
            .map(positions)
            .collect()
    };
    Ok((0..inputs.rows()).map(of_row).collect())
}

fn of_masks(masks: &AnyTensor, space: &Space) -> Result<Vec<Vec<usize>>, Error> {
    let shape = masks.shape();
    if shape.first().is_none_or(|&count| count == 0) || shape[1..] != space.sizes {
        return Err(Error::Region(RegionError::WrongRegions {
            input: 0,
            expected: format!(
                "masks of shape [segments, ..{:?}], at least one",
                space.sizes
            ),
            actual: format!("shape {:?}", shape.as_slice()),
        }));
    }
    let values: Vec<f32> = flat(masks).into_data().iter().collect();
    let masks = values.chunks(space.positions.len());
    Ok(masks
        .map(|mask| {
            (0..mask.len())
                .filter(|&position| mask[position] != 0.0)
                .collect()
        })
        .collect())
}
