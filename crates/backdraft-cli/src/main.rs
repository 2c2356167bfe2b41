//! Explains what EfficientNet-Lite0, trained on `ImageNet`, sees in photos.
//!
//! ```text
//! cargo run --release -- explain
//! cargo run --release -- explain coffee.jpg --method saliency --class 967
//! cargo run --release -- explain --methods all
//! cargo run --release -- explain holidays --out maps
//! cargo run --release -- axioms
//! cargo run --release -- methods
//! cargo run --release -- demo
//! ```
//!
//! `explain` takes the built-in photo of a cat if there is none. Into the folder `out`, or the one that `--out` names, it
//! writes
//!
//! - `overlay.png`, the map over the photo, and `heatmap.png`, the map alone: of large photos at most 1,600 pixels on
//!   the longer side, unless `--full-size` is given;
//! - `attribution.safetensors`, the raw values, for [`Attribution::load`](backdraft::Attribution::load);
//! - `chart.svg`, bars of the regions, for methods that replace some;
//! - `manifest.json`, what was computed, for scripts.
//!
//! With `--methods` there is a picture and a file of values with the name of each method instead, and `sheet.png` shows
//! all pictures. Several photos have a folder each. The guide on the command line, `docs/guide/command-line.md`, shows
//! every subcommand.

mod answer;
mod axioms;
mod backend;
mod baseline;
mod command;
mod completions;
mod composite;
mod demo;
mod explain;
mod failure;
mod labels;
mod layers;
mod man;
mod method;
mod methods;
mod network;
mod progress;
mod regions;
mod source;
mod subject;
mod table;
mod terminal;

use std::error::Error;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use command::{Cli, Command};
use terminal::Terminal;

fn main() -> ExitCode {
    let Cli {
        command,
        color,
        volume,
    } = Cli::parse();
    color.write_global();
    let terminal = Terminal::new(volume.level());
    match run(command, terminal.clone()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal.error(&error);
            failure::exit_code(&*error)
        }
    }
}

fn run(command: Command, terminal: Terminal) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Explain(args) => explain::run(&args, &terminal.with_json(args.output.json)),
        Command::Layers(args) => layers::run(&args, &terminal.with_json(args.json)),
        Command::Axioms(args) => axioms::run(&args, &terminal.with_json(args.json)),
        Command::Demo(args) => demo::run(&args, &terminal),
        Command::Methods(args) => methods::run(&terminal.with_json(args.json)),
        Command::Completions(args) => completions::run(&args, Cli::command(), &terminal),
        Command::Man(args) => man::run(&args, Cli::command(), &terminal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
