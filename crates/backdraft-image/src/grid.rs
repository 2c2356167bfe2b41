use crate::ImageError;

/// Where the cells of a contact sheet are, in pixels: row by row from the top left, with a gap between them and around.
/// All have the same width, and those of a row the same height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grid {
    columns: u32,
    width: u32,
    rows: Vec<u32>,
    gap: u32,
}

impl Grid {
    /// The most pixels that a sheet may have: 800 MB of them.
    const LIMIT: u64 = 1 << 28;

    /// A grid of so many columns of this width, at least one, and of rows of these heights.
    pub(crate) fn new(
        columns: u32,
        width: u32,
        rows: Vec<u32>,
        gap: u32,
    ) -> Result<Self, ImageError> {
        let grid = Self {
            columns,
            width,
            rows,
            gap,
        };
        let (width, height) = grid.long_size();
        if width.saturating_mul(height) > Self::LIMIT {
            return Err(ImageError::SheetTooLarge {
                width,
                height,
                limit: Self::LIMIT,
            });
        }
        Ok(grid)
    }

    /// A grid of so many equal cells in so many columns, at least one of both.
    pub(crate) fn of_equal(
        cells: u32,
        columns: u32,
        (width, height): (u32, u32),
        gap: u32,
    ) -> Result<Self, ImageError> {
        let columns = columns.min(cells);
        let rows = vec![height; cells.div_ceil(columns) as usize];
        Self::new(columns, width, rows, gap)
    }

    /// How many columns bring the sheet nearest to a shape of 4 to 3, if `measure` tells the size of cells and the gap
    /// for a number of columns.
    pub(crate) fn best_columns(cells: u32, measure: impl Fn(u32) -> ((u32, u32), u32)) -> u32 {
        let off = |columns: u32| {
            let ((width, height), gap) = measure(columns);
            let across = side(gap, columns.into(), width);
            let down = side(gap, cells.div_ceil(columns).into(), height);
            (across as f64 / down as f64 / (4.0 / 3.0)).ln().abs()
        };
        (1..=cells)
            .min_by(|a, b| off(*a).total_cmp(&off(*b)))
            .unwrap_or(1)
    }

    /// Width and height of the sheet.
    pub(crate) fn size(&self) -> (u32, u32) {
        let (width, height) = self.long_size();
        (width as u32, height as u32)
    }

    /// The top left corner of a cell.
    pub(crate) fn corner(&self, cell: u32) -> (u32, u32) {
        let (column, row) = (cell % self.columns, cell / self.columns);
        let above: u32 = self.rows[..row as usize].iter().sum();
        (
            self.gap + column * (self.width + self.gap),
            self.gap + above + row * self.gap,
        )
    }

    /// The size before it is known to be within the limit.
    fn long_size(&self) -> (u64, u64) {
        let rows: u64 = self.rows.iter().map(|&height| u64::from(height)).sum();
        let gaps = u64::from(self.gap) * (self.rows.len() as u64 + 1);
        (side(self.gap, self.columns.into(), self.width), rows + gaps)
    }
}

/// So many equal cells with gaps between and around.
fn side(gap: u32, cells: u64, cell: u32) -> u64 {
    u64::from(gap) + cells * (u64::from(cell) + u64::from(gap))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_follow_one_another_row_by_row() {
        let grid = Grid::of_equal(5, 3, (10, 20), 4).unwrap();
        assert_eq!(grid.size(), (4 + 3 * 14, 4 + 2 * 24));
        let corners: Vec<_> = (0..5).map(|cell| grid.corner(cell)).collect();
        assert_eq!(corners, [(4, 4), (18, 4), (32, 4), (4, 28), (18, 28)]);
    }

    #[test]
    fn rows_have_heights_of_their_own() {
        let grid = Grid::new(2, 10, vec![20, 30, 5], 4).unwrap();
        assert_eq!(grid.size(), (4 + 2 * 14, 55 + 4 * 4));
        let corners: Vec<_> = (0..5).map(|cell| grid.corner(cell)).collect();
        assert_eq!(corners, [(4, 4), (18, 4), (4, 28), (18, 28), (4, 62)]);
    }

    #[test]
    fn there_are_no_more_columns_than_cells() {
        assert_eq!(
            Grid::of_equal(2, 9, (10, 10), 0).unwrap(),
            Grid::of_equal(2, 2, (10, 10), 0).unwrap()
        );
    }

    #[test]
    fn the_best_number_of_columns_is_nearest_to_four_by_three() {
        let best = |cells, cell| Grid::best_columns(cells, |_| (cell, 0));
        // 12 squares of 10: 40 x 30 is it exactly.
        assert_eq!(best(12, (10, 10)), 4);
        // Wide cells stand on top of one another, tall cells side by side.
        assert_eq!(best(3, (100, 20)), 1);
        assert_eq!(best(3, (20, 100)), 3);
        assert_eq!(best(1, (20, 100)), 1);
    }

    #[test]
    fn a_sheet_beyond_memory_is_refused() {
        for (cell, gap) in [((1 << 14, 1 << 14), 1), ((1, 1), u32::MAX)] {
            let error = Grid::of_equal(1, 1, cell, gap).unwrap_err();
            assert!(matches!(error, ImageError::SheetTooLarge { .. }), "{error}");
        }
        assert!(Grid::of_equal(1, 1, (1 << 14, 1 << 14), 0).is_ok());
    }
}
