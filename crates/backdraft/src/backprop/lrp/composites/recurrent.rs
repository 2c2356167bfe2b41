//! Recurrent networks.

use crate::backprop::lrp::composite::Composite;

impl Composite {
    /// For LSTM, GRU and other networks with gates: [`epsilon`] for layers with weights and for sums, and all relevance of a
    /// product to the signal, none to the gate that it is multiplied by.
    ///
    /// Arras et al., [*Explaining Recurrent Neural Network Predictions in Sentiment
    /// Analysis*](https://arxiv.org/abs/1706.07206), 2017. What is a gate, the graph [knows](backdraft_graph::Fact::Gate), whether
    /// a layer is Burn's module or written by hand. These are the rules of [`attn_lrp`](Self::attn_lrp), so networks with
    /// gates and attention need no other.
    ///
    /// ```
    /// use backdraft::{Class, Composite, Lrp, Method, Network};
    /// use burn::nn::{Lstm, LstmConfig};
    /// use burn::tensor::{Device, Distribution, Tensor};
    ///
    /// let device = Device::default();
    /// let lstm = LstmConfig::new(3, 4, false).init(&device);
    /// let words = Tensor::<3>::random([1, 5, 3], Distribution::Default, &device);
    /// let forward = |m: &Lstm, x: Tensor<3>| m.forward(x, None).1.hidden;
    /// let net = Network::capture(&lstm, words.clone(), forward)?;
    /// let method = Lrp::with_composite(Composite::recurrent(1e-6));
    /// let relevance: Tensor<3> = method.attribute(&net, words, Class(2))?.tensor()?;
    /// assert_eq!(relevance.sum_dim(2).dims(), [1, 5, 1]);
    /// # Ok::<(), backdraft::Error>(())
    /// ```
    ///
    /// [`epsilon`]: crate::lrp::rules::epsilon()
    pub fn recurrent(stabilizer: f64) -> Self {
        Self::attn_lrp(stabilizer).with_name("Recurrent")
    }
}
