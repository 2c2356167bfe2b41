//! The rules, as functions that give a [`LinearRule`](crate::lrp::LinearRule), and those for operations that aren't
//! linear.

mod alpha_beta;
mod attention;
mod epsilon;
mod flat;
mod gamma;
mod halves;
mod layer_norm;
mod norm;
mod only;
mod pass;
mod product;
mod proportional_max_pool;
mod softmax;
#[cfg(test)]
mod testing;
mod w_square;
mod winner_takes_all;
mod z_box;
mod z_plus;
mod zero;

pub use alpha_beta::alpha_beta;
pub use attention::Attention;
pub use epsilon::epsilon;
pub use flat::flat;
pub use gamma::gamma;
pub use halves::Halves;
pub use layer_norm::LayerNorm;
pub use norm::norm;
pub use only::Only;
pub use pass::Pass;
pub use product::Product;
pub use proportional_max_pool::ProportionalMaxPool;
pub use softmax::Softmax;
pub use w_square::w_square;
pub use winner_takes_all::WinnerTakesAll;
pub use z_box::{z_box, z_box_of, z_box_of_data};
pub use z_plus::z_plus;
pub use zero::zero;
