//! Masks in place of random ones.

use crate::inputs::rows::flat;
use crate::perturbation::rise::random_masks::{cell_size, check_cells, enlarged};
use crate::{AnyTensor, Error};

/// Masks, or the grids that they are made of.
#[derive(Clone, Debug)]
pub(super) enum GivenMasks {
    Masks(AnyTensor),
    Grids {
        grids: AnyTensor,
        offsets: Vec<Vec<usize>>,
    },
}

impl GivenMasks {
    /// How many there are: at least one.
    pub(super) fn count(&self) -> Result<usize, Error> {
        let (Self::Masks(weights) | Self::Grids { grids: weights, .. }) = self;
        match weights.shape().first() {
            None | Some(0) => Err(Error::InvalidOption {
                option: "masks",
                value: "empty".into(),
                requirement: "at least one is needed",
            }),
            Some(&count) => Ok(count),
        }
    }

    /// The weights of each mask for every position.
    pub(super) fn weights(&self, space: &[usize]) -> Result<Vec<Vec<f32>>, Error> {
        match self {
            Self::Masks(masks) => rows_of(masks, space, "masks"),
            Self::Grids { grids, offsets } => of_grids(grids, offsets, space),
        }
    }
}

fn of_grids(
    grids: &AnyTensor,
    offsets: &[Vec<usize>],
    space: &[usize],
) -> Result<Vec<Vec<f32>>, Error> {
    let cells: Vec<usize> = grids.shape().iter().skip(1).copied().collect();
    if cells.len() != space.len() {
        return Err(wrong_shape(grids, "grids"));
    }
    check_cells(&cells, space)?;
    let rows = rows_of(grids, &cells, "grids")?;
    let fit = |offsets: &Vec<usize>| {
        let sizes = space.iter().zip(&cells);
        let mut most = sizes.map(|(&size, &cells)| cell_size(size, cells));
        offsets.len() == space.len() && offsets.iter().all(|&it| Some(it) <= most.next())
    };
    if offsets.len() != rows.len() || !offsets.iter().all(fit) {
        return Err(Error::InvalidOption {
            option: "offsets of grids",
            value: format!("{offsets:?}"),
            requirement: "every grid has one for each dimension of space, of at most a cell",
        });
    }
    let each = rows.iter().zip(offsets);
    Ok(each
        .map(|(grid, offsets)| enlarged(grid, &cells, space, offsets))
        .collect())
}

/// The rows of a tensor of weights, each of which has this shape.
fn rows_of(
    weights: &AnyTensor,
    shape: &[usize],
    option: &'static str,
) -> Result<Vec<Vec<f32>>, Error> {
    if weights.shape()[1..] != *shape {
        return Err(wrong_shape(weights, option));
    }
    let elements = shape.iter().product::<usize>().max(1);
    let values: Vec<f32> = flat(weights).into_data().iter().collect();
    if let Some(wrong) = values.iter().find(|it| !(0.0..=1.0).contains(*it)) {
        return Err(Error::InvalidOption {
            option,
            value: format!("of {wrong}"),
            requirement: "weights are from zero to one",
        });
    }
    Ok(values.chunks(elements).map(<[f32]>::to_vec).collect())
}

fn wrong_shape(weights: &AnyTensor, option: &'static str) -> Error {
    Error::InvalidOption {
        option,
        value: format!("of shape {:?}", weights.shape().as_slice()),
        requirement: "the first dimension is their number, the others are those of space",
    }
}
