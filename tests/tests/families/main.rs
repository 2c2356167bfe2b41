//! Families of trained networks, and what their explanations show.

mod scenes;
