//! Families of trained networks, and what their explanations show.

mod captions;
mod games;
mod scenes;
