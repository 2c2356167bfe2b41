//! A small arcade game: catch the ball, mind not the moth.
//!
//! A ball falls in a straight line and bounces off the walls. The player moves a paddle along the
//! bottom, slowly or fast. A moth flutters about; it has as many bright pixels as the ball, and
//! nothing depends on it. One frame doesn't tell where the ball will come down: it takes several.

use std::array;

use burn::tensor::{Device, Tensor, TensorData};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::PixelBox;

/// Height and width of a frame, in pixels.
pub const SIDE: usize = 36;

/// How many frames a player sees at a time.
pub const FRAMES: usize = 4;

const BALL: i32 = 3;
const MOTH: i32 = 5;
const PADDLE: [i32; 2] = [7, 2];
/// The ball is down when its top is here, right above the paddle.
const DOWN: i32 = SIDE as i32 - PADDLE[1] - BALL;
/// The moth stays above this row.
const MOTH_FLOOR: i32 = 31;
/// How many places the paddle can be at.
const PLACES: usize = SIDE - PADDLE[0] as usize + 1;

/// What a player can do, in the order of the network's outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Leave the paddle where it is.
    Stay,
    /// Move it 1 pixel to the left.
    Left,
    /// Move it 1 pixel to the right.
    Right,
    /// Move it 3 pixels to the left.
    FastLeft,
    /// Move it 3 pixels to the right.
    FastRight,
}

impl Action {
    /// All actions.
    pub const ALL: [Self; 5] = [
        Self::Stay,
        Self::Left,
        Self::Right,
        Self::FastLeft,
        Self::FastRight,
    ];

    /// What it is called: `fast left`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stay => "stay",
            Self::Left => "left",
            Self::Right => "right",
            Self::FastLeft => "fast left",
            Self::FastRight => "fast right",
        }
    }

    /// Where a paddle at this place gets to; walls stop it.
    fn moves(self, paddle: usize) -> usize {
        let to = match self {
            Self::Stay => paddle,
            Self::Left => paddle.saturating_sub(1),
            Self::Right => paddle + 1,
            Self::FastLeft => paddle.saturating_sub(3),
            Self::FastRight => paddle + 3,
        };
        to.min(PLACES - 1)
    }
}

/// One game: the last [`FRAMES`] frames, and how things move.
///
/// # Example
/// ```
/// use backdraft_models::catch::{Action, Catch};
///
/// let mut game = Catch::new(7);
/// while let Some(values) = game.values() {
///     let best = (0..5).max_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap();
///     game.step(Action::ALL[best]);
/// }
/// assert_eq!(game.caught(), Some(true));
/// ```
#[derive(Debug)]
pub struct Catch {
    /// From the oldest to the latest.
    frames: [Frame; FRAMES],
    ball: Flight,
    moth: Flight,
    random: StdRng,
}

/// Where everything is at one moment: columns and rows of the left upper corners.
#[derive(Clone, Copy, Debug)]
struct Frame {
    ball: [i32; 2],
    moth: [i32; 2],
    paddle: usize,
}

/// A place and a velocity, in pixels and pixels each step.
#[derive(Clone, Copy, Debug)]
struct Flight {
    place: [i32; 2],
    velocity: [i32; 2],
}

impl Flight {
    /// The next place along one axis; walls at 0 and `last` reflect.
    fn advance(&mut self, axis: usize, last: i32) {
        let free = self.place[axis] + self.velocity[axis];
        let place = if free > last {
            2 * last - free
        } else {
            free.abs()
        };
        if place != free {
            self.velocity[axis] = -self.velocity[axis];
        }
        self.place[axis] = place;
    }
}

impl Catch {
    /// A new game, different for each seed; the paddle has rested for [`FRAMES`] frames.
    pub fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let ball = Flight {
            place: [random.random_range(0..=SIDE as i32 - BALL), 0],
            velocity: [random.random_range(-2..=2), random.random_range(2..=3)],
        };
        let moth = Flight {
            place: [
                random.random_range(0..=SIDE as i32 - MOTH),
                random.random_range(0..=MOTH_FLOOR - MOTH),
            ],
            velocity: [random.random_range(-2..=2), random.random_range(-2..=2)],
        };
        let frame = Frame {
            ball: ball.place,
            moth: moth.place,
            paddle: random.random_range(0..PLACES),
        };
        let mut game = Self {
            frames: [frame; FRAMES],
            ball,
            moth,
            random,
        };
        for _ in 1..FRAMES {
            game.step(Action::Stay);
        }
        game
    }

    /// Moves the paddle, then ball and moth. A game that is over stays as it is.
    pub fn step(&mut self, action: Action) {
        if self.steps_left() == 0 {
            return;
        }
        let paddle = action.moves(self.latest().paddle);
        self.ball.advance(0, SIDE as i32 - BALL);
        self.ball.place[1] = (self.ball.place[1] + self.ball.velocity[1]).min(DOWN);
        self.flutter();
        self.frames.rotate_left(1);
        self.frames[FRAMES - 1] = Frame {
            ball: self.ball.place,
            moth: self.moth.place,
            paddle,
        };
    }

    /// Whether the ball was caught; `None` while it is falling.
    pub fn caught(&self) -> Option<bool> {
        (self.steps_left() == 0).then(|| self.distance(self.latest().paddle) <= PADDLE[0] / 2)
    }

    /// What each action is worth if only best ones follow; `None` when the game is over.
    ///
    /// A step costs 0.02 for each pixel between the paddle's middle and the place where the ball
    /// will come down. Then the ball pays 1 in the paddle's middle and 0.25 less for each pixel
    /// next to it, down to -1.
    pub fn values(&self) -> Option<[f32; 5]> {
        let steps = self.steps_left();
        if steps == 0 {
            return None;
        }
        let distances: [i32; PLACES] = array::from_fn(|paddle| self.distance(paddle));
        let end = distances.map(|distance| (1.0 - 0.25 * distance as f32).max(-1.0));
        let worth = |paddle, action: Action, later: &[f32; PLACES]| {
            let to = action.moves(paddle);
            later[to] - 0.02 * distances[to] as f32
        };
        let best = |later: [f32; PLACES]| {
            array::from_fn(|paddle| {
                let worths = Action::ALL.map(|action| worth(paddle, action, &later));
                worths.into_iter().fold(f32::NEG_INFINITY, f32::max)
            })
        };
        let later = (1..steps).fold(end, |later, _| best(later));
        Some(Action::ALL.map(|action| worth(self.latest().paddle, action, &later)))
    }

    /// The pixels of the last frames, 0 or 1, the latest frame last.
    ///
    /// # Shapes
    /// - output: `[1, FRAMES, SIDE, SIDE]`
    pub fn observation(&self, device: &Device) -> Tensor<4> {
        let pixels = TensorData::new(self.pixels(), [1, FRAMES, SIDE, SIDE]);
        Tensor::from_data(pixels, device)
    }

    /// The pixels of [`observation`](Self::observation), row by row, frame by frame.
    pub fn pixels(&self) -> Vec<f32> {
        let mut pixels = Vec::with_capacity(FRAMES * SIDE * SIDE);
        for frame in 0..FRAMES {
            let (ball, paddle, moth) = (self.ball(frame), self.paddle(frame), self.moth(frame));
            let bright = |column, row| {
                ball.contains(column, row)
                    || paddle.contains(column, row)
                    || moth.contains(column, row) && on_diagonal(&moth, column, row)
            };
            for row in 0..SIDE {
                pixels.extend((0..SIDE).map(|column| f32::from(u8::from(bright(column, row)))));
            }
        }
        pixels
    }

    /// Where the ball is in a frame; frame 0 is the oldest.
    ///
    /// # Panics
    /// If there is no such frame.
    pub fn ball(&self, frame: usize) -> PixelBox {
        square(self.frames[frame].ball, BALL)
    }

    /// Where the moth is in a frame; frame 0 is the oldest.
    ///
    /// # Panics
    /// If there is no such frame.
    pub fn moth(&self, frame: usize) -> PixelBox {
        square(self.frames[frame].moth, MOTH)
    }

    /// Where the paddle is in a frame; frame 0 is the oldest.
    ///
    /// # Panics
    /// If there is no such frame.
    pub fn paddle(&self, frame: usize) -> PixelBox {
        let [width, height] = PADDLE.map(|pixels| pixels as usize);
        PixelBox {
            left: self.frames[frame].paddle,
            top: SIDE - height,
            width,
            height,
        }
    }

    fn latest(&self) -> &Frame {
        &self.frames[FRAMES - 1]
    }

    /// How many steps it takes the ball to come down.
    fn steps_left(&self) -> i32 {
        let speed = self.ball.velocity[1];
        (DOWN - self.ball.place[1] + speed - 1) / speed
    }

    /// From the middle of a paddle at this place to that of the ball when it is down, in pixels.
    fn distance(&self, paddle: usize) -> i32 {
        let mut ball = self.ball;
        for _ in 0..self.steps_left() {
            ball.advance(0, SIDE as i32 - BALL);
        }
        (ball.place[0] + BALL / 2 - paddle as i32 - PADDLE[0] / 2).abs()
    }

    /// The moth changes its mind every few steps.
    fn flutter(&mut self) {
        if self.random.random_bool(0.3) {
            self.moth.velocity = array::from_fn(|_| self.random.random_range(-2..=2));
        }
        self.moth.advance(0, SIDE as i32 - MOTH);
        self.moth.advance(1, MOTH_FLOOR - MOTH);
    }
}

fn square([left, top]: [i32; 2], side: i32) -> PixelBox {
    PixelBox {
        left: left as usize,
        top: top as usize,
        width: side as usize,
        height: side as usize,
    }
}

/// The moth is an X.
fn on_diagonal(window: &PixelBox, column: usize, row: usize) -> bool {
    let (x, y) = (column - window.left, row - window.top);
    x == y || x + y + 1 == window.width
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A game with the ball at this place and the paddle at another.
    fn game(place: [i32; 2], velocity: [i32; 2], paddle: usize) -> Catch {
        let mut game = Catch::new(0);
        game.ball = Flight { place, velocity };
        game.frames[FRAMES - 1].ball = place;
        game.frames[FRAMES - 1].paddle = paddle;
        game
    }

    #[test]
    fn walls_reflect_the_ball() {
        let mut game = game([32, 4], [2, 3], 0);
        game.step(Action::Stay);
        assert_eq!(game.ball(3), square([32, 7], 3));
        game.step(Action::Stay);
        assert_eq!(game.ball(3), square([30, 10], 3));
        assert_eq!(game.ball(2), square([32, 7], 3));
    }

    #[test]
    fn walls_stop_the_paddle() {
        assert_eq!(Action::FastLeft.moves(2), 0);
        assert_eq!(Action::FastRight.moves(28), 29);
        assert_eq!(Action::Right.moves(5), 6);
        assert_eq!(Action::Left.moves(5), 4);
    }

    #[test]
    fn the_last_step_is_worth_what_it_catches() {
        // The ball's middle comes down at column 11: 8 pixels from the paddle's middle, 3.
        let values = game([10, 29], [0, 2], 0).values().unwrap();
        let expected = [-1.16, -1.16, -0.89, -1.16, -0.35];
        for (value, expected) in values.into_iter().zip(expected) {
            assert!((value - expected).abs() < 1e-6_f32, "{values:?}");
        }
    }

    #[test]
    fn an_earlier_step_is_worth_the_best_of_the_later_ones() {
        // Two steps before the end, 8 pixels away: fast right twice gets within 2.
        let values = game([10, 27], [0, 2], 0).values().unwrap();
        assert!((values[4] - (0.5 - 0.1 - 0.04)).abs() < 1e-6, "{values:?}");
    }

    #[test]
    fn best_actions_catch_every_ball_in_reach() {
        let caught = (0..200)
            .filter(|&seed| {
                let mut game = Catch::new(seed);
                while let Some(values) = game.values() {
                    let best = (0..5).max_by(|&a, &b| values[a].total_cmp(&values[b]));
                    game.step(Action::ALL[best.unwrap()]);
                }
                game.caught().unwrap()
            })
            .count();
        assert!(caught >= 190, "{caught} of 200");
    }

    #[test]
    fn a_finished_game_stays_as_it_is() {
        let mut game = game([10, 29], [0, 2], 8);
        assert_eq!(game.caught(), None);
        game.step(Action::Stay);
        assert_eq!(game.caught(), Some(true));
        assert_eq!(game.values(), None);
        let pixels = game.pixels();
        game.step(Action::FastLeft);
        assert_eq!(game.pixels(), pixels);
    }

    #[test]
    fn the_boxes_hold_all_bright_pixels() {
        for seed in 0..20 {
            let game = Catch::new(seed);
            let pixels = game.pixels();
            for (frame, pixels) in pixels.chunks(SIDE * SIDE).enumerate() {
                let boxes = [game.ball(frame), game.paddle(frame), game.moth(frame)];
                let bright = boxes.map(|window| window.sum(pixels, SIDE));
                assert_eq!(bright[1], 14.0);
                if !boxes[0].overlaps(&boxes[2]) {
                    assert_eq!(bright, [9.0, 14.0, 9.0]);
                    assert_eq!(pixels.iter().sum::<f32>(), 32.0);
                }
            }
        }
    }

    #[test]
    fn the_moth_does_not_matter() {
        let game = Catch::new(3);
        let mut other = Catch::new(3);
        other.moth.place = [0, 0];
        other
            .frames
            .iter_mut()
            .for_each(|frame| frame.moth = [0, 0]);
        assert_ne!(game.pixels(), other.pixels());
        assert_eq!(game.values(), other.values());
    }

    #[test]
    fn a_seed_is_a_game() {
        assert_eq!(Catch::new(5).pixels(), Catch::new(5).pixels());
        assert_ne!(Catch::new(5).pixels(), Catch::new(6).pixels());
    }
}
