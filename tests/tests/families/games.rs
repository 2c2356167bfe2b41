//! A game's ball and paddle matter to the network that plays it, a moth does not; the red object of
//! a scene matters to the network that names it, the others do not.
//!
//! The thresholds are about half of what was measured. Networks with random weights, which know no
//! difference, stay far below them.

use std::fmt::Debug;

use backdraft::{
    AttentionRelevance, AttentionRollout, Class, InputXGradient, IntegratedGradients, Method,
    Network, Saliency, Target, TokenLayout, TopClass,
};
use backdraft_models::catch::{Action, Catch, FRAMES, SIDE};
use backdraft_models::glyphs::{SIZE, Scene};
use backdraft_models::{DuelingDqn, DuelingDqnConfig, PixelBox, Vit, VitConfig};
use burn::tensor::{Device, Tensor};

/// Seeds from here on were not trained with.
const HELD_OUT: u64 = (1 << 40) + 5000;
const SAMPLES: usize = 20;

fn policy(model: &DuelingDqn) -> Network {
    let frames = Tensor::zeros([1, FRAMES, SIDE, SIDE], &Device::flex());
    Network::capture(model, frames, DuelingDqn::forward).unwrap()
}

/// Games at various moments, in which the moth has flown over nothing.
fn games() -> Vec<Catch> {
    let played = (HELD_OUT..).map(|seed| {
        let mut game = Catch::new(seed);
        for _ in 0..seed % 6 {
            let values = game.values().unwrap();
            let best = (0..5).max_by(|&a, &b| values[a].total_cmp(&values[b]));
            game.step(Action::ALL[best.unwrap()]);
        }
        game
    });
    let alone = |game: &Catch| (0..FRAMES).all(|i| !game.moth(i).overlaps(&game.ball(i)));
    played.filter(alone).take(SAMPLES).collect()
}

/// The mean over all pixels of ball, paddle and moth, in all frames of a game.
fn per_pixel(game: &Catch, map: &[f32]) -> [f32; 3] {
    let mean = |place: &dyn Fn(usize) -> PixelBox| {
        let frames = map.chunks(SIDE * SIDE).enumerate();
        let means = frames.map(|(i, map)| place(i).sum(map, SIDE) / place(i).area() as f32);
        means.sum::<f32>() / FRAMES as f32
    };
    [
        mean(&|i| game.ball(i)),
        mean(&|i| game.paddle(i)),
        mean(&|i| game.moth(i)),
    ]
}

/// Magnitudes per pixel of ball, paddle and moth in each game, for the best action's value.
fn in_games(net: &Network, method: impl Method) -> Vec<[f32; 3]> {
    target_in_games(net, method, &TopClass)
}

/// The same for another target.
fn target_in_games(net: &Network, method: impl Method, target: &dyn Target) -> Vec<[f32; 3]> {
    let explain = |game: &Catch| {
        let frames = game.observation(&Device::flex());
        let map = method.attribute(net, frames, target).unwrap().abs();
        per_pixel(game, &values(map.tensor::<4>().unwrap()))
    };
    games().iter().map(explain).collect()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// How many times as much ball and paddle matter as the moth, on average.
fn ratios(measured: &[[f32; 3]]) -> [f32; 2] {
    let mean = |part: usize| measured.iter().map(|parts| parts[part]).sum::<f32>();
    [mean(0) / mean(2), mean(1) / mean(2)]
}

fn assert_above<const N: usize>(actual: [f32; N], least: [f32; N], what: impl Debug) {
    println!("{what:?}: {actual:.2?}");
    let above = actual
        .iter()
        .zip(least)
        .all(|(actual, least)| *actual > least);
    assert!(above, "{what:?}: {actual:?} are not above {least:?}");
}

#[test]
fn ball_and_paddle_matter_more_than_the_moth() {
    let net = policy(&DuelingDqn::pretrained(&Device::flex()).unwrap());
    let saliency = in_games(&net, Saliency::new());
    assert_above(ratios(&saliency), [2.0, 1.2], "saliency");

    for (name, measured) in [
        (
            "input times gradient",
            in_games(&net, InputXGradient::new()),
        ),
        (
            "integrated gradients",
            in_games(&net, IntegratedGradients::new()),
        ),
    ] {
        assert_above(ratios(&measured), [6.0, 3.0], name);
        let clear = |&[ball, paddle, moth]: &[f32; 3]| ball > moth && paddle > moth;
        assert!(measured.iter().all(clear), "{name}: {measured:?}");
    }
}

/// How good the state is depends on the ball's flight first; which action is best, on where the
/// paddle is as well.
#[test]
fn next_to_the_ball_the_paddle_weighs_more_in_the_advantage() {
    let net = policy(&DuelingDqn::pretrained(&Device::flex()).unwrap());
    // The value of the state is a single number, so no action is its best.
    let heads = [
        ("value", &Class(0) as &dyn Target),
        ("advantage", &TopClass),
    ];
    let [value, advantage] = heads.map(|(head, target)| {
        let head = net.with_output_at(head).unwrap();
        let path = IntegratedGradients::new();
        let [ball, paddle] = ratios(&target_in_games(&head, path, target));
        paddle / ball
    });
    assert_above(
        [advantage / value],
        [1.4],
        "paddle to ball, advantage to value",
    );
}

#[test]
fn a_random_policy_knows_no_difference() {
    let net = policy(&DuelingDqnConfig::catch().init(&Device::flex()));
    let [ball, _] = ratios(&in_games(&net, Saliency::new()));
    assert!(ball < 2.0, "{ball}");
}

fn vit(model: &Vit) -> Network {
    let image = Tensor::zeros([1, 3, SIZE[0], SIZE[1]], &Device::flex());
    Network::capture(model, image, Vit::forward).unwrap()
}

/// The shares of magnitudes in each scene, for the best class.
fn in_scenes(net: &Network, method: impl Method) -> Vec<[f32; 2]> {
    let share = |scene: &Scene| {
        let image = scene.image(&Device::flex());
        let map = method
            .attribute(net, image, TopClass)
            .unwrap()
            .abs()
            .sum_channels();
        shares(scene, &values(map.tensor::<4>().unwrap()))
    };
    scenes().iter().map(share).collect()
}

fn scenes() -> Vec<Scene> {
    (HELD_OUT..).map(Scene::new).take(SAMPLES).collect()
}

/// The parts of a map's mass on the red object and, at most, on one of the others.
fn shares(scene: &Scene, map: &[f32]) -> [f32; 2] {
    let mass = |window: PixelBox| window.sum(map, SIZE[1]) / map.iter().sum::<f32>();
    let others = scene.others().map(mass).fold(0.0, f32::max);
    [mass(scene.red()), others]
}

/// The red object's part of the mass, as a multiple of its part of the area, on average.
fn concentration(measured: &[[f32; 2]]) -> f32 {
    let area = Scene::new(0).red().area() as f32 / (SIZE[0] * SIZE[1]) as f32;
    measured.iter().map(|[red, _]| red / area).sum::<f32>() / measured.len() as f32
}

#[test]
fn the_red_object_matters_and_no_other() {
    let net = vit(&Vit::pretrained(&Device::flex()).unwrap());
    for (name, least, measured) in [
        ("saliency", 6.0, in_scenes(&net, Saliency::new())),
        (
            "input times gradient",
            10.0,
            in_scenes(&net, InputXGradient::new()),
        ),
        (
            "integrated gradients",
            10.0,
            in_scenes(&net, IntegratedGradients::new()),
        ),
    ] {
        assert_above([concentration(&measured)], [least], name);
        assert!(
            measured.iter().all(|[red, other]| red > other),
            "{name}: {measured:?}"
        );
    }
}

/// The same of a map with a value for each token, spread over the pixels of its patch.
fn tokens_in_scenes(net: &Network, method: impl Method) -> Vec<[f32; 2]> {
    let [height, width] = SIZE;
    let share = |scene: &Scene| {
        let image = scene.image(&Device::flex());
        let map = method
            .attribute(net, image, TopClass)
            .unwrap()
            .tensor::<4>()
            .unwrap();
        let [_, _, rows, columns] = map.dims();
        let cells = values(map);
        let cell = |pixel: usize| {
            let (x, y) = (pixel % width, pixel / width);
            cells[y * rows / height * columns + x * columns / width]
        };
        shares(scene, &(0..height * width).map(cell).collect::<Vec<_>>())
    };
    scenes().iter().map(share).collect()
}

#[test]
fn attention_goes_to_the_red_object() {
    let net = vit(&Vit::pretrained(&Device::flex()).unwrap());
    let patches = TokenLayout::new().with_leading(1);
    let rollout = AttentionRollout::new().with_tokens(patches);
    let relevance = AttentionRelevance::new().with_tokens(patches);
    for (name, least, measured) in [
        ("rollout", 4.0, tokens_in_scenes(&net, rollout)),
        ("relevance", 6.0, tokens_in_scenes(&net, relevance)),
    ] {
        assert_above([concentration(&measured)], [least], name);
        assert!(
            measured.iter().all(|[red, other]| red > other),
            "{name}: {measured:?}"
        );
    }
}

#[test]
fn a_random_vit_knows_no_red() {
    let net = vit(&VitConfig::glyphs().init(&Device::flex()));
    let concentration = concentration(&in_scenes(&net, Saliency::new()));
    assert!(concentration < 3.0, "{concentration}");
}
