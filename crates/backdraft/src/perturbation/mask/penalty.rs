//! What masks cost beside what they explain.

/// The power of differences between neighbors, as in the paper.
const POWER: i32 = 3;
/// How much the area counts in the end where it is given, as in the paper. It begins with one, so that cells compete first.
const AREA: f64 = 300.0;

/// Terms that are added to what is minimized over a mask of cells, each a mean over all cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Penalty {
    /// How much it costs to mark cells.
    pub(super) sparsity: f64,
    /// How much it costs that neighbors differ.
    pub(super) smoothness: f64,
    /// Which part of the cells is marked, and not less or more.
    pub(super) area: Option<f64>,
}

impl Penalty {
    /// The gradient for a mask of these numbers of cells along each dimension, given how much the score changes with each
    /// cell, and which part of the steps is done.
    pub(super) fn gradient(
        &self,
        mask: &[f64],
        slopes: &[f64],
        cells: &[usize],
        done: f64,
    ) -> Vec<f64> {
        let mut gradient = match self.area {
            None => vec![self.sparsity; mask.len()],
            Some(area) => to_area(mask, slopes, area, AREA.powf(done)),
        };
        for (first, second) in neighbors(cells) {
            let difference = mask[second] - mask[first];
            let slope = f64::from(POWER) * difference * difference.abs();
            gradient[first] -= self.smoothness * slope;
            gradient[second] += self.smoothness * slope;
        }
        let cells = mask.len() as f64;
        gradient.into_iter().map(|slope| slope / cells).collect()
    }
}

/// The gradient of squared distances between the mask, its cells in ascending order, and one of as many zeros and ones as
/// the area says. Of cells that are marked as much those come last that change the score most.
fn to_area(mask: &[f64], slopes: &[f64], area: f64, weight: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..mask.len()).collect();
    order.sort_by(|&a, &b| {
        let by_mask = mask[a].total_cmp(&mask[b]);
        by_mask.then(slopes[a].total_cmp(&slopes[b]))
    });
    let zeros = ((1.0 - area) * mask.len() as f64).round() as usize;
    let mut gradient = vec![0.0; mask.len()];
    for (rank, cell) in order.into_iter().enumerate() {
        let wanted = if rank < zeros { 0.0 } else { 1.0 };
        gradient[cell] = 2.0 * weight * (mask[cell] - wanted);
    }
    gradient
}

/// All pairs of cells beside each other.
fn neighbors(cells: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    let count: usize = cells.iter().product();
    (0..cells.len()).flat_map(move |axis| {
        let step: usize = cells[axis + 1..].iter().product();
        let is_last = move |cell: usize| cell / step % cells[axis] == cells[axis] - 1;
        let pairs = (0..count).filter(move |&cell| !is_last(cell));
        pairs.map(move |cell| (cell, cell + step))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Penalty = Penalty {
        sparsity: 0.0,
        smoothness: 0.0,
        area: None,
    };

    #[test]
    fn every_marked_cell_costs_the_same() {
        let sparse = Penalty {
            sparsity: 2.0,
            ..NOTHING
        };
        let gradient = sparse.gradient(&[0.1, 0.9, 0.4, 0.0], &[0.0; 4], &[2, 2], 0.0);
        assert_eq!(gradient, [0.5; 4]);
    }

    #[test]
    fn neighbors_that_differ_move_towards_each_other() {
        let smooth = Penalty {
            smoothness: 1.0,
            ..NOTHING
        };
        // Cubes of the differences 1, in a row, and 2, in a column: slopes of 3 and 12.
        let gradient = smooth.gradient(&[0.0, 1.0, 2.0, 1.0], &[0.0; 4], &[2, 2], 0.0);
        assert_eq!(gradient, [-15.0, 3.0, 15.0, -3.0].map(|slope| slope / 4.0));
    }

    #[test]
    fn an_area_wants_the_largest_cells() {
        let half = Penalty {
            area: Some(0.5),
            ..NOTHING
        };
        let of = |mask: &[f64], slopes: &[f64], done| half.gradient(mask, slopes, &[4], done);
        let gradient = of(&[0.75, 0.25, 0.0, 1.0], &[0.0; 4], 0.0);
        assert_eq!(gradient, [-0.125, 0.125, 0.0, 0.0]);
        let last = of(&[0.75, 0.25, 0.0, 1.0], &[0.0; 4], 1.0);
        assert_eq!(last, [-0.125, 0.125, 0.0, 0.0].map(|slope| AREA * slope));
        // All are marked as much, but the middle changes the score more.
        let gradient = of(&[0.5; 4], &[1.0, 3.0, 2.0, -4.0], 0.0);
        assert_eq!(gradient, [0.25, -0.25, -0.25, 0.25]);
    }
}
