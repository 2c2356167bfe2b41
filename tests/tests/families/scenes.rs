//! The networks of drawn scenes: captions are right, the heat of a word lies on what it names, and that of an
//! answer on what was asked about.

use backdraft::image::Heatmap;
use backdraft::{Attribution, GradCam, Method, Network, SequenceLogProbability, TopClass};
use backdraft_models::scenes::{Bounds, SIDE, Scene, Shape, Vocabulary};
use backdraft_models::{Captioner, CaptionerConfig, Vqa, VqaConfig};
use burn::tensor::Device;
use rand::SeedableRng;
use rand::rngs::StdRng;

const SCENES: usize = 20;
/// Training begins at other seeds.
const SEED: u64 = 1 << 40;

/// How often the right object got the most heat.
#[derive(Default)]
struct Tally {
    wins: usize,
    maps: usize,
}

impl Tally {
    /// Counts one map: the object at `index` should be the hottest.
    fn add(&mut self, map: &Attribution, scene: &Scene, index: usize) {
        let map = map.heatmap(0).unwrap().resize(SIDE, SIDE).unwrap();
        let heat: Vec<f64> = (scene.objects().iter())
            .map(|object| heat_inside(&map, object.bounds))
            .collect();
        let others = heat.iter().enumerate().filter(|(other, _)| *other != index);
        let is_hottest = others.into_iter().all(|(_, other)| heat[index] > *other);
        self.wins += usize::from(is_hottest);
        self.maps += 1;
    }

    fn share(&self) -> f64 {
        self.wins as f64 / self.maps as f64
    }
}

/// The sum of a map's positive values in a box.
fn heat_inside(map: &Heatmap, bounds: Bounds) -> f64 {
    let values = map.values().iter().enumerate();
    values
        .filter(|(pixel, _)| bounds.contains(pixel % SIDE, pixel / SIDE))
        .map(|(_, value)| f64::from(value.max(0.0)))
        .sum()
}

/// Grad-CAM of the answers to every question about scenes of three objects.
fn answers(model: &Vqa) -> Tally {
    let device = Device::flex();
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut tally = Tally::default();
    for _ in 0..SCENES {
        let scene = Scene::with_three_objects(&mut rng);
        let image = scene.image(&device).unsqueeze::<4>();
        for question in scene.questions() {
            let words = Vocabulary::question(&question.words, &device).unwrap();
            let inputs = (image.clone(), words.unsqueeze::<2>());
            let net = Network::capture(model, inputs.clone(), Vqa::forward).unwrap();
            let map = GradCam::new().attribute(&net, inputs, TopClass).unwrap();
            tally.add(&map, &scene, question.object);
        }
    }
    tally
}

/// Grad-CAM of every shape in the captions of scenes of two objects. Colors are left out: captions name objects in
/// the order of their colors, so which color comes next depends on all of them.
fn words(model: &Captioner) -> Tally {
    let device = Device::flex();
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut tally = Tally::default();
    for _ in 0..SCENES {
        let scene = Scene::with_colors(2, &mut rng);
        let words = scene.caption();
        let caption = Vocabulary::caption(&words, &device).unwrap();
        let steps = words.len() + 1;
        let inputs = (
            scene.image(&device).unsqueeze::<4>(),
            caption.clone().slice(0..steps).unsqueeze::<2>(),
        );
        let caption = caption.into_data();
        let said = caption.iter::<i64>().skip(1).map(|word| word as usize);
        let said = SequenceLogProbability::new(vec![said.collect()]);
        let net = Network::capture(model, inputs.clone(), Captioner::forward).unwrap();
        let maps = GradCam::new()
            .attribute_each(&net, inputs, said.steps())
            .unwrap();
        for (word, map) in words.iter().zip(&maps) {
            let is_shape = Shape::ALL.iter().any(|shape| shape.word() == word.text);
            if let Some(object) = word.object.filter(|_| is_shape) {
                tally.add(map, &scene, object);
            }
        }
    }
    tally
}

#[test]
fn the_heat_of_a_shape_is_on_the_object_it_names() {
    let tally = words(&Captioner::pretrained(&Device::flex()).unwrap());
    assert_eq!(tally.maps, 2 * SCENES);
    // Measured: 35 of 40, and 78 of 80 in other scenes. Chance is a half.
    assert!(tally.share() >= 0.8, "{} of {}", tally.wins, tally.maps);
}

#[test]
fn an_untrained_captioner_looks_elsewhere() {
    let tally = words(&CaptionerConfig::scenes().init(&Device::flex()));
    assert!(tally.share() < 0.7, "{} of {}", tally.wins, tally.maps);
}

#[test]
fn captions_are_right() {
    let device = Device::flex();
    let model = Captioner::pretrained(&device).unwrap();
    let start = Vocabulary::CAPTIONS.token(Vocabulary::START).unwrap();
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut right = 0;
    for _ in 0..SCENES {
        let scene = Scene::with_colors(2, &mut rng);
        let words = scene.caption();
        let written = model.write(scene.image(&device).unsqueeze(), start, words.len() + 1);
        let expected = Vocabulary::caption(&words, &device).unwrap();
        let differences: i64 = written
            .not_equal(expected.unsqueeze())
            .int()
            .sum()
            .into_scalar();
        right += usize::from(differences == 0);
    }
    assert!(right >= SCENES - 1, "{right} of {SCENES}");
}

#[test]
fn the_heat_of_an_answer_is_on_the_object_asked_about() {
    let model = Vqa::pretrained(&Device::flex()).unwrap();
    let tally = answers(&model);
    assert_eq!(tally.maps, 6 * SCENES);
    // Measured: 113 of 120. Chance is a third.
    assert!(tally.share() >= 0.9, "{} of {}", tally.wins, tally.maps);
}

#[test]
fn an_untrained_network_looks_elsewhere() {
    let device = Device::flex();
    device.seed(0);
    let tally = answers(&VqaConfig::scenes().init(&device));
    assert!(tally.share() < 0.6, "{} of {}", tally.wins, tally.maps);
}
