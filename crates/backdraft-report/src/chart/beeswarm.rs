//! A swarm: a dot for every sample.

use super::plot::{Words, around, drawn};
use crate::number::number;

/// How far dots are apart, in pixels.
const DOT: i32 = 7;
/// How many lie beside each other in a row.
const LANES: i32 = 3;

/// A region or feature in many samples.
pub(super) struct Swarm {
    pub(super) name: String,
    /// Its contribution to each sample.
    pub(super) values: Vec<f64>,
    /// How dark its dot is for each sample, from 0 to 1.
    pub(super) shades: Vec<f64>,
}

impl Swarm {
    /// How large its contributions are on average.
    pub(super) fn size(&self) -> f64 {
        let sum: f64 = self.values.iter().map(|value| value.abs()).sum();
        sum / self.values.len().max(1) as f64
    }
}

/// A row of dots for every region or feature.
pub(super) fn svg(title: String, subtitle: String, rows: &[Swarm], shaded: bool) -> String {
    let words = Words {
        title,
        subtitle,
        note: if shaded {
            "A dot for every sample; the darker, the larger the feature's own value. On the right the mean size."
        } else {
            "A dot for every sample. On the right the mean size."
        },
    };
    let all = rows.iter().flat_map(|row| row.values.iter().copied());
    drawn(&words, rows.len(), around(all.chain([0.0])), |plot| {
        plot.upright(0.0)?;
        for (index, row) in rows.iter().enumerate() {
            plot.words(index, &row.name, &number(row.size()))?;
            let places: Vec<i32> = row.values.iter().map(|&value| plot.along(value)).collect();
            for (sample, off) in offsets(&places).into_iter().enumerate() {
                plot.dot(index, row.values[sample], off, row.shades[sample])?;
            }
        }
        Ok(())
    })
}

/// How far each dot is off the middle, so that those in one place lie beside each other: in so many lanes, and again
/// from the middle on if these are full.
fn offsets(places: &[i32]) -> Vec<i32> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by_key(|&index| places[index]);
    let mut offsets = vec![0; places.len()];
    let (mut first, mut inside) = (i32::MIN / 2, 0);
    for index in order {
        if places[index] - first >= DOT {
            (first, inside) = (places[index], 0);
        }
        let lane = inside % LANES;
        let side = if lane % 2 == 0 { 1 } else { -1 };
        offsets[index] = side * (lane + 1) / 2 * DOT;
        inside += 1;
    }
    offsets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_in_one_place_lie_beside_each_other() {
        assert_eq!(offsets(&[10, 50, 11, 12, 13]), [0, 0, -7, 7, 0]);
    }

    #[test]
    fn the_size_is_the_mean_of_absolute_values() {
        let swarm = Swarm {
            name: "age".into(),
            values: vec![1.0, -3.0],
            shades: vec![0.5; 2],
        };
        assert_eq!(swarm.size(), 2.0);
    }
}
