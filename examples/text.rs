//! Which words make two sentences similar: integrated gradients of all-MiniLM-L6-v2, as colored text.
//!
//! ```sh
//! scripts/fetch-minilm.sh
//! cargo run --release --example text -- "I never liked this movie." "What a terrible film!"
//! ```

use std::error::Error;
use std::fs;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use backdraft::{
    AtLayer, Baseline, IntegratedGradients, Method, Network, Score, TokenRelevance, WordPieces,
};
use backdraft_models::{Encoding, MiniLm, ModelError, WordPiece};
use burn::tensor::{Bool, Device, Int, Tensor};
use clap::Parser;

/// Shows which words make two sentences similar (red) and which make them differ (blue).
#[derive(Parser)]
struct Args {
    /// A sentence in English
    #[arg(default_value = "The weather is lovely today.")]
    sentence: String,
    /// The sentence to compare it with
    #[arg(default_value = "It's so sunny outside!")]
    other: String,
    /// Where the colored text goes as a web page
    #[arg(long, default_value = "out/text.html")]
    html: PathBuf,
    /// Succeed without doing anything if the network's weights haven't been fetched
    #[arg(long)]
    allow_missing: bool,
}

/// Tokens of both sentences, each with where they are padding.
type Pair = (
    Tensor<2, Int>,
    Tensor<2, Bool>,
    Tensor<2, Int>,
    Tensor<2, Bool>,
);

/// The layer that embeds words; the network runs it for one sentence, then for the other.
const WORDS: [&str; 2] = ["embeddings.words", "embeddings.words#2"];

fn main() -> ExitCode {
    let args = Args::parse();
    let Err(error) = run(&args) else {
        return ExitCode::SUCCESS;
    };
    eprintln!("NOTHING WAS EXPLAINED: {error}");
    match error.downcast_ref() {
        Some(ModelError::NotFetched(_)) if args.allow_missing => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let device = Device::default();
    let model = MiniLm::pretrained(&device)?;
    let tokenizer = WordPiece::pretrained()?;
    let texts = [
        tokenizer.encode(&args.sentence)?,
        tokenizer.encode(&args.other)?,
    ];
    let inputs = pair(&texts, &device);
    let net = Network::capture(&model, inputs.clone(), |model: &MiniLm, pair: Pair| {
        model.similarity(pair.0, pair.1, pair.2, pair.3)
    })?;

    let similarity = Score::new("similarity", |similarity: Tensor<1>| similarity);
    let blank = pair(&texts.clone().map(Encoding::blank), &device);
    let method = IntegratedGradients::new()
        .with_baseline(Baseline::inputs(blank))
        .with_tolerance(0.01);
    // One sentence at a time, in comparison with a blank one: the other sentence stays.
    let explain = |layer| AtLayer::new(&method, layer).attribute(&net, inputs.clone(), &similarity);
    let attributions = [explain(WORDS[0])?, explain(WORDS[1])?];

    let mut relevances = Vec::new();
    for (words, text) in attributions.iter().zip(&texts) {
        let relevance = words.token_relevance(0, text.tokens())?;
        let relevance = relevance.without(&WordPiece::SPECIAL);
        relevances.push(relevance.merge_word_pieces(WordPieces::WordPiece)?);
    }
    let title = format!("Similarity {:.3}", attributions[0].scores()[0]);
    show(&title, &on_one_scale(relevances)?, &args.html)
}

fn pair([text, other]: &[Encoding; 2], device: &Device) -> Pair {
    let (tokens, padding) = text.tensors(device);
    let (other_tokens, other_padding) = other.tensors(device);
    (tokens, padding, other_tokens, other_padding)
}

/// The same colors for the same scores in both sentences.
fn on_one_scale(texts: Vec<TokenRelevance>) -> Result<Vec<TokenRelevance>, backdraft::Error> {
    let scale = texts.iter().map(TokenRelevance::scale).fold(0.0, f64::max);
    let texts = texts.into_iter().map(|text| text.with_scale(scale));
    texts.collect()
}

fn show(title: &str, texts: &[TokenRelevance], html: &Path) -> Result<(), Box<dyn Error>> {
    let mut out = stdout();
    writeln!(out, "{title}")?;
    for text in texts {
        writeln!(out, "{}", text.for_stdout())?;
    }
    fs::create_dir_all(html.parent().unwrap_or(html))
        .and_then(|()| fs::write(html, TokenRelevance::html_page(title, texts)))
        .map_err(|error| format!("{} can't be written: {error}", html.display()))?;
    Ok(writeln!(out, "{} shows it in color", html.display())?)
}
