//! A web page on which visitors explain what trained networks see.
//!
//! [`serve`] answers on a listener until it is told to stop. Everything that the page needs is in the binary: nothing is
//! fetched from elsewhere, and nothing is written to disk. Photos and results live in memory for a while.
//!
//! | tab | what is explained |
//! |---|---|
//! | classify | what EfficientNet-Lite0 sees in a photo, for any class, by any method of the [catalog](backdraft::catalog) |
//! | ask | why a network answers a question about a scene as it does, in the picture and in the words |
//! | caption | where each word of a caption comes from |
//! | play | what a network looks at that plays a game, for each action |
//! | read | which words make two sentences similar |
//! | compare | two methods, classes or layers side by side |

mod answer;
mod app;
mod assets;
mod error;
mod jobs;
mod limits;
mod map;
mod models;
mod outcome;
mod page;
mod photo;
mod routes;
mod server;
mod store;
mod tabs;
mod visitor;

pub use limits::Options;
pub use server::{router, serve};
