//! Layer-wise relevance propagation: rules as data, and composites that have rules for all operations of a network.
//!
//! | rule | for a linear layer `z_j = Σ_i w_ij x_i + b_j`, `R_i = Σ_j ...` | where it is used |
//! |---|---|---|
//! | [`zero`](rules::zero) | `x_i w_ij / z_j · R_j` | in theory |
//! | [`epsilon`](rules::epsilon) | `x_i w_ij / (z_j + ε sign z_j) · R_j` | dense layers, near the output |
//! | [`gamma`](rules::gamma) | contributions of the sign of `z_j` count `1 + γ` times | convolutions |
//! | [`z_plus`](rules::z_plus) | `(x_i w_ij)⁺ / Σ_i (x_i w_ij)⁺ · R_j` | convolutions |
//! | [`alpha_beta`](rules::alpha_beta) | `[α (x_i w_ij)⁺ / Σ_i (x_i w_ij)⁺ - β (x_i w_ij)⁻ / Σ_i (x_i w_ij)⁻] R_j` | convolutions, where signs matter |
//! | [`z_box`](rules::z_box) | `(x_i w_ij - l_i w_ij⁺ - h_i w_ij⁻) / Σ_i (...) · R_j` | the first layer, of pixels |
//! | [`w_square`](rules::w_square) | `w_ij² / Σ_i w_ij² · R_j` | the first layer, of any numbers |
//! | [`flat`](rules::flat) | `R_j / n_j` | the first layer, for a coarser picture |
//!
//! `R_j` is the relevance of output `j`, and `R_i` what input `i` gets of it; `(.)⁺` is `max(., 0)` and `(.)⁻` is `min(., 0)`;
//! `l_i` and `h_i` are the least and the largest value that `x_i` can have, and `n_j` is the number of inputs of output `j`.
//! Most rules count the bias in the denominator too: the page of each has its whole formula.
//!
//! A composite gives each layer one of these rules. Not sure which? [`Composite::epsilon_plus_flat`] for photos,
//! [`Composite::attn_lrp`] for transformers, [`Composite::recurrent`] for LSTM and GRU, [`Composite::epsilon`] for dense networks.
//!
//! | rule | for what isn't a layer with weights |
//! |---|---|
//! | [`Pass`](rules::Pass) | `R_x = R`: activations, products with constants |
//! | [`norm`](rules::norm) | epsilon for sums, means and interpolation |
//! | [`WinnerTakesAll`](rules::WinnerTakesAll), [`ProportionalMaxPool`](rules::ProportionalMaxPool) | maxima |
//! | [`Product`](rules::Product) | gates: all to the signal; of equals one half to each |
//! | [`Halves`](rules::Halves) | products of two computed matrices: one half to each |
//! | [`Softmax`](rules::Softmax) | `R_x = x (R - s ΣR)`, its linearization |
//! | [`LayerNorm`](rules::LayerNorm) | epsilon, with the deviation as a constant |
//! | [`Attention`](rules::Attention) | attention that is one operation: the rules of its parts |
//! | [`Only`](rules::Only) | another rule for one operand, nothing for the others: gates, statistics, constant attention weights |
//!
//! A [`LinearRule`] is a list of [shares](Share) of [terms](Term), each of which says what it takes of input, weights and bias.
//! One of your own is a function of a few lines: here a rule by absolute contributions, for inputs after a rectifier.
//!
//! ```
//! use backdraft::lrp::{LinearRule, Of, Part, Share, Term};
//! use backdraft::{Composite, Lrp};
//!
//! /// `x |w|` as the contribution.
//! fn absolute() -> LinearRule {
//!     let terms = [
//!         Term::new(Part::Whole, Part::Positive),
//!         Term::new(Part::Whole, Part::Negative).subtracted(),
//!     ];
//!     LinearRule::new("absolute", [Share::new(Of::All, terms)])
//! }
//!
//! let composite = Composite::epsilon_plus_flat().with_convolutions(absolute());
//! let method = Lrp::with_composite(composite);
//! ```
//!
//! A rule leaves relevance in biases and in its stabilizer. [`without_bias`](LinearRule::without_bias) hands the biases'
//! part on to contributions, which may be small; [`conserving`](LinearRule::conserving) also spreads what nothing
//! contributed to, and loses nothing. Both are options of a rule and of a whole [`Composite`].
//!
//! | composite | first layer | convolutions | dense layers | conserves relevance |
//! |---|---|---|---|---|
//! | [`epsilon`](Composite::epsilon) | epsilon | epsilon | epsilon | no: biases, and stabilizers where contributions cancel |
//! | [`epsilon_plus`](Composite::epsilon_plus) | z-plus | z-plus | epsilon | if [`conserving`](Composite::conserving) |
//! | [`epsilon_plus_flat`](Composite::epsilon_plus_flat) | flat | z-plus | epsilon | if `conserving` |
//! | [`epsilon_gamma_box`](Composite::epsilon_gamma_box) | z-box | gamma | epsilon | if `conserving` |
//! | [`epsilon_alpha2_beta1`](Composite::epsilon_alpha2_beta1) | alpha-beta | alpha-beta | epsilon | if `conserving` |
//! | [`epsilon_alpha2_beta1_flat`](Composite::epsilon_alpha2_beta1_flat) | flat | alpha-beta | epsilon | if `conserving` |
//! | [`deep_taylor`](Composite::deep_taylor) | z-box | z-plus | z-plus | if `conserving` |
//! | [`attn_lrp`](Composite::attn_lrp) | epsilon | epsilon | epsilon | no: biases, and the remainder of the softmax |
//! | [`cp_lrp`](Composite::cp_lrp) | epsilon | epsilon | epsilon | without biases |
//! | [`recurrent`](Composite::recurrent) | epsilon | epsilon | epsilon | without biases, where there is no attention |
//! | [`excitation_backprop`](Composite::excitation_backprop) | z-plus | z-plus | z-plus | no: the derivative of saturated units is zero |
//!
//! [`Lrp`] explains a score, [`ExcitationBackprop`] is its oldest relative for convolutional networks, and [`BiLrp`] explains why two
//! inputs are similar, pair of parts by pair of parts.
//!
//! Programs that let their users choose find all of them [by name](Composite::by_name): [`COMPOSITES`] lists the names.
//!
//! Layer-wise relevance propagation may be covered by patents in some countries; whoever ships it should check. The cargo
//! feature `lrp` leaves it out.

mod at_step;
mod attending;
mod bi_lrp;
mod composite;
mod composites;
mod condition;
mod excitation_backprop;
mod leaks;
mod linear_rule;
mod lrp;
mod operands;
mod part;
mod places;
mod rest;
mod rule_table;
pub mod rules;
mod stabilizer;
mod start;
#[cfg(test)]
mod tests;

pub use bi_lrp::BiLrp;
pub use composite::Composite;
pub use composites::{COMPOSITES, NamedComposite};
pub use excitation_backprop::ExcitationBackprop;
pub use leaks::LayerConservation;
pub use linear_rule::{LinearRule, Of, Share, Term};
pub use lrp::Lrp;
pub use part::Part;
pub use places::{is_convolution, is_dense, is_weighted};
pub use rule_table::RuleTable;
pub use stabilizer::stabilized;
