//! Sliding windows.

use std::ops::Range;

use crate::perturbation::error::RegionError;
use crate::perturbation::regions::place::{place_of, row_major};
use crate::perturbation::regions::resolved::Region;

/// The windows of the only input.
pub(super) fn windows(
    shapes: &[Vec<usize>],
    channels: &[Option<usize>],
    sizes: &[usize],
    strides: &[usize],
) -> Result<Vec<Region>, RegionError> {
    let [shape] = shapes else {
        return Err(RegionError::WrongRegions {
            input: 1,
            expected: "held by `with_constant`, as windows move over one input".into(),
            actual: format!("windows of {sizes:?} for {} inputs", shapes.len()),
        });
    };
    let sizes = for_every_dimension(shape, channels[0], sizes, "sizes")?;
    let strides = for_every_dimension(shape, channels[0], strides, "strides")?;
    check(shape, &sizes, &strides)?;
    let along: Vec<Vec<Range<usize>>> = (0..shape.len())
        .map(|axis| places(shape[axis], sizes[axis], strides[axis]))
        .collect();
    Ok(product(&along)
        .iter()
        .map(|window| region(window, shape))
        .collect())
}

/// Windows of a seventh of each side of an image, moved by half of it, and single elements of another input.
pub(super) fn automatic(
    shapes: &[Vec<usize>],
    channels: &[Option<usize>],
) -> Result<Vec<Region>, RegionError> {
    let shape = shapes.first().map_or(&[][..], Vec::as_slice);
    let sizes = shape
        .iter()
        .enumerate()
        .map(|(axis, &side)| match channels[0] {
            Some(channels) if axis == channels => side,
            Some(_) => side.div_ceil(7),
            None => 1,
        });
    let sizes: Vec<usize> = sizes.collect();
    let strides: Vec<usize> = sizes.iter().map(|size| size.div_ceil(2)).collect();
    windows(shapes, channels, &sizes, &strides)
}

/// A number for every dimension of a sample. Those of space alone leave all channels together.
fn for_every_dimension(
    shape: &[usize],
    channels: Option<usize>,
    given: &[usize],
    what: &str,
) -> Result<Vec<usize>, RegionError> {
    if given.len() == shape.len() {
        return Ok(given.to_vec());
    }
    match channels {
        Some(axis) if given.len() + 1 == shape.len() => {
            let mut all = given.to_vec();
            all.insert(axis, shape[axis]);
            Ok(all)
        }
        _ => Err(RegionError::WrongRegions {
            input: 0,
            expected: format!(
                "windows with {what} for each dimension of a sample of shape {shape:?}"
            ),
            actual: format!("{given:?}"),
        }),
    }
}

fn check(shape: &[usize], sizes: &[usize], strides: &[usize]) -> Result<(), RegionError> {
    let wrong = |expected: &str, actual: &[usize]| RegionError::WrongRegions {
        input: 0,
        expected: expected.into(),
        actual: format!("{actual:?} for a sample of shape {shape:?}"),
    };
    let fits = |(size, side): (&usize, &usize)| (1..=*side).contains(size);
    if !sizes.iter().zip(shape).all(fits) {
        return Err(wrong(
            "windows of at least one element and at most the input's",
            sizes,
        ));
    }
    if strides.contains(&0) {
        return Err(wrong("windows that move by at least one element", strides));
    }
    // A larger step would leave elements out that no window ever covers.
    let covers =
        |((stride, size), side): ((&usize, &usize), &usize)| stride <= size || size == side;
    if !strides.iter().zip(sizes).zip(shape).all(covers) {
        return Err(wrong(
            "windows that move by no more than their size",
            strides,
        ));
    }
    Ok(())
}

/// Where windows lie along one dimension; the last one is cut off at the border.
fn places(side: usize, window: usize, stride: usize) -> Vec<Range<usize>> {
    let shifts = (side - window).div_ceil(stride);
    (0..=shifts)
        .map(|shift| shift * stride..(shift * stride + window).min(side))
        .collect()
}

/// One of each, in all combinations, the last dimension fastest.
fn product(along: &[Vec<Range<usize>>]) -> Vec<Vec<Range<usize>>> {
    along.iter().fold(vec![Vec::new()], |windows, places| {
        let each = |window: &Vec<Range<usize>>| {
            let window = window.clone();
            let extended = places
                .iter()
                .map(move |place| [window.as_slice(), std::slice::from_ref(place)].concat());
            extended.collect::<Vec<_>>()
        };
        windows.iter().flat_map(each).collect()
    })
}

/// The elements of a window in their order.
fn region(window: &[Range<usize>], shape: &[usize]) -> Region {
    let sizes: Vec<usize> = window.iter().map(ExactSizeIterator::len).collect();
    let mut region = Region::empty(1);
    for element in 0..sizes.iter().product() {
        let inside = place_of(element, &sizes);
        let place: Vec<usize> = inside
            .iter()
            .zip(window)
            .map(|(at, range)| range.start + at)
            .collect();
        region.push(0, row_major(&place, shape));
    }
    region
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_window_is_cut_off() {
        assert_eq!(places(8, 3, 2), [0..3, 2..5, 4..7, 6..8]);
        assert_eq!(places(5, 5, 1).len(), 1);
    }

    #[test]
    fn windows_of_space_take_all_channels() {
        let shapes = [vec![2, 2, 2]];
        let regions = windows(&shapes, &[Some(0)], &[1, 2], &[1, 1]).unwrap();
        let elements: Vec<Vec<usize>> = regions.iter().map(|it| it.elements(0).collect()).collect();
        assert_eq!(elements, [[0, 1, 4, 5], [2, 3, 6, 7]]);
        let single = windows(&shapes, &[Some(0)], &[1, 2, 2], &[1, 2, 2]).unwrap();
        assert_eq!(single[1].elements(0).collect::<Vec<_>>(), [4, 5, 6, 7]);
    }

    #[test]
    fn windows_that_do_not_fit_are_refused() {
        let error = |sizes: &[usize], strides: &[usize]| {
            let error = windows(&[vec![4]], &[None], sizes, strides).unwrap_err();
            error.to_string()
        };
        assert!(error(&[5], &[1]).contains("at most the input's"));
        assert!(error(&[0], &[1]).contains("at least one element"));
        assert!(error(&[2], &[0]).contains("move by at least one"));
        assert!(error(&[2], &[3]).contains("no more than their size"));
        assert!(error(&[2, 2], &[1, 1]).contains("each dimension"));
        let two = windows(&[vec![4], vec![4]], &[None, None], &[2], &[1]).unwrap_err();
        assert!(two.to_string().contains("`with_constant`"), "{two}");
    }
}
