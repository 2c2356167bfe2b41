//! The server as visitors find it, asked in process.

mod abuse;
mod client;
mod explanations;
mod pages;
