//! Families of trained networks, and what their explanations show.

mod games;
mod scenes;
