//! Where tiles lie: those of a batch are counted image after image, row after row.

use std::ops::Range;

/// Columns of results in a tile.
pub(crate) const COLUMNS: usize = 2;
/// Products for them in a row, by [`Two`](crate::winograd::filter::Two).
pub(crate) const POINTS: usize = COLUMNS + 2;

/// The tiles of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Grid {
    pub images: usize,
    /// Tiles of an image.
    pub rows: usize,
    pub columns: usize,
}

/// Tiles of a block that lie side by side in an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Piece {
    /// The first one's index in the block.
    pub first: usize,
    pub length: usize,
    pub image: usize,
    pub row: usize,
    pub column: usize,
}

impl Grid {
    /// For images of results of this height and width, and tiles with `rows` rows of them.
    pub fn new(images: usize, [height, width]: [usize; 2], rows: usize) -> Self {
        Self {
            images,
            rows: height.div_ceil(rows),
            columns: width.div_ceil(COLUMNS),
        }
    }

    pub fn tiles(self) -> usize {
        self.images * self.rows * self.columns
    }

    /// A block, cut where rows end.
    pub fn pieces(self, block: Range<usize>) -> impl Iterator<Item = Piece> {
        self.segments(block, usize::MAX)
    }

    /// A block, cut where rows end and after each vector of `lanes` tiles.
    pub fn segments(self, block: Range<usize>, lanes: usize) -> impl Iterator<Item = Piece> {
        let mut tile = block.start;
        std::iter::from_fn(move || {
            let first = tile - block.start;
            let (row, column) = (tile / self.columns, tile % self.columns);
            let rest = (block.end - tile).min(self.columns - column);
            let length = rest.min(lanes - first % lanes);
            tile += length;
            (length > 0).then_some(Piece {
                first,
                length,
                image: row / self.rows,
                row: row % self.rows,
                column,
            })
        })
    }

    /// The most rows of one image, and the most images, that a block of so many tiles meets.
    pub fn met(self, tiles: usize) -> [usize; 2] {
        let met = |length: usize, all: usize| all.min((tiles - 1).div_ceil(length) + 1);
        [
            met(self.columns, self.rows),
            met(self.rows * self.columns, self.images),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid = Grid {
        images: 2,
        rows: 2,
        columns: 3,
    };

    fn piece(first: usize, length: usize, [image, row, column]: [usize; 3]) -> Piece {
        Piece {
            first,
            length,
            image,
            row,
            column,
        }
    }

    #[test]
    fn odd_sizes_need_a_tile_more() {
        assert_eq!(
            Grid::new(2, [7, 5], 4),
            Grid {
                images: 2,
                rows: 2,
                columns: 3
            }
        );
    }

    #[test]
    fn a_block_is_cut_where_rows_end() {
        let pieces: Vec<_> = GRID.pieces(1..8).collect();
        assert_eq!(
            pieces,
            [
                piece(0, 2, [0, 0, 1]),
                piece(2, 3, [0, 1, 0]),
                piece(5, 2, [1, 0, 0])
            ]
        );
        assert_eq!(GRID.met(7), [2, 2]);
        assert_eq!(GRID.met(1), [1, 1]);
    }

    #[test]
    fn segments_end_with_vectors_too() {
        let segments: Vec<_> = GRID.segments(1..6, 4).collect();
        assert_eq!(
            segments,
            [
                piece(0, 2, [0, 0, 1]),
                piece(2, 2, [0, 1, 0]),
                piece(4, 1, [0, 1, 2])
            ]
        );
    }
}
