//! Reports and their evidence as readers find them.

mod evidence;
mod page;
mod results;
mod safety;
mod subject;
