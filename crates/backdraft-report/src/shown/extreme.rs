//! The places that matter most.

use backdraft::image::{Heatmap, ImageError};

/// A map's largest or smallest value, and where it is, as fractions of the map's width and height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extreme {
    pub(crate) value: f32,
    pub(crate) place: (f64, f64),
}

impl Extreme {
    /// The largest value; a flat map has none.
    pub(crate) fn largest(map: &Heatmap) -> Option<Self> {
        Some(Self {
            value: map.max(),
            place: map.peak()?,
        })
    }

    /// The smallest value, if it is negative; a flat map has none. `places` are those of the map's rows and columns.
    pub(crate) fn most_negative(
        map: &Heatmap,
        places: &[Vec<f64>],
    ) -> Result<Option<Self>, ImageError> {
        if map.min() >= 0.0 {
            return Ok(None);
        }
        let values = map.values().iter().map(|value| -value).collect();
        let turned = with_places(Heatmap::new(map.width(), map.height(), values)?, places)?;
        let largest = Self::largest(&turned);
        Ok(largest.map(|it| Self {
            value: -it.value,
            ..it
        }))
    }
}

/// The map with its rows and columns where an attribution says that they are.
fn with_places(map: Heatmap, places: &[Vec<f64>]) -> Result<Heatmap, ImageError> {
    match places {
        [rows, columns] => map.with_places(columns.clone(), rows.clone()),
        [columns] => map.with_places(columns.clone(), vec![0.5]),
        _ => Ok(map),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_found() {
        let map = Heatmap::new(2, 2, vec![0.0, 3.0, -5.0, 1.0]).unwrap();
        let largest = Extreme::largest(&map).unwrap();
        assert_eq!((largest.value, largest.place), (3.0, (0.75, 0.25)));
        let smallest = Extreme::most_negative(&map, &[]).unwrap().unwrap();
        assert_eq!((smallest.value, smallest.place), (-5.0, (0.25, 0.75)));
    }

    #[test]
    fn places_are_those_of_the_attribution() {
        let map = Heatmap::new(2, 1, vec![1.0, -1.0]).unwrap();
        let places = [vec![0.5], vec![0.125, 0.25]];
        let smallest = Extreme::most_negative(&map, &places).unwrap().unwrap();
        assert_eq!(smallest.place, (0.25, 0.5));
    }

    #[test]
    fn a_map_without_negative_values_has_one_end() {
        let map = Heatmap::new(2, 1, vec![0.0, 1.0]).unwrap();
        assert_eq!(Extreme::most_negative(&map, &[]).unwrap(), None);
        let flat = Heatmap::new(2, 1, vec![-1.0, -1.0]).unwrap();
        assert_eq!(Extreme::largest(&flat), None);
        assert_eq!(Extreme::most_negative(&flat, &[]).unwrap(), None);
    }
}
