//! Models by others, explained as they are.
//!
//! Every model is captured, computes what it computed before, has a gradient that finite differences confirm, a class
//! activation map at a layer whose dimensions are what its authors meant, and attributions that add up. The table says
//! how well, and the program fails if a row is worse than recorded.

mod images;
mod language;
mod numbers;
#[cfg(feature = "onnx")]
mod onnx;
mod record;
mod speech;
mod stranger;
mod trial;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use backdraft::Error;

use record::Record;
use stranger::Stranger;
use trial::{Found, Sum, tried};

/// A model, made when its turn comes, and what is known of it.
type Entry = (fn() -> Result<Stranger, Error>, Record);

fn main() -> ExitCode {
    let all = std::env::args().nth(1).is_some_and(|it| it == "--layers");
    let mut entries = images::all();
    entries.extend(language::all());
    entries.extend(speech::all());
    #[cfg(feature = "onnx")]
    entries.extend(onnx::all());

    println!("forward   gradient  IG gap    DeepLIFT gap, size   model");
    let mut worse = 0;
    for (make, record) in &entries {
        let start = Instant::now();
        let complaints = match row(*make, record, all) {
            Ok((found, complaints)) => {
                print(&found);
                complaints
            }
            Err(problem) => vec![problem],
        };
        println!("    {:.1} s", start.elapsed().as_secs_f64());
        for complaint in &complaints {
            println!("    WORSE: {complaint}");
        }
        worse += usize::from(!complaints.is_empty());
    }
    println!("\n{} models, {worse} worse than recorded", entries.len());
    ExitCode::from(u8::from(worse > 0))
}

/// A panic is a row too.
fn row(
    make: fn() -> Result<Stranger, Error>,
    record: &Record,
    all: bool,
) -> Result<(Found, Vec<String>), String> {
    let tried = || {
        let stranger = make().map_err(|error| format!("not captured: {error}"))?;
        println!("\n{}", stranger.name);
        if all {
            println!("{}", stranger.net);
        }
        let layer = record.named.then_some(record.layer);
        tried(&stranger, layer).map_err(|error| error.to_string())
    };
    let found = catch_unwind(AssertUnwindSafe(tried)).map_err(|_| "panicked".to_owned())??;
    let complaints = record.complaints(&found);
    Ok((found, complaints))
}

fn print(found: &Found) {
    let deep_lift = match &found.deep_lift {
        Ok(Sum { gap, size }) => format!("{gap:<9.1e} {size:.1e}"),
        Err(_) => "refused".to_owned(),
    };
    println!(
        "{:<9.1e} {:<9.1e} {:<9.1e} {deep_lift:<20} ",
        found.forward, found.gradient, found.integrated.gap
    );
    println!(
        "    Grad-CAM at {}: {} -> {}",
        found.layer, found.axes, found.map
    );
    if let Some(reason) = &found.no_default {
        println!("    named, as {reason}");
    }
    if let Err(error) = &found.deep_lift {
        println!("    DeepLIFT: {error}");
    }
}
