//! The HTML of the pages.

mod controls;
mod layout;
mod result;
mod tabs;

pub use layout::page;
pub use result::{result, tokens};
pub use tabs::{Tab, body};
