//! Drives the live demo from outside, as its visitors do.
//!
//! `demo BINARY FOLDER` runs the tests in Chromium and writes screenshots to a folder; `demo load BINARY` sends fifty visitors
//! to the server at once, `demo abuse BINARY` those who mean ill; both print what it bore.

mod abuse;
mod driver;
mod load;
mod page;
mod photos;
mod port;
mod server;
mod suite;
mod tests;
mod visitor;

use std::env;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let passed = match arguments[..] {
        ["load", binary] => load::run(Path::new(binary)).await?,
        ["abuse", binary] => abuse::run(Path::new(binary)).await?,
        [binary, folder] => suite::run(Path::new(binary), Path::new(folder)).await?,
        _ => bail!(
            "name the backdraft binary and a folder for screenshots, or `load` or `abuse` and the binary"
        ),
    };
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
