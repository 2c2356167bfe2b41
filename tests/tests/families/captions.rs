//! Captions, written word by word: what each word hangs on.

use backdraft::{Baseline, Inputs, Network, SequenceAblation, SequenceLogProbability};
use backdraft_models::Captioner;
use backdraft_models::scenes::{Scene, Vocabulary};
use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand::rngs::StdRng;

const WORDS: usize = 7;

/// What every word of a caption loses without each of those that were read.
fn matrix(net: &Network, inputs: Inputs, words: Vec<usize>, start: usize) -> Vec<f32> {
    let written = SequenceLogProbability::new(vec![words]);
    let ablation = SequenceAblation::new(written).with_baseline(Baseline::constant(start as f32));
    let matrix = ablation.attribute(net, inputs).unwrap();
    let matrix: Tensor<3> = matrix.tensor().unwrap();
    matrix.into_data().iter().collect()
}

#[test]
fn a_word_hangs_on_those_before_and_on_none_that_comes_later() {
    let device = Device::flex();
    let model = Captioner::pretrained(&device).unwrap();
    let scene = Scene::with_colors(2, &mut StdRng::seed_from_u64(9));
    let image: Tensor<4> = scene.image(&device).unsqueeze();
    let start = Vocabulary::CAPTIONS.token(Vocabulary::START).unwrap();
    let written = model.write(image.clone(), start, WORDS);
    let tokens = written.to_data();
    let words = tokens.iter::<i64>().skip(1).map(|word| word as usize);
    let words: Vec<usize> = words.collect();
    let inputs = (image, written.slice([0..1, 0..WORDS]));
    let net = Network::capture(&model, inputs.clone(), Captioner::forward).unwrap();
    let matrix = matrix(&net, Inputs::new(inputs).with_constant([0]), words, start);
    for (step, row) in matrix.chunks(WORDS).enumerate() {
        assert!(
            row[step + 1..].iter().all(|&lost| lost == 0.0),
            "{step}: {row:?}"
        );
        // The first word that is read is the start already.
        let lost = row.iter().copied().fold(0.0, f32::max);
        assert!(lost > 0.01 || step == 0, "{step}: {row:?}");
    }
}
