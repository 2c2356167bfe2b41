use crate::ImageError;

/// Where the equal cells of a contact sheet are, in pixels: row by row from the top left, with a
/// gap between them and around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grid {
    columns: u32,
    rows: u32,
    cell: (u32, u32),
    gap: u32,
}

impl Grid {
    /// The most pixels that a sheet may have: 800 MB of them.
    const LIMIT: u64 = 1 << 28;

    /// A grid of so many cells in so many columns, at least one of both.
    pub(crate) fn new(
        cells: u32,
        columns: u32,
        cell: (u32, u32),
        gap: u32,
    ) -> Result<Self, ImageError> {
        let grid = Self::unchecked(cells, columns, cell, gap);
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

    /// How many columns bring the sheet nearest to a shape of 4 to 3, if `measure` tells the size of cells and the gap
    /// for a number of columns.
    pub(crate) fn best_columns(cells: u32, measure: impl Fn(u32) -> ((u32, u32), u32)) -> u32 {
        let off = |columns: u32| {
            let (cell, gap) = measure(columns);
            let (width, height) = Self::unchecked(cells, columns, cell, gap).long_size();
            (width as f64 / height as f64 / (4.0 / 3.0)).ln().abs()
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
        (
            self.gap + column * (self.cell.0 + self.gap),
            self.gap + row * (self.cell.1 + self.gap),
        )
    }

    fn unchecked(cells: u32, columns: u32, cell: (u32, u32), gap: u32) -> Self {
        let columns = columns.min(cells);
        Self {
            columns,
            rows: cells.div_ceil(columns),
            cell,
            gap,
        }
    }

    /// The size before it is known to be within the limit.
    fn long_size(&self) -> (u64, u64) {
        let gap = u64::from(self.gap);
        let side = |cells: u32, cell: u32| gap + u64::from(cells) * (u64::from(cell) + gap);
        (
            side(self.columns, self.cell.0),
            side(self.rows, self.cell.1),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_follow_one_another_row_by_row() {
        let grid = Grid::new(5, 3, (10, 20), 4).unwrap();
        assert_eq!(grid.size(), (4 + 3 * 14, 4 + 2 * 24));
        let corners: Vec<_> = (0..5).map(|cell| grid.corner(cell)).collect();
        assert_eq!(corners, [(4, 4), (18, 4), (32, 4), (4, 28), (18, 28)]);
    }

    #[test]
    fn there_are_no_more_columns_than_cells() {
        assert_eq!(
            Grid::new(2, 9, (10, 10), 0).unwrap(),
            Grid::new(2, 2, (10, 10), 0).unwrap()
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
            let error = Grid::new(1, 1, cell, gap).unwrap_err();
            assert!(matches!(error, ImageError::SheetTooLarge { .. }), "{error}");
        }
        assert!(Grid::new(1, 1, (1 << 14, 1 << 14), 0).is_ok());
    }
}
