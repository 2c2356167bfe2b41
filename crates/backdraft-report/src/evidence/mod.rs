//! The report with its raw values, in a folder.

mod differences;
mod evidence;
mod file_names;
mod hash;
mod manifest;
mod verify;

pub use differences::Differences;
pub use evidence::Evidence;
