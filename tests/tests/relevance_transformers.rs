//! Relevance in networks with attention and in recurrent ones: how much of the score arrives at the inputs. The table of
//! `docs/guide/relevance-transformers.md` is computed here.

use std::fmt::Write;

use backdraft::{AtLayer, Class, Composite, Inputs, Lrp, Method, Network, Score, Target, TopClass};
use backdraft_models::glyphs::Scene as Glyphs;
use backdraft_models::scenes::{Scene, Vocabulary};
use backdraft_models::{Captioner, MiniLm, Vit, Vqa};
use backdraft_tests::Page;
use backdraft_tests::coverage::{float_in, with_spread_weights};
use burn::module::{Module, ModuleMapper, Param};
use burn::nn::transformer::{
    TransformerEncoder, TransformerEncoderConfig, TransformerEncoderInput,
};
use burn::nn::{Gru, GruConfig, Linear, LinearConfig, Lstm, LstmConfig, RmsNorm, RmsNormConfig};
use burn::tensor::activation::{silu, softmax};
use burn::tensor::{Bool, Device, Int, Tensor, Tolerance};
use rand::SeedableRng;
use rand::rngs::StdRng;

/// The widths of tokens and of hidden layers.
const WIDTH: usize = 8;
const HIDDEN: usize = 16;

/// Sets all biases to zero.
#[derive(Default)]
struct WithoutBiases {
    path: Vec<String>,
}

impl ModuleMapper for WithoutBiases {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let is_bias = (self.path.last()).is_some_and(|name| ["bias", "beta"].contains(&&**name));
        if is_bias {
            param.map(|bias| bias.zeros_like())
        } else {
            param
        }
    }

    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }
}

/// A network whose output is the mean of its tokens.
#[derive(Module, Debug)]
struct Encoder {
    encoder: TransformerEncoder,
    head: Linear,
}

impl Encoder {
    fn new(norm_first: bool) -> Self {
        let device = Device::flex();
        let config = TransformerEncoderConfig::new(WIDTH, HIDDEN, 2, 4);
        with_spread_weights(Self {
            encoder: config.with_norm_first(norm_first).init(&device),
            head: LinearConfig::new(WIDTH, 3).init(&device),
        })
    }

    fn forward(&self, tokens: Tensor<3>) -> Tensor<2> {
        let encoded = self.encoder.forward(TransformerEncoderInput::new(tokens));
        self.head.forward(encoded.mean_dim(1).squeeze_dim(1))
    }
}

/// A decoder block as of Llama, by hand: root mean squares, a causal mask, rotations left out, `SwiGLU`.
#[derive(Module, Debug)]
struct Block {
    attention_norm: RmsNorm,
    queries: Linear,
    keys: Linear,
    values: Linear,
    norm: RmsNorm,
    gate: Linear,
    up: Linear,
    down: Linear,
}

impl Block {
    fn new(device: &Device) -> Self {
        let linear = |from, to| LinearConfig::new(from, to).with_bias(false).init(device);
        Self {
            attention_norm: RmsNormConfig::new(WIDTH).init(device),
            queries: linear(WIDTH, WIDTH),
            keys: linear(WIDTH, WIDTH),
            values: linear(WIDTH, WIDTH),
            norm: RmsNormConfig::new(WIDTH).init(device),
            gate: linear(WIDTH, HIDDEN),
            up: linear(WIDTH, HIDDEN),
            down: linear(HIDDEN, WIDTH),
        }
    }

    fn forward(&self, tokens: Tensor<3>) -> Tensor<3> {
        let read = self.attention_norm.forward(tokens.clone());
        let [queries, keys, values] =
            [&self.queries, &self.keys, &self.values].map(|layer| layer.forward(read.clone()));
        let scores = queries.matmul(keys.transpose()) / (WIDTH as f64).sqrt();
        let [_, rows, columns] = scores.dims();
        let ahead = Tensor::<2, Bool>::tril_mask([rows, columns], 0, &scores.device());
        let scores = scores.mask_fill(ahead.unsqueeze(), f32::NEG_INFINITY);
        let tokens = tokens + softmax(scores, 2).matmul(values);
        let read = self.norm.forward(tokens.clone());
        let hidden = silu(self.gate.forward(read.clone())) * self.up.forward(read);
        tokens + self.down.forward(hidden)
    }
}

/// The last token after four blocks.
fn decode(blocks: &[Block], tokens: Tensor<3>) -> Tensor<2> {
    let tokens = blocks
        .iter()
        .fold(tokens, |tokens, block| block.forward(tokens));
    let last = tokens.dims()[1] - 1;
    tokens.narrow(1, last, 1).squeeze_dim(1)
}

fn spread<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    let values = float_in(shape, -1.0, 1.0).tensor(1, 0, &Device::flex());
    values.to_tensor().unwrap()
}

/// The part of the score that arrives at what is explained.
fn kept(net: &Network, inputs: impl Into<Inputs>, composite: Composite) -> f64 {
    let explained = Lrp::with_composite(composite)
        .attribute(net, inputs, Class(1))
        .unwrap();
    explained.sums()[0] / f64::from(explained.scores()[0])
}

fn kept_in<M: Module + 'static>(
    model: &M,
    forward: impl Fn(&M, Tensor<3>) -> Tensor<2> + Send + Sync + 'static,
    composite: Composite,
) -> f64 {
    let tokens = spread([1, 5, WIDTH]);
    let net = Network::capture(model, tokens.clone(), forward).unwrap();
    kept(&net, tokens, composite)
}

fn without_biases<M: Module>(model: M) -> M {
    model.map(&mut WithoutBiases::default())
}

/// A network under a composite.
struct Row {
    network: &'static str,
    composite: Composite,
    /// The part of the score that arrives.
    kept: f64,
    /// What takes the others; nothing, where relevance is to be conserved.
    rest: Option<&'static str>,
}

const SOFTMAX: &str = "the remainder of the softmax";
const PRE: &str = "four blocks of Burn's `TransformerEncoder`, normalization first";
const POST: &str = "the same, normalization last";
const LLAMA: &str = "four blocks by hand: RMS normalization, causal mask, SwiGLU";

/// Transformers without biases, and with.
fn encoders() -> Vec<Row> {
    let row = |network, norm_first, composite: Composite, rest| {
        let encoder = without_biases(Encoder::new(norm_first));
        let kept = kept_in(&encoder, Encoder::forward, composite.clone());
        Row {
            network,
            composite,
            kept,
            rest,
        }
    };
    let with_biases = Row {
        network: "the same with biases",
        composite: Composite::cp_lrp(1e-6),
        kept: kept_in(
            &Encoder::new(true),
            Encoder::forward,
            Composite::cp_lrp(1e-6),
        ),
        rest: Some("biases"),
    };
    vec![
        row(PRE, true, Composite::cp_lrp(1e-6), None),
        row(PRE, true, Composite::attn_lrp(1e-6), Some(SOFTMAX)),
        row(POST, false, Composite::cp_lrp(1e-6), None),
        row(POST, false, Composite::attn_lrp(1e-6), Some(SOFTMAX)),
        with_biases,
    ]
}

fn decoders() -> Vec<Row> {
    let blocks: Vec<_> = (0..4).map(|_| Block::new(&Device::flex())).collect();
    let blocks = with_spread_weights(blocks);
    let composites = [
        (Composite::cp_lrp(1e-6), None),
        (Composite::attn_lrp(1e-6), Some(SOFTMAX)),
    ];
    let rows = composites.map(|(composite, rest)| Row {
        network: LLAMA,
        kept: kept_in(
            &blocks,
            |blocks, tokens| decode(blocks, tokens),
            composite.clone(),
        ),
        composite,
        rest,
    });
    rows.into()
}

fn recurrent() -> Vec<Row> {
    let device = Device::flex();
    let lstm: Lstm = with_spread_weights(LstmConfig::new(WIDTH, HIDDEN, false).init(&device));
    let gru: Gru = with_spread_weights(GruConfig::new(WIDTH, HIDDEN, false).init(&device));
    let composite = || Composite::recurrent(1e-6);
    let lstm = kept_in(&lstm, |m, x| m.forward(x, None).1.hidden, composite());
    let gru = kept_in(
        &gru,
        |m, x| m.forward(x, None).narrow(1, 4, 1).squeeze_dim(1),
        composite(),
    );
    let rows = [
        ("Burn's `Lstm`, no biases", lstm),
        ("Burn's `Gru`, no biases", gru),
    ];
    let rows = rows.map(|(network, kept)| Row {
        network,
        composite: composite(),
        kept,
        rest: None,
    });
    rows.into()
}

fn vision() -> Vec<Row> {
    let device = Device::flex();
    let model = Vit::pretrained(&device).unwrap();
    let image = Glyphs::new(5).image(&device);
    let net = Network::capture(&model, image.clone(), Vit::forward).unwrap();
    let composites = [Composite::cp_lrp(1e-6), Composite::attn_lrp(1e-6)];
    let rows = composites.map(|composite| Row {
        network: "the trained vision transformer of this repository",
        kept: kept(&net, image.clone(), composite.clone()),
        composite,
        rest: Some("biases, the class token, the positions"),
    });
    rows.into()
}

#[test]
fn the_page_says_what_is_conserved_and_what_is_not() {
    let mut table =
        String::from("| network | composite | arrives at the inputs | takes the rest |\n");
    table += "|---|---|---|---|\n";
    let rows = [encoders(), decoders(), recurrent(), vision()];
    for row in rows.into_iter().flatten() {
        let (network, composite, kept) = (row.network, row.composite.name(), row.kept);
        let is_kept = (kept - 1.0).abs() < 1e-3;
        assert_eq!(
            is_kept,
            row.rest.is_none(),
            "{network}, {composite}: {kept}"
        );
        let percent = kept * 100.0;
        let rest = row.rest.unwrap_or("nothing");
        writeln!(
            table,
            "| {network} | {composite} | {percent:.0} % | {rest} |"
        )
        .unwrap();
    }
    let page = Page::open("docs/guide/relevance-transformers.md");
    page.assert_parts(&[("conservation", table)]);
}

/// Relevance that is finite, and isn't zero throughout.
fn assert_explains(net: &Network, inputs: impl Into<Inputs>, method: impl Method) {
    let explained = method.attribute(net, inputs, TopClass).unwrap();
    for sum in explained.absolute_sums() {
        assert!(sum.is_finite() && sum > 0.0, "{sum}");
    }
}

#[test]
fn every_network_of_the_repository_is_explained_as_it_is() {
    let device = Device::flex();
    let method = || Lrp::with_composite(Composite::attn_lrp(1e-6));
    let scene = Scene::with_colors(2, &mut StdRng::seed_from_u64(9));
    let image: Tensor<4> = scene.image(&device).unsqueeze();

    let model = Captioner::pretrained(&device).unwrap();
    let start = Vocabulary::CAPTIONS.token(Vocabulary::START).unwrap();
    let inputs = (image.clone(), model.write(image.clone(), start, 3));
    let net = Network::capture(&model, inputs.clone(), Captioner::forward).unwrap();
    let target = Score::new("the first word", |logits: Tensor<3>| {
        logits.narrow(1, 0, 1).max_dim(2).reshape([-1])
    });
    let explained = method().attribute(&net, inputs, target).unwrap();
    assert!(explained.absolute_sums()[0] > 0.0);

    let model = Vqa::pretrained(&device).unwrap();
    let words = &scene.questions()[0].words;
    let words: Tensor<2, Int> = Vocabulary::question(words, &device).unwrap().unsqueeze();
    let inputs = (image, words);
    let net = Network::capture(&model, inputs.clone(), Vqa::forward).unwrap();
    assert_explains(&net, inputs.clone(), method());
    assert_explains(&net, inputs, AtLayer::new(method(), "embedding"));

    // Seven tokens, of which the last one fills up.
    let tokens: Tensor<2, Int> = Tensor::<1, Int>::arange(5..12, &device).unsqueeze();
    let padding: Tensor<2, Bool> = tokens.clone().equal_elem(11);
    let model = MiniLm::new(&device);
    let forward = |m: &MiniLm, (tokens, padding)| m.forward(tokens, padding);
    let inputs = (tokens, padding);
    let net = Network::capture(&model, inputs.clone(), forward).unwrap();
    assert_explains(&net, inputs, AtLayer::new(method(), "embeddings.words"));
}

#[test]
fn relevance_of_a_contrast_is_the_difference_of_relevances() {
    let encoder = Encoder::new(true);
    let tokens: Tensor<3> = spread([1, 5, WIDTH]);
    let net = Network::capture(&encoder, tokens.clone(), Encoder::forward).unwrap();
    let values = |target: &dyn Target| -> Tensor<3> {
        let method = Lrp::with_composite(Composite::attn_lrp(1e-6));
        method
            .attribute(&net, tokens.clone(), target)
            .unwrap()
            .tensor()
            .unwrap()
    };
    let contrast = Score::new("2 rather than 0", |logits: Tensor<2>| {
        (logits.clone().narrow(1, 2, 1) - logits.narrow(1, 0, 1)).reshape([-1])
    });
    let difference = values(&Class(2)) - values(&Class(0));
    let (contrast, difference) = (values(&contrast).into_data(), difference.into_data());
    contrast.assert_approx_eq::<f32>(&difference, Tolerance::rel_abs(1e-3, 1e-5));
}
