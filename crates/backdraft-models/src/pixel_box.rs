/// A rectangle of pixels, such as the one around an object in a picture.
///
/// # Example
/// ```
/// use backdraft_models::PixelBox;
///
/// let window = PixelBox { left: 1, top: 0, width: 2, height: 2 };
/// let map = [0.0, 1.0, 2.0, 0.0, 3.0, 4.0];
/// assert_eq!(window.sum(&map, 3), 10.0);
/// assert!(window.contains(2, 1) && !window.contains(0, 0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelBox {
    /// The leftmost column.
    pub left: usize,
    /// The topmost row.
    pub top: usize,
    /// How many columns it has.
    pub width: usize,
    /// How many rows it has.
    pub height: usize,
}

impl PixelBox {
    /// Whether a pixel is inside.
    pub fn contains(&self, column: usize, row: usize) -> bool {
        (self.left..self.left + self.width).contains(&column)
            && (self.top..self.top + self.height).contains(&row)
    }

    /// Whether the boxes share a pixel.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.left < other.left + other.width
            && other.left < self.left + self.width
            && self.top < other.top + other.height
            && other.top < self.top + self.height
    }

    /// How many pixels there are.
    pub fn area(&self) -> usize {
        self.width * self.height
    }

    /// What a map sums to inside; its values are row by row, `columns` in each row.
    pub fn sum(&self, map: &[f32], columns: usize) -> f32 {
        let pixels = map.iter().enumerate();
        pixels
            .filter(|(index, _)| self.contains(index % columns, index / columns))
            .map(|(_, value)| value)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_that_only_touch_do_not_overlap() {
        let at = |left, top| PixelBox {
            left,
            top,
            width: 3,
            height: 2,
        };
        assert!(at(0, 0).overlaps(&at(2, 1)));
        assert!(at(2, 1).overlaps(&at(0, 0)));
        assert!(!at(0, 0).overlaps(&at(3, 0)));
        assert!(!at(0, 2).overlaps(&at(0, 0)));
        assert_eq!(at(5, 5).area(), 6);
    }
}
