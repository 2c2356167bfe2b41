//! Drawn scenes with captions, questions and answers: a small world to train and explain networks in.
//!
//! A [`Scene`] holds one to three [`Object`]s of different sizes. It knows what and where each of them is, so that
//! an explanation can be checked: the heat of the word "circle" belongs inside the circle's [`Bounds`].
//!
//! ```
//! use backdraft_models::scenes::Scene;
//! use burn::tensor::Device;
//! use rand::SeedableRng;
//! use rand::rngs::StdRng;
//!
//! let scene = Scene::with_colors(2, &mut StdRng::seed_from_u64(3));
//! let caption: Vec<&str> = scene.caption().iter().map(|word| word.text).collect();
//! assert_eq!(caption.join(" "), "a green square and a yellow cross");
//!
//! let question = &scene.questions()[0];
//! assert_eq!(question.words.join(" "), "what color is the cross");
//! assert_eq!(question.answer, "yellow");
//!
//! assert_eq!(scene.image(&Device::flex()).dims(), [3, 64, 64]);
//! ```

mod canvas;
mod object;
mod vocabulary;

use burn::tensor::{Device, Tensor, TensorData};
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

use canvas::Canvas;
pub use object::{Bounds, Color, Object, Shape, Size};
pub use vocabulary::Vocabulary;

/// Height and width of a scene's image in pixels.
pub const SIDE: usize = 64;

/// A picture of objects of different sizes that do not touch, and what there is to say about it.
#[derive(Clone, Debug)]
pub struct Scene {
    objects: Vec<Object>,
    canvas: Canvas,
}

/// A word of a caption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: &'static str,
    /// Which of the scene's objects its phrase describes, if any: "and" joins two of them.
    pub object: Option<usize>,
}

/// A question about one object, and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The words, without padding.
    pub words: Vec<&'static str>,
    /// A color or a shape.
    pub answer: &'static str,
    /// Which of the scene's objects it is about.
    pub object: usize,
}

impl Scene {
    /// Draws one to three objects of different sizes and colors, which may share a shape.
    ///
    /// # Panics
    /// If `count` is another number.
    pub fn with_colors(count: usize, rng: &mut impl Rng) -> Self {
        let mut sizes = [Size::Large, Size::Medium, Size::Small];
        sizes.shuffle(rng);
        let mut colors = Color::ALL;
        colors.shuffle(rng);
        let shape = |color| (Shape::ALL[rng.random_range(..Shape::ALL.len())], color);
        let kinds = colors[..count].iter().copied().map(shape).collect();
        Self::draw(&sizes[..count], kinds, rng)
    }

    /// Draws a large, a medium and a small object of different shapes and colors.
    pub fn with_three_objects(rng: &mut impl Rng) -> Self {
        Self::with_different_objects(&[Size::Large, Size::Medium, Size::Small], rng)
    }

    fn with_different_objects(sizes: &[Size], rng: &mut impl Rng) -> Self {
        let (mut shapes, mut colors) = (Shape::ALL, Color::ALL);
        shapes.shuffle(rng);
        colors.shuffle(rng);
        let kinds = shapes.into_iter().zip(colors);
        Self::draw(sizes, kinds.collect(), rng)
    }

    /// Draws two or three objects that may share a shape or a color, but not both.
    ///
    /// A network that learns from them has to look at an object to know what it is. Where all objects
    /// differ, it could see the others and conclude what is left.
    pub fn with_look_alikes(rng: &mut impl Rng) -> Self {
        let sizes: &[Size] = if rng.random() {
            &[Size::Large, Size::Small]
        } else {
            &[Size::Large, Size::Medium, Size::Small]
        };
        Self::draw(sizes, different_pairs(sizes.len(), rng), rng)
    }

    fn draw(sizes: &[Size], kinds: Vec<(Shape, Color)>, rng: &mut impl Rng) -> Self {
        let placed = sizes.iter().zip(place(sizes, rng));
        let objects: Vec<Object> = (kinds.into_iter().zip(placed))
            .map(|((shape, color), (&size, bounds))| Object {
                shape,
                color,
                size,
                bounds,
            })
            .collect();
        let mut canvas = Canvas::textured(rng);
        for object in &objects {
            canvas.draw(object, rng);
        }
        Self { objects, canvas }
    }

    /// The objects.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// The picture as networks see it, of shape `[3, 64, 64]`: red, green and blue from -1 to 1, and
    /// mid-gray is 0.
    pub fn image(&self, device: &Device) -> Tensor<3> {
        let values = self.canvas.values().iter();
        let values: Vec<f32> = values.map(|value| 2.0 * value - 1.0).collect();
        Tensor::from_data(TensorData::new(values, [3, SIDE, SIDE]), device)
    }

    /// Red, green and blue of a pixel, each from 0 to 255.
    ///
    /// # Panics
    /// If the pixel is outside the picture.
    pub fn pixel(&self, column: usize, row: usize) -> [u8; 3] {
        assert!(
            column < SIDE && row < SIDE,
            "the picture has 64 x 64 pixels"
        );
        let value = |channel| self.canvas.values()[(channel * SIDE + row) * SIDE + column];
        [0, 1, 2].map(|channel| (value(channel) * 255.0).round() as u8)
    }

    /// The caption: the objects in the order of [`Color::ALL`], as in "a red circle and a blue square".
    pub fn caption(&self) -> Vec<Word> {
        let mut order: Vec<usize> = (0..self.objects.len()).collect();
        order.sort_by_key(|&index| {
            let color = self.objects[index].color;
            Color::ALL.iter().position(|&known| known == color)
        });
        let mut words = Vec::new();
        for (place, &index) in order.iter().enumerate() {
            if place > 0 {
                words.push(Word {
                    text: "and",
                    object: None,
                });
            }
            let object = self.objects[index];
            let phrase = ["a", object.color.word(), object.shape.word()];
            words.extend(phrase.map(|text| Word {
                text,
                object: Some(index),
            }));
        }
        words
    }

    /// The questions that have one answer: what color the circle is, if there is one circle, and what
    /// shape is red, if one object is.
    pub fn questions(&self) -> Vec<Question> {
        let mut questions = Vec::new();
        for (index, object) in self.objects.iter().enumerate() {
            let (shape, color) = (object.shape.word(), object.color.word());
            if self.is_only(|other| other.shape == object.shape) {
                questions.push(Question {
                    words: vec!["what", "color", "is", "the", shape],
                    answer: color,
                    object: index,
                });
            }
            if self.is_only(|other| other.color == object.color) {
                questions.push(Question {
                    words: vec!["what", "shape", "is", color],
                    answer: shape,
                    object: index,
                });
            }
        }
        questions
    }

    fn is_only(&self, matches: impl Fn(&Object) -> bool) -> bool {
        self.objects.iter().filter(|object| matches(object)).count() == 1
    }
}

/// Pairs of a shape and a color, none of them twice.
fn different_pairs(count: usize, rng: &mut impl Rng) -> Vec<(Shape, Color)> {
    let shapes = Shape::ALL.into_iter();
    let pairs = shapes.flat_map(|shape| Color::ALL.map(|color| (shape, color)));
    let mut pairs: Vec<(Shape, Color)> = pairs.collect();
    pairs.shuffle(rng);
    pairs.truncate(count);
    pairs
}

/// Places for objects of these sizes, drawn until they are apart.
fn place(sizes: &[Size], rng: &mut impl Rng) -> Vec<Bounds> {
    loop {
        let places: Vec<Bounds> = (sizes.iter())
            .map(|size| {
                let side = rng.random_range(size.sides());
                Bounds {
                    left: rng.random_range(1..SIDE - side),
                    top: rng.random_range(1..SIDE - side),
                    side,
                }
            })
            .collect();
        let mut pairs = places
            .iter()
            .enumerate()
            .flat_map(|(index, a)| places[..index].iter().map(move |b| (a, b)));
        if pairs.all(|(a, b)| a.is_apart(b)) {
            return places;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use std::collections::HashSet;

    fn scenes() -> Vec<Scene> {
        let mut rng = StdRng::seed_from_u64(0);
        let draw = |_| {
            [
                Scene::with_colors(2, &mut rng),
                Scene::with_three_objects(&mut rng),
            ]
        };
        (0..50).flat_map(draw).collect()
    }

    #[test]
    fn objects_differ_and_lie_apart_inside_the_picture() {
        for scene in scenes() {
            let objects = scene.objects();
            let colors: HashSet<_> = objects.iter().map(|object| object.color.word()).collect();
            assert_eq!(colors.len(), objects.len());
            let sides: HashSet<_> = objects.iter().map(|object| object.bounds.side).collect();
            assert_eq!(sides.len(), objects.len());
            let shapes: HashSet<_> = objects.iter().map(|object| object.shape.word()).collect();
            assert!(objects.len() < 3 || shapes.len() == 3);
            for (index, object) in objects.iter().enumerate() {
                let Bounds { left, top, side } = object.bounds;
                assert!(left.max(top) + side <= SIDE);
                let mut others = objects[..index].iter();
                assert!(others.all(|other| object.bounds.is_apart(&other.bounds)));
            }
        }
    }

    #[test]
    fn the_middle_of_a_box_has_the_objects_color() {
        for scene in scenes() {
            for object in scene.objects() {
                let Bounds { left, top, side } = object.bounds;
                let [red, green, blue] = scene.pixel(left + side / 2, top + side / 2);
                let seen = match object.color {
                    Color::Red => red > green + 50 && red > blue + 50,
                    Color::Green => green > red + 50 && green > blue + 50,
                    Color::Blue => blue > red + 50 && blue > green + 50,
                    Color::Yellow => red > blue + 50 && green > blue + 50,
                };
                assert!(seen, "{object:?}: {red} {green} {blue}");
            }
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_scene() {
        let image = |seed| {
            let scene = Scene::with_three_objects(&mut StdRng::seed_from_u64(seed));
            let data = scene.image(&Device::flex()).into_data();
            data.try_to_vec::<f32>().unwrap()
        };
        assert_eq!(image(1), image(1));
        assert_ne!(image(1), image(2));
        assert!(image(1).iter().all(|value| (-1.0..=1.0).contains(value)));
    }

    #[test]
    fn what_is_said_is_about_the_object() {
        for scene in scenes() {
            for word in scene.caption() {
                let Some(index) = word.object else {
                    assert_eq!(word.text, "and");
                    continue;
                };
                let Object { shape, color, .. } = scene.objects()[index];
                assert!(["a", shape.word(), color.word()].contains(&word.text));
            }
            let colors = scene.caption().into_iter().filter_map(|word| {
                Color::ALL
                    .iter()
                    .position(|color| color.word() == word.text)
            });
            assert!(colors.is_sorted(), "{:?}", scene.caption());
            for question in scene.questions() {
                let object = scene.objects()[question.object];
                let (last, answer) = (question.words[question.words.len() - 1], question.answer);
                let words = [object.shape.word(), object.color.word()];
                assert!(words.contains(&last) && words.contains(&answer) && last != answer);
            }
        }
    }

    #[test]
    fn of_look_alikes_only_what_has_one_answer_is_asked() {
        let mut rng = StdRng::seed_from_u64(0);
        let mut fewer = 0;
        for _ in 0..100 {
            let scene = Scene::with_look_alikes(&mut rng);
            let objects = scene.objects();
            let questions = scene.questions();
            assert!(!questions.is_empty());
            fewer += usize::from(questions.len() < 2 * objects.len());
            for question in questions {
                let asked = question.words[question.words.len() - 1];
                let matches =
                    |object: &&Object| object.shape.word() == asked || object.color.word() == asked;
                assert_eq!(objects.iter().filter(matches).count(), 1);
            }
            for (index, a) in objects.iter().enumerate() {
                let mut others = objects[..index].iter();
                assert!(others.all(|b| (a.shape, a.color) != (b.shape, b.color)));
            }
        }
        assert!(fewer > 30, "{fewer} scenes with look-alikes");
    }
}
