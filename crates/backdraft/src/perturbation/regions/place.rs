//! Elements by their index in every dimension.

/// The index of an element in every dimension.
pub(super) fn place_of(mut element: usize, shape: &[usize]) -> Vec<usize> {
    let mut place = vec![0; shape.len()];
    for (index, size) in place.iter_mut().zip(shape).rev() {
        *index = element % size;
        element /= size;
    }
    place
}

/// The opposite of [`place_of`].
pub(super) fn row_major(place: &[usize], shape: &[usize]) -> usize {
    let dimensions = place.iter().zip(shape);
    dimensions.fold(0, |element, (index, size)| element * size + index)
}
