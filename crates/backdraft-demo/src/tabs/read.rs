//! Read: which words make two sentences similar, and which make them differ.

use std::time::Instant;

use backdraft::{
    AtLayer, Baseline, IntegratedGradients, Method, Network, Score, TokenRelevance, WordPieces,
};
use backdraft_models::{Encoding, MiniLm, WordPiece};
use burn::tensor::{Device, Tensor};
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::error::DemoError;
use crate::jobs::Ticket;
use crate::limits;
use crate::models::Pair;
use crate::outcome::{Facts, Outcome};
use crate::page;

/// The layer that embeds words; the network runs it for one sentence, then for the other.
const WORDS: [&str; 2] = ["embeddings.words", "embeddings.words#2"];
/// Points on the path from a blank sentence.
const STEPS: usize = 30;

#[derive(Debug, Deserialize)]
pub struct Request {
    first: String,
    second: String,
}

impl Request {
    pub fn check(&self) -> Result<(), DemoError> {
        for text in [&self.first, &self.second] {
            let length = text.chars().count();
            if text.trim().is_empty() || length > limits::CHARACTERS {
                return Err(DemoError::Invalid {
                    what: "A sentence",
                    value: format!("{length} characters long"),
                    requirement: format!("one of 1 to {} characters is needed", limits::CHARACTERS),
                });
            }
        }
        Ok(())
    }

    pub fn explain(&self, app: &App, ticket: &Ticket) -> Result<Outcome, DemoError> {
        let (model, tokenizer) = app.models.text()?;
        let device = app.models.device();
        let encode = |text: &str| {
            let encoding = tokenizer.encode(text);
            encoding.map_err(|error| DemoError::Invalid {
                what: "A sentence",
                value: "read".into(),
                requirement: error.to_string(),
            })
        };
        let texts = [encode(&self.first)?, encode(&self.second)?];
        let inputs = pair(&texts, device);
        let net = Network::capture(model, inputs.clone(), |model: &MiniLm, pair: Pair| {
            model.similarity(pair.0, pair.1, pair.2, pair.3)
        });
        let net = net.map_err(backdraft::Error::from)?;
        let similarity = Score::new("similarity", |similarity: Tensor<1>| similarity);
        let blank = pair(&texts.clone().map(Encoding::blank), device);
        let method = IntegratedGradients::new()
            .with_baseline(Baseline::inputs(blank))
            .with_steps(STEPS);
        let clock = Instant::now();
        let explain = |layer| {
            AtLayer::new(&method, layer).attribute(
                &net,
                app.run(inputs.clone(), ticket),
                &similarity,
            )
        };
        let results = [explain(WORDS[0])?, explain(WORDS[1])?];
        let mut facts = Facts::of(&results[0], clock.elapsed());
        facts.target = "the similarity of both sentences".into();

        let relevances = results.iter().zip(&texts).map(|(words, text)| {
            let relevance = words.token_relevance(0, text.tokens())?;
            relevance
                .without(&WordPiece::SPECIAL)
                .merge_word_pieces(WordPieces::WordPiece)
        });
        let relevances = on_one_scale(relevances.collect::<Result<_, _>>()?)?;
        Ok(Outcome {
            maps: Vec::new(),
            above: shown(results[0].scores()[0], &relevances),
            below: html! {},
            report: None,
            facts,
        })
    }
}

fn pair([text, other]: &[Encoding; 2], device: &Device) -> Pair {
    let (tokens, padding) = text.tensors(device);
    let (other_tokens, other_padding) = other.tensors(device);
    (tokens, padding, other_tokens, other_padding)
}

/// The same colors for the same scores in both sentences.
fn on_one_scale(texts: Vec<TokenRelevance>) -> Result<Vec<TokenRelevance>, backdraft::Error> {
    let scale = texts.iter().map(TokenRelevance::scale).fold(0.0, f64::max);
    texts
        .into_iter()
        .map(|text| text.with_scale(scale))
        .collect()
}

fn shown(similarity: f32, texts: &[TokenRelevance]) -> Markup {
    html! {
        p { "Similarity: " strong #score { (format!("{similarity:.3}")) } " (from -1 to 1)" }
        div #tokens {
            @for text in texts { p .tokens { (page::tokens(text, &WordPiece::SPECIAL)) } }
        }
        p .hint { "Red words bring the sentences together, blue ones apart." }
    }
}
