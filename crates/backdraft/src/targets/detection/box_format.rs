//! What the four numbers of a box are.

use std::fmt;

/// What the four numbers of a box are, in the order of a detector's columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoxFormat {
    /// Center and size: `[center x, center y, width, height]`, as YOLO and DETR have them.
    CenterSize,
    /// Two corners: `[left, top, right, bottom]`, as SSD and Faster R-CNN have them.
    Corners,
    /// A corner and the size: `[left, top, width, height]`, as the annotations of COCO.
    CornerSize,
}

/// A coordinate of a box, whatever its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoxSide {
    /// The smaller x.
    Left,
    /// The smaller y.
    Top,
    /// The larger x.
    Right,
    /// The larger y.
    Bottom,
    /// The middle of left and right.
    CenterX,
    /// The middle of top and bottom.
    CenterY,
    /// Right minus left.
    Width,
    /// Bottom minus top.
    Height,
}

impl fmt::Display for BoxSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Left => "left side",
            Self::Top => "top",
            Self::Right => "right side",
            Self::Bottom => "bottom",
            Self::CenterX => "center x",
            Self::CenterY => "center y",
            Self::Width => "width",
            Self::Height => "height",
        })
    }
}

impl BoxFormat {
    /// The numbers by which the four of a box are multiplied, so that their sum is the side.
    pub(super) fn weights(self, side: BoxSide) -> [f64; 4] {
        use BoxSide::{Bottom, CenterX, CenterY, Height, Left, Right, Top, Width};
        let (start, extent) = match self {
            Self::CenterSize => ([1.0, -0.5], [0.0, 1.0]),
            Self::Corners => ([1.0, 0.0], [-1.0, 1.0]),
            Self::CornerSize => ([1.0, 0.0], [0.0, 1.0]),
        };
        let at = |share: f64| [start[0] + share * extent[0], start[1] + share * extent[1]];
        let [first, second] = match side {
            Left | Top => start,
            CenterX | CenterY => at(0.5),
            Right | Bottom => at(1.0),
            Width | Height => extent,
        };
        match side {
            Left | Right | CenterX | Width => [first, 0.0, second, 0.0],
            Top | Bottom | CenterY | Height => [0.0, first, 0.0, second],
        }
    }

    /// Left, top, right and bottom of a box.
    pub(super) fn corners(self, numbers: [f64; 4]) -> [f64; 4] {
        let sides = [BoxSide::Left, BoxSide::Top, BoxSide::Right, BoxSide::Bottom];
        sides.map(|side| {
            let weights = self.weights(side);
            weights
                .iter()
                .zip(numbers)
                .map(|(w, number)| w * number)
                .sum()
        })
    }
}

/// Intersection over union of two boxes, given as left, top, right and bottom. An impossible box, whose right is left
/// of its left or that isn't finite, overlaps nothing.
pub(super) fn intersection_over_union(a: [f64; 4], b: [f64; 4]) -> f64 {
    if !a.iter().chain(&b).all(|number| number.is_finite()) {
        return 0.0;
    }
    let area =
        |[left, top, right, bottom]: [f64; 4]| (right - left).max(0.0) * (bottom - top).max(0.0);
    let both = area([
        a[0].max(b[0]),
        a[1].max(b[1]),
        a[2].min(b[2]),
        a[3].min(b[3]),
    ]);
    if both > 0.0 {
        both / (area(a) + area(b) - both)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The box from (2, 1) to (6, 9) in every format.
    const SAME: [(BoxFormat, [f64; 4]); 3] = [
        (BoxFormat::CenterSize, [4.0, 5.0, 4.0, 8.0]),
        (BoxFormat::Corners, [2.0, 1.0, 6.0, 9.0]),
        (BoxFormat::CornerSize, [2.0, 1.0, 4.0, 8.0]),
    ];

    #[test]
    fn every_format_has_every_side() {
        for (format, numbers) in SAME {
            assert_eq!(format.corners(numbers), [2.0, 1.0, 6.0, 9.0]);
            for (side, expected) in [
                (BoxSide::CenterX, 4.0),
                (BoxSide::CenterY, 5.0),
                (BoxSide::Width, 4.0),
                (BoxSide::Height, 8.0),
            ] {
                let weights = format.weights(side);
                let found: f64 = weights.iter().zip(numbers).map(|(w, n)| w * n).sum();
                assert_eq!(found, expected, "{format:?} {side}");
            }
        }
    }

    #[test]
    fn boxes_overlap_by_their_areas() {
        let unit = [0.0, 0.0, 2.0, 2.0];
        // A quarter of each: 1 / (4 + 4 - 1).
        let quarter = intersection_over_union(unit, [1.0, 1.0, 3.0, 3.0]);
        assert!((quarter - 1.0 / 7.0).abs() < 1e-12);
        assert_eq!(intersection_over_union(unit, unit), 1.0);
        assert_eq!(intersection_over_union(unit, [2.0, 0.0, 4.0, 2.0]), 0.0);
        assert_eq!(intersection_over_union(unit, [1.0, 1.0, 0.0, 0.0]), 0.0);
        assert_eq!(intersection_over_union(unit, [f64::NAN; 4]), 0.0);
    }
}
