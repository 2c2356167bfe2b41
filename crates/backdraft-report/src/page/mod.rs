//! The page, part by part.

mod bars;
mod checks;
mod facts;
mod figure;
mod head;
mod legend;
mod map;
mod opening;
mod overview;
mod page;
mod panel;
mod provenance;
mod section;

pub(crate) use page::of;
