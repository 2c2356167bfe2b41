//! `layers`: the layers that `--layer` takes.

use std::error::Error;

use backdraft::Network;
use serde::Serialize;

use crate::network::{Classifier, NetworkArgs};
use crate::terminal::Terminal;

/// Lists the network's layers, with their axes and shapes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the layers as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    network: NetworkArgs,
}

/// A layer as scripts read it. Its keys are a promise.
#[derive(Serialize)]
struct Row {
    name: String,
    operation: String,
    axes: Vec<String>,
    shape: Vec<usize>,
    parameters: usize,
}

pub fn run(args: &Args, terminal: &Terminal) -> Result<(), Box<dyn Error>> {
    list(&Classifier::new(&args.network)?.net, terminal)
}

/// Prints the layers of a network.
pub fn list(net: &Network, terminal: &Terminal) -> Result<(), Box<dyn Error>> {
    terminal.json(&rows(net))?;
    Ok(terminal.say(net)?)
}

fn rows(net: &Network) -> Vec<Row> {
    let layers = net.layers().into_iter();
    let rows = layers.map(|layer| Row {
        name: layer.name().into(),
        operation: layer.op().into(),
        axes: layer.axes().dimensions().to_vec(),
        shape: layer.output_shape().to_vec(),
        parameters: layer.parameter_count(),
    });
    rows.collect()
}
