//! `docs/llms.txt`: the book in a page, for language models (<https://llmstxt.org>).

use backdraft::catalog::{Entry, METHODS};
use backdraft_tests::Page;

use crate::summary::{Line, lines};

const INTRODUCTION: &str = "\
# backdraft

> Attribution for Burn, the deep learning framework in Rust: gradients, Grad-CAM, Guided Grad-CAM, Integrated Gradients, \
DeepLIFT, SHAP and more for any Burn 0.22 model, unchanged.

A network is captured once, `let net = Network::capture(&model, example, Model::forward)?`; a method is a struct with \
options, and `Method::attribute(&net, input, target)?` gives an `Attribution`: raw signed values, scores, and for methods \
with a baseline the completeness gap. Targets are `Class(7)`, `TopClass`, `Margin`, `Neuron`, `Score` and others. \
`use backdraft::prelude::*;` brings all but the methods, which are in the crate's root. Layers have the names of the \
module's fields; what has no parameters is called after its kind, as `relu#2`, and `println!(\"{net}\")` lists them. Tokens \
are integers without a gradient: explain their embedding with `AtLayer::new(method, \"embedding\")`. Burn's own autodiff isn't \
needed, and a plain device is enough.

## First steps

";

#[test]
fn the_file_for_language_models_lists_pages_and_methods() {
    let mut text = INTRODUCTION.to_string();
    text.extend(lines().into_iter().map(written));
    text += "\n## Methods\n\n";
    text.extend(METHODS.iter().map(method));
    Page::open("docs/llms.txt").assert(&text);
}

fn written(line: Line) -> String {
    match line {
        Line::Part(title) => format!("\n## {title}\n\n"),
        Line::Page { title, path } => {
            let sentence = first_sentence(Page::open(&format!("docs/{path}")).text());
            format!("- [{title}]({path}): {sentence}\n")
        }
    }
}

fn method(entry: &Entry) -> String {
    let elsewhere = [
        ("Captum", entry.captum),
        ("pytorch-grad-cam", entry.pytorch_grad_cam),
        ("zennit", entry.zennit),
    ];
    let elsewhere = elsewhere
        .iter()
        .filter_map(|(library, name)| Some(format!("{library}: {}", (*name)?)));
    let elsewhere: Vec<String> = elsewhere.collect();
    let names = if elsewhere.is_empty() {
        String::new()
    } else {
        format!(" ({})", elsewhere.join(", "))
    };
    format!(
        "- `{}` in `{}`: {}{names}\n",
        entry.type_name, entry.family, entry.summary
    )
}

/// The first sentence of a page's first paragraph, with the words of links alone.
fn first_sentence(page: &str) -> String {
    let paragraphs = page.split("\n\n").skip(1);
    let mut prose = paragraphs.filter(|text| text.starts_with(char::is_alphanumeric));
    let paragraph = prose.next().unwrap_or_default().split_whitespace();
    let paragraph = paragraph.collect::<Vec<_>>().join(" ");
    let sentence = paragraph.split(". ").next().unwrap_or_default();
    without_links(sentence.trim_end_matches(['.', ':']))
}

fn without_links(text: &str) -> String {
    let mut parts = text.split('[');
    let mut words = parts.next().unwrap_or_default().to_string();
    for part in parts {
        match part
            .split_once("](")
            .and_then(|(link, rest)| Some((link, rest.split_once(')')?.1)))
        {
            Some((link, rest)) => words.extend([link, rest]),
            None => words.extend(["[", part]),
        }
    }
    words
}
