//! Inputs cut into elements, positions, channels, or the cells of a grid.

use crate::inputs::Inputs;
use crate::perturbation::error::RegionError;
use crate::perturbation::regions::place::{place_of, row_major};
use crate::perturbation::regions::resolved::Region;

/// How one input is cut: into how many parts, and to which of them a place belongs.
struct Cut<'a> {
    parts: usize,
    part_of: PartOf<'a>,
}

/// From the place of an element, its index in every dimension, to its part.
type PartOf<'a> = Box<dyn Fn(&[usize]) -> usize + 'a>;

/// For each input the dimension of its channels among those of a sample, if it is an image.
pub(super) fn channels(inputs: &Inputs, shapes: &[Vec<usize>]) -> Vec<Option<usize>> {
    let known = inputs.planes();
    let from_graph = known.iter().any(Option::is_some);
    let of = |(shape, planes): (&Vec<usize>, Option<backdraft_graph::Planes>)| match planes {
        Some(planes) if planes.frames == 0 && shape.len() > 1 => Some(planes.channels - 1),
        None if !from_graph && shape.len() >= 3 => Some(0),
        _ => None,
    };
    shapes.iter().zip(known).map(of).collect()
}

/// Every element.
pub(super) fn elements(shapes: &[Vec<usize>]) -> Result<Vec<Region>, RegionError> {
    regions(shapes, |_, shape| Ok(every_element(shape)))
}

/// Every position, all channels together.
pub(super) fn positions(
    shapes: &[Vec<usize>],
    channels: &[Option<usize>],
) -> Result<Vec<Region>, RegionError> {
    regions(shapes, |input, shape| {
        let axis = channels[input].ok_or_else(|| no_space(input, shape))?;
        let space = without(shape, axis);
        Ok(Cut {
            parts: space.iter().product(),
            part_of: Box::new(move |place| row_major(&without(place, axis), &space)),
        })
    })
}

/// Every channel, all positions together.
pub(super) fn channels_of(
    shapes: &[Vec<usize>],
    channels: &[Option<usize>],
) -> Result<Vec<Region>, RegionError> {
    regions(shapes, |input, shape| {
        let axis = channels[input].ok_or_else(|| no_space(input, shape))?;
        Ok(Cut {
            parts: shape[axis],
            part_of: Box::new(move |place| place[axis]),
        })
    })
}

/// The cells of a grid, all channels together.
pub(super) fn cells(
    shapes: &[Vec<usize>],
    channels: &[Option<usize>],
    cells: &[usize],
) -> Result<Vec<Region>, RegionError> {
    regions(shapes, |input, shape| {
        let axis = channels[input].ok_or_else(|| no_space(input, shape))?;
        grid(input, shape, axis, cells)
    })
}

/// The cells of a grid of images, and every element of other inputs.
pub(super) fn cells_or_elements(
    shapes: &[Vec<usize>],
    channels: &[Option<usize>],
    cells: usize,
) -> Result<Vec<Region>, RegionError> {
    regions(shapes, |input, shape| match channels[input] {
        Some(axis) => grid(input, shape, axis, &[cells]),
        None => Ok(every_element(shape)),
    })
}

fn every_element(shape: &[usize]) -> Cut<'_> {
    Cut {
        parts: shape.iter().product(),
        part_of: Box::new(|place| row_major(place, shape)),
    }
}

fn grid<'a>(
    input: usize,
    shape: &[usize],
    axis: usize,
    cells: &[usize],
) -> Result<Cut<'a>, RegionError> {
    let space = without(shape, axis);
    let counts = counts(input, &space, cells)?;
    Ok(Cut {
        parts: counts.iter().product(),
        part_of: Box::new(move |place| {
            let place = without(place, axis);
            let sizes = place.iter().zip(&space).zip(&counts);
            let cell = sizes.map(|((&place, &size), &count)| place * count / size);
            row_major(&cell.collect::<Vec<_>>(), &counts)
        }),
    })
}

/// How many cells there are along each dimension of space, at most as many as positions.
fn counts(input: usize, space: &[usize], cells: &[usize]) -> Result<Vec<usize>, RegionError> {
    let wrong = |expected: String| RegionError::WrongRegions {
        input,
        expected,
        actual: format!("a grid of {cells:?}"),
    };
    let counts = match cells {
        [cells] => vec![*cells; space.len()],
        cells if cells.len() == space.len() => cells.to_vec(),
        _ => {
            let dimensions = space.len();
            return Err(wrong(format!(
                "a grid with a number of cells for each of {dimensions} dimensions of space, or one for all"
            )));
        }
    };
    if counts.contains(&0) {
        return Err(wrong(
            "a grid of at least one cell along each dimension".into(),
        ));
    }
    let fitting = counts.iter().zip(space);
    Ok(fitting.map(|(&count, &size)| count.min(size)).collect())
}

/// The parts of every input.
fn regions<'a>(
    shapes: &'a [Vec<usize>],
    cut: impl Fn(usize, &'a [usize]) -> Result<Cut<'a>, RegionError>,
) -> Result<Vec<Region>, RegionError> {
    let mut regions: Vec<Region> = Vec::new();
    for (input, shape) in shapes.iter().enumerate() {
        let Cut { parts, part_of } = cut(input, shape)?;
        let first = regions.len();
        regions.resize_with(first + parts, || Region::empty(shapes.len()));
        for element in 0..shape.iter().product() {
            regions[first + part_of(&place_of(element, shape))].push(input, element);
        }
    }
    Ok(regions)
}

/// All dimensions but one.
pub(super) fn without(dimensions: &[usize], axis: usize) -> Vec<usize> {
    let mut rest = dimensions.to_vec();
    rest.remove(axis);
    rest
}

pub(super) fn no_space(input: usize, shape: &[usize]) -> RegionError {
    RegionError::WrongRegions {
        input,
        expected: "elements or labels, as it isn't known where the input has channels and space"
            .into(),
        actual: format!("regions of an image, for a sample of shape {shape:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The regions' elements in an input of two channels, two rows and three columns.
    fn elements_of(regions: Result<Vec<Region>, RegionError>) -> Vec<Vec<usize>> {
        let regions = regions.unwrap();
        regions
            .iter()
            .map(|region| region.elements(0).collect())
            .collect()
    }

    const IMAGE: [usize; 3] = [2, 2, 3];

    #[test]
    fn an_image_is_cut_in_every_way() {
        let shapes = [IMAGE.to_vec()];
        let channels = [Some(0)];
        assert_eq!(elements_of(elements(&shapes)).len(), 12);
        assert_eq!(elements_of(positions(&shapes, &channels))[4], [4, 10]);
        assert_eq!(
            elements_of(channels_of(&shapes, &channels))[1],
            [6, 7, 8, 9, 10, 11]
        );
        // Three columns in two cells: positions 0 and 1, and position 2.
        let grid = elements_of(cells(&shapes, &channels, &[1, 2]));
        assert_eq!(grid, [vec![0, 1, 3, 4, 6, 7, 9, 10], vec![2, 5, 8, 11]]);
    }

    #[test]
    fn channels_may_come_last() {
        let shapes = [vec![2, 3, 2]];
        assert_eq!(
            elements_of(channels_of(&shapes, &[Some(2)]))[1],
            [1, 3, 5, 7, 9, 11]
        );
    }

    #[test]
    fn what_is_no_image_has_no_grid() {
        let error = cells(&[vec![4]], &[None], &[2]).unwrap_err().to_string();
        assert!(error.contains("channels and space"), "{error}");
        let error = cells(&[IMAGE.to_vec()], &[Some(0)], &[2, 2, 2]).unwrap_err();
        assert!(
            error.to_string().contains("each of 2 dimensions"),
            "{error}"
        );
        let error = cells(&[IMAGE.to_vec()], &[Some(0)], &[0]).unwrap_err();
        assert!(error.to_string().contains("at least one cell"), "{error}");
    }
}
