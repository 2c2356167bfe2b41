//! `man`: manual pages.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use clap::Command;
use clap_mangen::Man;

use crate::terminal::Terminal;

/// Prints the manual page, or writes those of all subcommands into a folder.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder for the page of each subcommand
    #[arg(long)]
    out: Option<PathBuf>,
}

pub fn run(args: &Args, command: Command, terminal: &Terminal) -> Result<(), Box<dyn Error>> {
    match &args.out {
        None => {
            let mut page = Vec::new();
            Man::new(command).render(&mut page)?;
            Ok(terminal.print(String::from_utf8(page)?)?)
        }
        Some(folder) => {
            let written =
                fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
            written.map_err(|error| {
                format!("cannot write pages into {}: {error}", folder.display()).into()
            })
        }
    }
}
