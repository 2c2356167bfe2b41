//! Charts of regions and features: bars, a waterfall, and a swarm of many samples.
//!
//! They need nothing but a result's values and names, and are SVG that any page or program takes, or plain text for a
//! terminal. All can be read without color: what speaks against the target is hollow, and numbers have their signs.

mod bars;
mod beeswarm;
mod chart;
mod contributions;
mod plot;
mod rows;
mod terminal;
mod text;
mod waterfall;

pub use chart::Chart;
