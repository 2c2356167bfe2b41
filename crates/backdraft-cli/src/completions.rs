//! `completions`: what a shell needs to complete the command line.

use std::error::Error;

use clap::Command;
use clap_complete::Shell;

use crate::terminal::Terminal;

/// Prints a script that completes the command line in a shell.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub fn run(args: &Args, mut command: Command, terminal: &Terminal) -> Result<(), Box<dyn Error>> {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    Ok(terminal.print(String::from_utf8(script)?)?)
}
