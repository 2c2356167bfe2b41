//! What is said, and where: results on standard output, everything else on standard error.

use std::fmt::Display;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use clap::Args;
use console::Term;
use indicatif::{MultiProgress, ProgressDrawTarget};
use serde::Serialize;

/// Columns where standard output is no terminal.
const COLUMNS: usize = 80;

/// Options on how much is said.
#[derive(Args, Clone, Copy, Debug)]
pub struct Volume {
    /// Print errors alone, and what `--json` asks for
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Print more: what is planned, and how long it took
    #[arg(long, short, global = true)]
    verbose: bool,
}

impl Volume {
    pub fn level(self) -> Level {
        match (self.quiet, self.verbose) {
            (true, _) => Level::Quiet,
            (false, false) => Level::Normal,
            (false, true) => Level::Verbose,
        }
    }
}

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Quiet,
    Normal,
    Verbose,
}

/// Standard output and standard error, with progress bars on the latter.
#[derive(Clone)]
pub struct Terminal {
    level: Level,
    json: bool,
    bars: MultiProgress,
}

impl Terminal {
    pub fn new(level: Level) -> Self {
        let bars = match level {
            Level::Quiet => MultiProgress::with_draw_target(ProgressDrawTarget::hidden()),
            Level::Normal | Level::Verbose => MultiProgress::new(),
        };
        Self {
            level,
            json: false,
            bars,
        }
    }

    /// The same, where standard output may be for JSON alone.
    pub fn with_json(mut self, json: bool) -> Self {
        self.json = json;
        self
    }

    /// Where progress bars are drawn.
    pub fn bars(&self) -> &MultiProgress {
        &self.bars
    }

    /// Prints a line for people.
    pub fn say(&self, text: impl Display) -> io::Result<()> {
        if self.json || self.level == Level::Quiet {
            return Ok(());
        }
        self.print(format_args!("{text}\n"))
    }

    /// Prints a value as JSON, if that was asked for.
    pub fn json(&self, value: &impl Serialize) -> io::Result<()> {
        if !self.json {
            return Ok(());
        }
        let json = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
        self.print(format_args!("{json}\n"))
    }

    /// Prints as it is; whoever reads only the beginning (`| head`) has seen enough.
    pub fn print(&self, text: impl Display) -> io::Result<()> {
        let print = || {
            let mut out = anstream::stdout();
            write!(out, "{text}").and_then(|()| out.flush())
        };
        match self.bars.suspend(print) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            printed => printed,
        }
    }

    /// Tells what the reader should not overlook.
    pub fn warn(&self, text: impl Display) {
        if self.level > Level::Quiet {
            self.remark("warning:", AnsiColor::Yellow.on_default().bold(), text);
        }
    }

    /// Tells what only the curious want to know.
    pub fn note(&self, text: impl Display) {
        if self.level == Level::Verbose {
            self.remark("note:", Style::new().bold(), text);
        }
    }

    pub fn error(&self, text: impl Display) {
        self.remark("error:", AnsiColor::Red.on_default().bold(), text);
    }

    fn remark(&self, label: &str, style: Style, text: impl Display) {
        // There is nobody left to tell that standard error is closed.
        let _ = self
            .bars
            .suspend(|| writeln!(anstream::stderr(), "{style}{label}{style:#} {text}"));
    }
}

/// Columns of the terminal, unless the environment variable `COLUMNS` tells others.
pub fn width() -> usize {
    let given = std::env::var("COLUMNS").ok();
    let terminal = Term::stdout().size_checked();
    columns(given.as_deref()).unwrap_or_else(|| terminal.map_or(COLUMNS, |(_, it)| it.into()))
}

fn columns(given: Option<&str>) -> Option<usize> {
    let columns = given?.trim().parse().ok()?;
    (columns > 0).then_some(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_as_wide_as_it_says() {
        assert_eq!(columns(Some("132")), Some(132));
        for unknown in [None, Some(""), Some("0"), Some("wide")] {
            assert_eq!(columns(unknown), None);
        }
    }

    #[test]
    fn quiet_and_verbose_are_opposites() {
        let level = |quiet, verbose| Volume { quiet, verbose }.level();
        assert_eq!(level(true, false), Level::Quiet);
        assert_eq!(level(false, false), Level::Normal);
        assert_eq!(level(false, true), Level::Verbose);
    }
}
