//! `methods`: what `--method` takes.

use std::error::Error;

use serde::Serialize;

use crate::method::MethodName;
use crate::table::{table, whole};
use crate::terminal::{self, Terminal};

/// From so many columns on, everything about a method has a column of its own.
const WIDE: usize = 130;

/// Lists the methods, with their options and what other libraries call them.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the methods as JSON
    #[arg(long)]
    pub json: bool,
}

/// A method as scripts read it. Its keys are a promise.
#[derive(Serialize)]
struct Row {
    name: &'static str,
    family: String,
    summary: &'static str,
    /// The options of `explain` that have an effect on it.
    options: Vec<&'static str>,
    /// What the network must have, or the command line must say.
    needs: Vec<String>,
    signed: bool,
    captum: Option<&'static str>,
    pytorch_grad_cam: Option<&'static str>,
    zennit: Option<&'static str>,
}

pub fn run(terminal: &Terminal) -> Result<(), Box<dyn Error>> {
    let rows: Vec<_> = MethodName::all().map(Row::of).collect();
    terminal.json(&rows)?;
    Ok(terminal.say(shown(&rows, terminal::width()))?)
}

impl Row {
    fn of(method: MethodName) -> Self {
        let entry = method.entry();
        Self {
            name: entry.name,
            family: entry.family.to_string(),
            summary: entry.summary,
            options: options(method),
            needs: entry.needs.iter().map(ToString::to_string).collect(),
            signed: entry.signed,
            captum: entry.captum,
            pytorch_grad_cam: entry.pytorch_grad_cam,
            zennit: entry.zennit,
        }
    }

    /// Its names in other libraries.
    fn elsewhere(&self) -> Vec<String> {
        let names = [
            ("Captum", self.captum),
            ("pytorch-grad-cam", self.pytorch_grad_cam),
            ("zennit", self.zennit),
        ];
        let names = names.into_iter().filter_map(|(library, name)| {
            let name = name?;
            Some(format!("{library}: {name}"))
        });
        names.collect()
    }
}

fn options(method: MethodName) -> Vec<&'static str> {
    let options = [
        ("--layer", method.takes_layer()),
        ("--steps", method.takes_steps()),
        ("--tolerance", method.takes_tolerance()),
        ("--baseline", method.default_baseline().is_some()),
        ("--regions", method.takes_regions()),
        ("--composite", method.takes_composite()),
        ("--conserving", method.takes_composite()),
        ("--memory", method.takes_memory()),
        ("--seed", method.draws()),
    ];
    let taken = options.into_iter().filter(|(_, taken)| *taken);
    taken.map(|(name, _)| name).collect()
}

/// The table, no wider than so many columns.
fn shown(rows: &[Row], width: usize) -> String {
    if width < WIDE {
        narrow(rows, width)
    } else {
        wide(rows, width)
    }
}

fn wide(rows: &[Row], width: usize) -> String {
    let header = [
        "method",
        "family",
        "what it computes",
        "options",
        "elsewhere",
    ];
    let mut table = table(header.to_vec(), width);
    whole(&mut table, 2);
    for row in rows {
        table.add_row(vec![
            row.name.to_owned(),
            row.family.clone(),
            row.summary.to_owned(),
            row.options.join(" "),
            row.elsewhere().join("\n"),
        ]);
    }
    table.trim_fmt()
}

/// What it computes, its options, and its names elsewhere, one below the other.
fn narrow(rows: &[Row], width: usize) -> String {
    let mut table = table(
        vec!["method", "what it computes, options, elsewhere"],
        width,
    );
    whole(&mut table, 1);
    for row in rows {
        let about = [
            row.summary.to_owned(),
            row.options.join(" "),
            row.elsewhere().join(", "),
        ];
        let about: Vec<_> = about.into_iter().filter(|line| !line.is_empty()).collect();
        table.add_row(vec![
            format!("{}\n  {}", row.name, row.family),
            about.join("\n"),
        ]);
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        MethodName::all().map(Row::of).collect()
    }

    #[test]
    fn the_table_is_no_wider_than_the_terminal() {
        for width in [60, 80, 120, 200] {
            let table = shown(&rows(), width);
            let widest = table.lines().map(|line| line.chars().count()).max();
            assert!(widest.unwrap() <= width, "{width}: {widest:?}\n{table}");
        }
    }

    #[test]
    fn options_and_other_names_are_told() {
        let rows = rows();
        let row = |name| rows.iter().find(|row| row.name == name).unwrap();
        let integrated = row("integrated-gradients");
        let options = ["--steps", "--tolerance", "--baseline", "--memory"];
        assert_eq!(integrated.options, options);
        assert_eq!(
            row("grad-cam").elsewhere(),
            ["Captum: LayerGradCam", "pytorch-grad-cam: GradCAM"]
        );
        assert!(row("cam").elsewhere().is_empty());
        assert_eq!(row("lrp").options, ["--composite", "--conserving"]);
        assert!(row("occlusion").options.contains(&"--regions"));
    }
}
