//! What a scene is made of.

use std::ops::Range;

/// One thing in a scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its shape.
    pub shape: Shape,
    /// Its color.
    pub color: Color,
    /// How large it is.
    pub size: Size,
    /// Where it is.
    pub bounds: Bounds,
}

/// The square of pixels that encloses an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The first column.
    pub left: usize,
    /// The first row.
    pub top: usize,
    /// Number of columns, and of rows.
    pub side: usize,
}

/// Pixels between two objects, at least.
const GAP: usize = 3;

impl Bounds {
    /// Whether the pixel in this column and row is inside.
    pub fn contains(&self, column: usize, row: usize) -> bool {
        let inside = |start: usize, place: usize| (start..start + self.side).contains(&place);
        inside(self.left, column) && inside(self.top, row)
    }

    /// Whether there is room between the two.
    pub(super) fn is_apart(&self, other: &Self) -> bool {
        let before = |a: usize, side: usize, b: usize| a + side + GAP <= b;
        before(self.left, self.side, other.left)
            || before(other.left, other.side, self.left)
            || before(self.top, self.side, other.top)
            || before(other.top, other.side, self.top)
    }
}

/// The shape of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A disc.
    Circle,
    /// A filled square.
    Square,
    /// A filled triangle that stands on its side.
    Triangle,
    /// Two crossing bars.
    Cross,
}

impl Shape {
    /// Every shape.
    pub const ALL: [Self; 4] = [Self::Circle, Self::Square, Self::Triangle, Self::Cross];

    /// Its name in captions, questions and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Circle => "circle",
            Self::Square => "square",
            Self::Triangle => "triangle",
            Self::Cross => "cross",
        }
    }

    /// Whether it covers a point of its box, whose sides run from -1 to 1, left to right and top down.
    pub(super) fn covers(self, x: f32, y: f32) -> bool {
        match self {
            Self::Circle => x * x + y * y <= 1.0,
            Self::Square => x.abs().max(y.abs()) <= 1.0,
            Self::Triangle => y <= 1.0 && 2.0 * x.abs() <= y + 1.0,
            Self::Cross => x.abs().max(y.abs()) <= 1.0 && x.abs().min(y.abs()) <= 0.34,
        }
    }
}

/// The color of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Red.
    Red,
    /// Green.
    Green,
    /// Blue.
    Blue,
    /// Yellow.
    Yellow,
}

impl Color {
    /// Every color.
    pub const ALL: [Self; 4] = [Self::Red, Self::Green, Self::Blue, Self::Yellow];

    /// Its name in captions, questions and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Green => "green",
            Self::Blue => "blue",
            Self::Yellow => "yellow",
        }
    }

    /// Red, green and blue from 0 to 1.
    pub(super) fn rgb(self) -> [f32; 3] {
        match self {
            Self::Red => [0.85, 0.16, 0.14],
            Self::Green => [0.15, 0.66, 0.25],
            Self::Blue => [0.16, 0.32, 0.86],
            Self::Yellow => [0.92, 0.80, 0.14],
        }
    }
}

/// How large an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// 22 to 28 pixels wide.
    Large,
    /// 17 to 19 pixels wide.
    Medium,
    /// 12 to 15 pixels wide.
    Small,
}

impl Size {
    /// Width and height in pixels.
    pub(super) fn sides(self) -> Range<usize> {
        match self {
            Self::Large => 22..29,
            Self::Medium => 17..20,
            Self::Small => 12..16,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of 4 x 4 points, row by row.
    fn picture(shape: Shape) -> [String; 4] {
        let places = [-0.9f32, -0.3, 0.3, 0.9];
        places.map(|y| {
            let covered = places.map(|x| if shape.covers(x, y) { '#' } else { '.' });
            covered.into_iter().collect()
        })
    }

    #[test]
    fn shapes_cover_their_points() {
        assert_eq!(picture(Shape::Circle), [".##.", "####", "####", ".##."]);
        assert_eq!(picture(Shape::Square), ["####"; 4]);
        assert_eq!(picture(Shape::Triangle), ["....", ".##.", ".##.", "####"]);
        assert_eq!(picture(Shape::Cross), [".##.", "####", "####", ".##."]);
        // The arms of a cross leave corners that a disc fills.
        assert!(Shape::Circle.covers(0.6, 0.6) && !Shape::Cross.covers(0.6, 0.6));
    }

    #[test]
    fn no_shape_leaves_its_box() {
        for shape in Shape::ALL {
            for (x, y) in [(1.01, 0.0), (0.0, 1.01), (-1.01, 0.9), (0.9, -1.01)] {
                assert!(!shape.covers(x, y), "{shape:?} {x} {y}");
            }
        }
    }

    #[test]
    fn boxes_know_their_pixels_and_neighbors() {
        let bounds = |left, top| Bounds { left, top, side: 2 };
        assert!(bounds(5, 7).contains(6, 8) && !bounds(5, 7).contains(7, 8));
        assert!(!bounds(5, 7).contains(8, 6));
        assert!(bounds(0, 0).is_apart(&bounds(5, 0)) && bounds(0, 5).is_apart(&bounds(0, 0)));
        assert!(!bounds(0, 0).is_apart(&bounds(4, 4)));
    }
}
