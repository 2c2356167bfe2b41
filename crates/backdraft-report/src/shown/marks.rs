//! Plus and minus signs, which tell evidence for and against apart without color.

use std::fmt::Write;

use backdraft::image::{Heatmap, ImageError};

use crate::shown::range::Range;

/// Signs along the longer side.
const SIGNS: usize = 12;
/// Values of a map for each sign and direction, which are averaged.
const VALUES: usize = 8;
/// Signs for less than this part of the strongest place are left out.
const FAINT: f64 = 0.15;

/// The path of all signs, in an area with this left and top edge, width and height: the stronger, the larger.
pub(crate) fn path(map: &Heatmap, range: &Range, area: [f64; 4]) -> Result<String, ImageError> {
    let [left, top, width, height] = area;
    let cell = width.max(height) / SIGNS as f64;
    let along = |length: f64| ((length / cell).round() as usize).max(1);
    let (columns, rows) = (along(width), along(height));
    let fine = map.resize(columns * VALUES, rows * VALUES)?;
    let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row)));
    let means = places.map(|(column, row)| (column, row, mean(&fine, range, column, row)));
    let means: Vec<_> = means.collect();
    let strongest = means.iter().map(|it| it.2.abs()).fold(0.0, f64::max);
    let mut path = String::new();
    for (column, row, mean) in means {
        let strength = mean.abs() / strongest;
        if strength >= FAINT {
            let x = left + width * (column as f64 + 0.5) / columns as f64;
            let y = top + height * (row as f64 + 0.5) / rows as f64;
            write_sign(&mut path, x, y, 0.35 * cell * strength.sqrt(), mean > 0.0);
        }
    }
    Ok(path)
}

fn mean(fine: &Heatmap, range: &Range, column: usize, row: usize) -> f64 {
    let at = |x: usize, y: usize| fine.values()[y * fine.width() + x];
    let rows = row * VALUES..(row + 1) * VALUES;
    let values = rows.flat_map(|y| (column * VALUES..(column + 1) * VALUES).map(move |x| (x, y)));
    let sum: f64 = values.map(|(x, y)| range.intensity(at(x, y))).sum();
    sum / (VALUES * VALUES) as f64
}

fn write_sign(path: &mut String, x: f64, y: f64, arm: f64, plus: bool) {
    let double = 2.0 * arm;
    let written = write!(path, "M{:.1} {y:.1}h{double:.1}", x - arm);
    written.expect("a string takes all text");
    if plus {
        let written = write!(path, "M{x:.1} {:.1}v{double:.1}", y - arm);
        written.expect("a string takes all text");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strong_places_have_a_sign_and_faint_ones_none() {
        let map = Heatmap::new(3, 1, vec![-1.0, 0.0, 1.0]).unwrap();
        let range = Range::of(&map, true);
        let path = path(&map, &range, [0.0, 0.0, 120.0, 10.0]).unwrap();
        let lines = path.matches('h').count();
        let pluses = path.matches('v').count();
        // Twelve places of which the middle ones are faint; half of the others are positive.
        assert_eq!((lines, pluses), (10, 5));
        assert!(path.starts_with("M1.5 5.0h7.0"), "{path}");
    }

    #[test]
    fn places_where_everything_cancels_have_no_signs() {
        let map = Heatmap::new(2, 1, vec![-1.0, 1.0]).unwrap();
        let range = Range::of(&map, true);
        // One sign for the whole map.
        let path = path(&map, &range, [0.0, 0.0, 1.0, 100.0]).unwrap();
        assert_eq!(path, "");
    }
}
