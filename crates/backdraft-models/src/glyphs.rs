//! Drawn scenes: one red shape among others of any color but red. Which shape is it?

use burn::tensor::{Device, Tensor, TensorData};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use crate::PixelBox;

/// Height and width of a scene, in pixels.
pub const SIZE: [usize; 2] = [48, 96];

/// Height and width of a shape, in pixels.
pub const SHAPE: usize = 12;

/// Each shape has a cell of this size for itself and lies anywhere in it.
const CELL: usize = 16;
const OBJECTS: usize = 7;
const RED: [f32; 3] = [0.9, 0.15, 0.15];
const COLORS: [[f32; 3]; 5] = [
    [0.15, 0.75, 0.25],
    [0.2, 0.35, 0.9],
    [0.85, 0.8, 0.2],
    [0.2, 0.75, 0.8],
    [0.7, 0.7, 0.7],
];

/// The classes, in the order of the network's outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A filled circle.
    Disc,
    /// A circle with a hole.
    Ring,
    /// A filled square.
    Square,
    /// A triangle that points up.
    Triangle,
    /// An upright cross.
    Plus,
    /// A diagonal cross.
    Cross,
}

impl Shape {
    /// All shapes.
    pub const ALL: [Self; 6] = [
        Self::Disc,
        Self::Ring,
        Self::Square,
        Self::Triangle,
        Self::Plus,
        Self::Cross,
    ];

    /// What it is called: `disc`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Disc => "disc",
            Self::Ring => "ring",
            Self::Square => "square",
            Self::Triangle => "triangle",
            Self::Plus => "plus",
            Self::Cross => "cross",
        }
    }

    /// Whether a point is on the shape; `x` (to the right) and `y` (down) go from -1 to 1.
    fn covers(self, x: f32, y: f32) -> bool {
        match self {
            Self::Disc => x.hypot(y) <= 1.0,
            Self::Ring => (0.55..=1.0).contains(&x.hypot(y)),
            Self::Square => true,
            Self::Triangle => 2.0 * x.abs() <= y + 1.0,
            Self::Plus => x.abs().min(y.abs()) <= 0.35,
            Self::Cross => (x.abs() - y.abs()).abs() <= 0.35,
        }
    }
}

/// A scene: seven shapes on a dark, noisy ground, one of them red.
///
/// # Example
/// ```
/// use backdraft_models::glyphs::Scene;
/// use burn::tensor::Device;
///
/// let scene = Scene::new(1);
/// println!("a red {}", scene.class().name());
/// assert_eq!(scene.image(&Device::flex()).dims(), [1, 3, 48, 96]);
/// ```
#[derive(Clone, Debug)]
pub struct Scene {
    /// The red one first.
    objects: Vec<(Shape, PixelBox)>,
    /// Channel by channel, row by row.
    pixels: Vec<f32>,
}

impl Scene {
    /// A scene, different for each seed.
    pub fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let objects = objects(&mut random);
        let ground = (0..SIZE[0] * SIZE[1]).map(|_| random.random_range(0.0..0.2));
        let mut pixels = ground.collect::<Vec<f32>>().repeat(3);
        for (index, (shape, window)) in objects.iter().enumerate() {
            let color = match index {
                0 => RED,
                _ => COLORS[random.random_range(0..COLORS.len())],
            };
            draw(&mut pixels, *shape, window, color);
        }
        Self { objects, pixels }
    }

    /// The shape of the red object, which is the class: an index into [`Shape::ALL`].
    pub fn class(&self) -> Shape {
        self.objects[0].0
    }

    /// Where the red object is.
    pub fn red(&self) -> PixelBox {
        self.objects[0].1
    }

    /// Where the other objects are.
    pub fn others(&self) -> impl Iterator<Item = PixelBox> {
        self.objects[1..].iter().map(|(_, window)| *window)
    }

    /// The scene in red, green and blue, from 0 to 1.
    ///
    /// # Shapes
    /// - output: `[1, 3, 48, 96]`
    pub fn image(&self, device: &Device) -> Tensor<4> {
        let pixels = TensorData::new(self.pixels.clone(), [1, 3, SIZE[0], SIZE[1]]);
        Tensor::from_data(pixels, device)
    }

    /// The pixels of [`image`](Self::image), channel by channel, row by row.
    pub fn pixels(&self) -> &[f32] {
        &self.pixels
    }
}

/// Random shapes in random cells, no two in the same.
fn objects(random: &mut StdRng) -> Vec<(Shape, PixelBox)> {
    let [rows, columns] = SIZE.map(|pixels| pixels / CELL);
    let mut cells: Vec<usize> = (0..rows * columns).collect();
    let (cells, _) = cells.partial_shuffle(random, OBJECTS);
    let place = |cell: &mut usize| {
        let shape = Shape::ALL[random.random_range(0..Shape::ALL.len())];
        let mut inside = || random.random_range(0..=CELL - SHAPE);
        let window = PixelBox {
            left: *cell % columns * CELL + inside(),
            top: *cell / columns * CELL + inside(),
            width: SHAPE,
            height: SHAPE,
        };
        (shape, window)
    };
    cells.iter_mut().map(place).collect()
}

fn draw(pixels: &mut [f32], shape: Shape, window: &PixelBox, color: [f32; 3]) {
    let centered = |pixel: usize| (2 * pixel + 1) as f32 / SHAPE as f32 - 1.0;
    for y in 0..SHAPE {
        for x in (0..SHAPE).filter(|&x| shape.covers(centered(x), centered(y))) {
            let pixel = (window.top + y) * SIZE[1] + window.left + x;
            for (channel, value) in color.into_iter().enumerate() {
                pixels[channel * SIZE[0] * SIZE[1] + pixel] = value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bitmap(shape: Shape) -> Vec<bool> {
        let mut pixels = vec![0.0; 3 * SIZE[0] * SIZE[1]];
        let window = PixelBox {
            left: 0,
            top: 0,
            width: SHAPE,
            height: SHAPE,
        };
        draw(&mut pixels, shape, &window, RED);
        pixels.into_iter().map(|value| value > 0.0).collect()
    }

    #[test]
    fn shapes_differ_in_many_pixels() {
        for (index, &a) in Shape::ALL.iter().enumerate() {
            for &b in &Shape::ALL[..index] {
                let (left, right) = (bitmap(a), bitmap(b));
                let differing = left.iter().zip(right).filter(|(l, r)| **l != *r).count() / 3;
                assert!(differing >= 20, "{a:?} and {b:?}: {differing}");
            }
        }
    }

    #[test]
    fn only_the_red_object_is_red() {
        let area = SIZE[0] * SIZE[1];
        for seed in 0..50 {
            let scene = Scene::new(seed);
            let reddish =
                (0..area).filter(|pixel| scene.pixels[*pixel] - scene.pixels[area + *pixel] > 0.5);
            let mut count = 0;
            for pixel in reddish {
                assert!(scene.red().contains(pixel % SIZE[1], pixel / SIZE[1]));
                count += 1;
            }
            let shape = bitmap(scene.class());
            assert_eq!(count, shape.iter().filter(|on| **on).count() / 3);
        }
    }

    #[test]
    fn objects_do_not_overlap_and_are_inside() {
        for seed in 0..50 {
            let scene = Scene::new(seed);
            let windows: Vec<_> = scene.others().chain([scene.red()]).collect();
            assert_eq!(windows.len(), OBJECTS);
            for (index, a) in windows.iter().enumerate() {
                assert!(a.left + SHAPE <= SIZE[1] && a.top + SHAPE <= SIZE[0]);
                assert!(windows[..index].iter().all(|b| !a.overlaps(b)));
            }
        }
    }

    #[test]
    fn every_class_occurs() {
        let seen = |shape| (0..100).any(|seed| Scene::new(seed).class() == shape);
        assert!(Shape::ALL.into_iter().all(seen));
    }
}
