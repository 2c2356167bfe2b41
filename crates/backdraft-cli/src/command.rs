//! The command line as a whole: subcommands, and options that all of them share.

use clap::{Parser, Subcommand};
use colorchoice_clap::Color;

use crate::terminal::Volume;
use crate::{axioms, completions, demo, explain, layers, man, methods};

const EXIT_CODES: &str = "\
Exit codes:
  0  all went well
  1  something failed
  2  the command line is wrong
  3  some photos failed, the others are explained";

/// The heading of options that every subcommand has.
const SHARED: &str = "Options of every subcommand";

/// Shows what a trained network looks at.
#[derive(Debug, Parser)]
#[command(name = "backdraft", version, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten, next_help_heading = SHARED)]
    pub color: Color,
    #[command(flatten, next_help_heading = SHARED)]
    pub volume: Volume,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    #[command(after_help = EXIT_CODES)]
    Explain(Box<explain::Args>),
    Layers(layers::Args),
    #[command(after_help = EXIT_CODES)]
    Axioms(axioms::Args),
    Demo(demo::Args),
    Methods(methods::Args),
    Completions(completions::Args),
    Man(man::Args),
}
