//! `AttnLRP`.

use crate::backprop::lrp::attending::{attending, sums};
use crate::backprop::lrp::composite::Composite;
use crate::backprop::lrp::rules::epsilon;

impl Composite {
    /// `AttnLRP`, for transformers: [`epsilon`] for layers with weights and sums, [`Halves`] for products of queries and keys and
    /// of attention weights and values, [`Softmax`] by its linearization; normalizations have constant statistics, activations
    /// pass relevance on.
    ///
    /// Achtibat et al., [*AttnLRP: Attention-Aware Layer-Wise Relevance Propagation for
    /// Transformers*](https://arxiv.org/abs/2402.05602), 2024. No model is patched: the rules are for operations, and what
    /// attention or a normalization is, the graph knows. 1e-6 is the usual stabilizer. Without biases, relevance is lost in
    /// the remainder of the softmax alone.
    ///
    /// ```
    /// use backdraft::{Class, Composite, Lrp, Method, Network};
    /// use burn::nn::attention::{MhaInput, MultiHeadAttention, MultiHeadAttentionConfig};
    /// use burn::tensor::{Device, Distribution, Tensor};
    ///
    /// let device = Device::default();
    /// let attention = MultiHeadAttentionConfig::new(8, 2).init(&device);
    /// let x = Tensor::<3>::random([1, 4, 8], Distribution::Default, &device);
    /// let net = Network::capture(&attention, x.clone(), |m: &MultiHeadAttention, x: Tensor<3>| {
    ///     m.forward(MhaInput::self_attn(x)).context.mean_dim(1).squeeze_dim::<2>(1)
    /// })?;
    /// let relevance = Lrp::with_composite(Composite::attn_lrp(1e-6)).attribute(&net, x, Class(3))?;
    /// let tokens: Tensor<2> = relevance.tensor::<3>()?.sum_dim(2).squeeze_dim(2);
    /// assert_eq!(tokens.dims(), [1, 4]);
    /// # Ok::<(), backdraft::Error>(())
    /// ```
    ///
    /// [`Halves`]: crate::lrp::rules::Halves
    /// [`Softmax`]: crate::lrp::rules::Softmax
    pub fn attn_lrp(stabilizer: f64) -> Self {
        let rules = attending(stabilizer).or_else(sums(stabilizer));
        Self::new("AttnLRP", rules).with_weighted(epsilon(stabilizer))
    }
}
