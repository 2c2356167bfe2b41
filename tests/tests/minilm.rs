//! A transformer that reads two sentences: all-MiniLM-L6-v2.
//!
//! What needs the trained weights is skipped, loudly, where `scripts/fetch-minilm.sh` hasn't been run.

use std::env::var_os;
use std::io::{Write, stderr};

use backdraft::{
    AtLayer, Baseline, BiLrp, Composite, IntegratedGradients, LayerGradientXActivation, Method,
    Network, Regions, Score, Target,
};
use backdraft_models::{Encoding, MiniLm, ModelError, WordPiece};
use backdraft_tests::relative_l2;
use burn::tensor::{Bool, Device, Int, Tensor};
use serde::Deserialize;

/// Two sentences, each with its padding.
type Pair = (
    Tensor<2, Int>,
    Tensor<2, Bool>,
    Tensor<2, Int>,
    Tensor<2, Bool>,
);

const WORDS: &str = "embeddings.words";
const OTHER_WORDS: &str = "embeddings.words#2";

#[derive(Deserialize)]
struct Reference {
    sentences: Vec<Sentence>,
    tokenized: Vec<Tokenized>,
}

#[derive(Deserialize)]
struct Sentence {
    text: String,
    tokens: Vec<String>,
    ids: Vec<i64>,
    embedding: Vec<f32>,
}

#[derive(Deserialize)]
struct Tokenized {
    text: String,
    tokens: Vec<String>,
}

fn reference() -> Reference {
    let text = include_str!("../fixtures/minilm/reference.json");
    serde_json::from_str(text).expect("the fixture is intact")
}

/// The trained network, if its weights are there. They must be where a folder is named for them.
fn trained() -> Option<(MiniLm, WordPiece)> {
    let load = || {
        Ok((
            MiniLm::pretrained(&Device::flex())?,
            WordPiece::pretrained()?,
        ))
    };
    match load() {
        Ok(trained) => Some(trained),
        Err(error @ ModelError::NotFetched(_)) if var_os("BACKDRAFT_MINILM").is_none() => {
            // Written directly, it is seen although the test passes.
            writeln!(stderr(), "\nSKIPPED, NOT TESTED: {error}\n").expect("stderr is open");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Networks whose structure is tested: one that is always there, and the trained one.
fn networks() -> Vec<MiniLm> {
    let trained = trained().map(|(model, _)| model);
    [MiniLm::new(&Device::flex())]
        .into_iter()
        .chain(trained)
        .collect()
}

/// Token numbers, filled up with zeros.
fn padded(ids: &[i64], length: usize) -> (Tensor<2, Int>, Tensor<2, Bool>) {
    let (mut ids, tokens) = (ids.to_vec(), ids.len());
    ids.resize(length, 0);
    let padding: Vec<bool> = (0..length).map(|position| position >= tokens).collect();
    let device = Device::flex();
    let ids = Tensor::<1, Int>::from_data(ids.as_slice(), &device);
    let padding = Tensor::<1, Bool>::from_data(padding.as_slice(), &device);
    (ids.unsqueeze(), padding.unsqueeze())
}

/// The first two sentences of the reference, with so much padding.
fn pair([padding, other_padding]: [usize; 2]) -> Pair {
    let sentences = reference().sentences;
    let fill = |sentence: &Sentence, more| padded(&sentence.ids, sentence.ids.len() + more);
    let (tokens, padding) = fill(&sentences[0], padding);
    let (other, other_padding) = fill(&sentences[1], other_padding);
    (tokens, padding, other, other_padding)
}

/// The same without padding.
fn whole_pair() -> Pair {
    pair([0, 0])
}

fn similarity(model: &MiniLm, (tokens, padding, other, other_padding): Pair) -> Tensor<1> {
    model.similarity(tokens, padding, other, other_padding)
}

fn target() -> impl Target {
    Score::new("similarity", |similarity: Tensor<1>| similarity)
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter().collect()
}

fn value(scalar: Tensor<1>) -> f32 {
    scalar.into_scalar()
}

#[test]
fn texts_become_the_tokens_of_the_original() {
    let Some((_, tokenizer)) = trained() else {
        return;
    };
    let Reference {
        sentences,
        tokenized,
    } = reference();
    for sentence in &sentences {
        assert_eq!(
            tokenizer.encode(&sentence.text).unwrap().ids(),
            sentence.ids
        );
    }
    let both = (sentences
        .into_iter()
        .map(|sentence| (sentence.text, sentence.tokens)))
    .chain(tokenized.into_iter().map(|hard| (hard.text, hard.tokens)));
    for (text, tokens) in both {
        assert_eq!(
            tokenizer.encode(&text).unwrap().tokens(),
            tokens,
            "{text:?}"
        );
    }
}

#[test]
fn embeddings_and_similarities_are_as_published() {
    let Some((model, tokenizer)) = trained() else {
        return;
    };
    let device = Device::flex();
    let sentences = reference().sentences;
    let encode = |sentence: &Sentence| tokenizer.encode(&sentence.text).unwrap();
    let encodings: Vec<Encoding> = sentences.iter().map(encode).collect();
    let embeddings: Vec<Tensor<2>> = (encodings.iter())
        .map(|encoding| {
            let (tokens, padding) = encoding.tensors(&device);
            model.forward(tokens, padding)
        })
        .collect();
    for (embedding, sentence) in embeddings.iter().zip(&sentences) {
        let length = embedding.clone().square().sum().sqrt().into_scalar::<f32>();
        assert!((length - 1.0).abs() < 1e-6, "{length}");
        let expected = Tensor::<1>::from_data(sentence.embedding.as_slice(), &device);
        let difference = (embedding.clone() - expected.unsqueeze()).abs().max();
        let difference = difference.into_scalar::<f32>();
        println!("{:?}: off by at most {difference:e}", sentence.text);
        assert!(difference < 2e-6, "{difference:e}");
    }

    for (a, b, published) in [(0, 1, 0.6660), (0, 2, 0.1046), (1, 2, 0.1411)] {
        let (tokens, padding) = encodings[a].tensors(&device);
        let (other, other_padding) = encodings[b].tensors(&device);
        let similarity = value(model.similarity(tokens, padding, other, other_padding));
        assert!(
            (similarity - published).abs() < 1e-4,
            "{similarity} {published}"
        );
    }
}

#[test]
fn the_captured_network_computes_the_same_bits() {
    for model in networks() {
        let net = Network::capture(&model, whole_pair(), similarity).unwrap();
        for inputs in [whole_pair(), pair([12, 3])] {
            let own = similarity(&model, inputs.clone()).into_data();
            let captured: Tensor<1> = net.forward(inputs).unwrap().output().unwrap();
            captured.into_data().assert_eq(&own, true);
        }
    }
}

#[test]
fn padding_has_no_influence_and_no_relevance() {
    for model in networks() {
        let net = Network::capture(&model, whole_pair(), similarity).unwrap();
        let method = LayerGradientXActivation::at(WORDS).with_layer(OTHER_WORDS);
        let explain = |inputs: Pair| {
            let result = method.attribute(&net, inputs, target()).unwrap();
            let score = result.scores()[0];
            let [words, other]: [Tensor<2>; 2] = result
                .tensors::<(Tensor<3>, Tensor<3>)>()
                .map(|(words, other)| [words, other].map(|values| values.sum_dim(2).squeeze_dim(2)))
                .unwrap();
            (score, words, other)
        };
        let (score, words, other) = explain(whole_pair());
        let (score_padded, words_padded, other_padded) = explain(pair([16, 6]));
        assert!(
            (score - score_padded).abs() < 1e-5,
            "{score} {score_padded}"
        );
        for (short, long) in [(words, words_padded), (other, other_padded)] {
            let [_, length] = short.dims();
            let tokens = values(long.clone().slice([0..1, 0..length]));
            let distance = relative_l2(&tokens, &values(short.clone()));
            println!("similarity {score}, relevances {distance:e} apart");
            assert!(distance < 1e-4, "{distance:e}");
            assert!(short.abs().min().into_scalar::<f32>() > 0.0);
            let [_, length_padded] = long.dims();
            let rest = long.slice([0..1, length..length_padded]).abs().max();
            assert!(rest.equal_elem(0.0).into_scalar::<bool>());
        }
    }
}

#[test]
fn the_words_of_a_sentence_account_for_its_similarity() {
    let Some((model, _)) = trained() else {
        return;
    };
    let net = Network::capture(&model, whole_pair(), similarity).unwrap();
    let (tokens, padding, other, other_padding) = whole_pair();
    let words = &reference().sentences[0].tokens;
    // [CLS] and [SEP] stay.
    let last = words.len() - 1;
    let blank = tokens.clone().slice_fill([0..1, 1..last], 0);
    let blank = Baseline::inputs((blank, padding, other, other_padding));
    let method = IntegratedGradients::new()
        .with_baseline(blank)
        .with_tolerance(0.01);
    let result = AtLayer::new(method, WORDS);
    let result = result.attribute(&net, whole_pair(), target()).unwrap();
    let gap = result.gap().unwrap()[0];
    println!("{:?} of {:?}, gap {gap:?}", result.sums(), result.scores());
    assert!(gap.relative.unwrap().abs() <= 0.01);

    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let relevance = result.token_relevance(0, &words).unwrap();
    println!("{relevance}");
    let scores: Vec<f64> = relevance.iter().map(|(_, score)| score).collect();
    assert!(
        scores[0].abs() <= 0.0 && scores[last].abs() <= 0.0,
        "{relevance}"
    );
    let weather = words.iter().position(|&word| word == "weather").unwrap();
    let mut others = scores
        .iter()
        .enumerate()
        .filter(|&(word, _)| word != weather);
    let weather_matters_most = others.all(|(_, &score)| score < scores[weather]);
    assert!(weather_matters_most, "{relevance}");
}

#[test]
fn words_that_mean_the_same_make_sentences_similar() {
    let Some((model, tokenizer)) = trained() else {
        return;
    };
    let device = Device::flex();
    let [cat, kitten] = ["A cat sleeps on the sofa.", "The kitten rests in a chair."]
        .map(|text| tokenizer.encode(text).unwrap());
    let embed = |m: &MiniLm, (tokens, padding): (Tensor<2, Int>, Tensor<2, Bool>)| {
        m.forward(tokens, padding)
    };
    let net = Network::capture(&model, cat.tensors(&device), embed).unwrap();
    let words = |encoding: &Encoding| {
        let count = encoding.tokens().len();
        let numbers = Tensor::<1, Int>::arange(0..count as i64, &device);
        Regions::labels(numbers.reshape([1, count, 1]))
    };
    let method = BiLrp::with_composite(Composite::cp_lrp(1e-6))
        .with_layer(WORDS)
        .with_regions(words(&cat))
        .with_other_regions(words(&kitten));
    let pairs = method
        .compare(&net, cat.tensors(&device), kitten.tensors(&device))
        .unwrap();
    println!(
        "similarity {:?}, {:?}",
        pairs.scores(),
        pairs.conservation()
    );
    let matrix = values(pairs.tensor::<3>().unwrap());
    let others = kitten.tokens().len();
    for (word, row) in cat.tokens().iter().zip(matrix.chunks(others)) {
        println!("{word:>8} {row:.3?}");
    }
    let largest = (0..matrix.len()).max_by(|&a, &b| matrix[a].total_cmp(&matrix[b]));
    let (word, other) = (largest.unwrap() / others, largest.unwrap() % others);
    assert_eq!(
        (&*cat.tokens()[word], &*kitten.tokens()[other]),
        ("cat", "kitten")
    );
}

#[test]
fn sentences_of_a_batch_are_explained_each_by_itself() {
    let model = MiniLm::new(&Device::flex());
    let net = Network::capture(&model, whole_pair(), similarity).unwrap();
    let one = pair([1, 0]);
    let both = (
        Tensor::cat(vec![one.0.clone(), one.2.clone()], 0),
        Tensor::cat(vec![one.1.clone(), one.3.clone()], 0),
        Tensor::cat(vec![one.2.clone(), one.0.clone()], 0),
        Tensor::cat(vec![one.3.clone(), one.1.clone()], 0),
    );
    let method = LayerGradientXActivation::at(WORDS);
    let alone = method.attribute(&net, one, target()).unwrap();
    let batch = method.attribute(&net, both, target()).unwrap();
    let alone = values(alone.tensor::<3>().unwrap());
    let first = values(batch.tensor::<3>().unwrap().narrow(0, 0, 1));
    let distance = relative_l2(&first, &alone);
    assert!(distance < 1e-4, "{distance:e}");
}
