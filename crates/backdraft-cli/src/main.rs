//! Explains what EfficientNet-Lite0, trained on `ImageNet`, sees in a photo.
//!
//! ```text
//! cargo run --release -- explain
//! cargo run --release -- explain coffee.jpg --method saliency --class 967
//! cargo run --release -- explain --methods all
//! cargo run --release -- explain --method integrated-gradients --steps 500 --memory 512MB
//! ```
//!
//! Without a photo it takes the built-in one of a cat. Into the folder `out`, or the one that `--out` names, it writes
//!
//! - `overlay.png`, the map over the photo, and `heatmap.png`, the map alone: of large photos at most 1,600 pixels on
//!   the longer side, unless `--full-size` is given;
//! - `attribution.safetensors`, the raw values, for [`Attribution::load`](backdraft::Attribution::load);
//! - `manifest.json`, what was computed, for scripts.
//!
//! With `--methods` there is a picture and a file of values with the name of each method instead, and `sheet.png` shows
//! all pictures. `--layers` lists the layers that `--layer` takes.

mod args;
mod backend;
mod baseline;
mod demo;
mod explanation;
mod manifest;
mod method;
mod output;
mod pictures;
mod progress;
mod subject;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use args::Args;
use explanation::Explanation;
use manifest::{Manifest, Results, Target};
use method::MethodName;
use output::print_line;
use subject::{Answer, Subject};

/// Shows what a trained network looks at.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Explain(Box<Args>),
    Demo(demo::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Explain(args) => run(&args),
        Command::Demo(args) => demo::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    args.check()?;
    let device = backend::device(args.backend)?;
    let net = subject::network(&device)?;
    if args.layers {
        return Ok(print_line(&net)?);
    }
    let subject = Subject::open(args.photo.as_deref(), args.full_size, &device)?;
    let answer = Answer::of(&net, &subject)?;
    let top5 = answer.top5();
    print_line(&subject.name)?;
    for prediction in &top5 {
        print_line(prediction)?;
    }

    let class = args.class.unwrap_or(top5[0].class);
    let target = Target::new(class, answer.score(class)?);
    let out = args.out.as_path();
    std::fs::create_dir_all(out)
        .map_err(|error| format!("cannot create {}: {error}", out.display()))?;
    let explain = |method| Explanation::new(method, args, &net, &subject, class);
    let results = if args.methods.is_empty() {
        print_line(Explanation::plan(args.method, args, &net, &subject)?)?;
        Results::One(output::one(&explain(args.method)?, &subject, out)?)
    } else {
        let explain =
            |method: MethodName| explain(method).map_err(|error| format!("{method}: {error}"));
        let explanations = args.chosen().into_iter().map(explain);
        let methods = output::several(explanations, &subject, out)?;
        Results::Several { methods }
    };
    let manifest = Manifest::new(args, &subject, target, top5, results);
    Ok(manifest.save(&out.join("manifest.json"))?)
}
