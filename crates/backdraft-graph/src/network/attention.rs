//! The attention of a network.

use crate::analysis::attention;
use crate::network::layer;
use crate::{Error, Layer, LookupError, Network};

impl Network {
    /// The layers whose outputs are attention weights, in order of execution: what a softmax over keys
    /// gives, of shape `[batch, heads, queries, keys]` or `[batch, queries, keys]`, as it multiplies the
    /// values.
    ///
    /// Softmax may be Burn's, its quiet variant, or written out as a quotient; the weights may be masked,
    /// scaled or reshaped after it. Burn's fused attention computes its weights inside of one operation:
    /// [`Rewrite::SplitAttention`](crate::Rewrite::SplitAttention) makes them a layer.
    ///
    /// ```
    /// use backdraft_graph::Network;
    /// use burn::nn::attention::{MhaInput, MultiHeadAttention, MultiHeadAttentionConfig};
    /// use burn::tensor::{Device, Tensor};
    ///
    /// let device = Device::default();
    /// let model = MultiHeadAttentionConfig::new(6, 2).init(&device);
    /// let tokens = Tensor::<3>::zeros([1, 5, 6], &device);
    /// let net = Network::capture(&model, tokens, |m: &MultiHeadAttention, x| {
    ///     m.forward(MhaInput::self_attn(x)).context
    /// })?;
    /// assert_eq!(net.attention_layers()[0].output_shape().as_slice(), [1, 2, 5, 5]);
    /// # Ok::<(), backdraft_graph::Error>(())
    /// ```
    pub fn attention_layers(&self) -> Vec<Layer> {
        let weights = attention::weights(self.example());
        let is_found = |layer: &Layer| weights.iter().any(|node| node.name == layer.name());
        self.layers().into_iter().filter(is_found).collect()
    }

    /// Whether one [attention layer](Self::attention_layers) weighs values that are computed with the weights of an
    /// earlier one, so that attention can be followed through both. Of two sentences that are read one after the
    /// other, the second one's attention doesn't follow the first one's.
    ///
    /// # Errors
    ///
    /// [`LookupError::UnknownLayer`] for either of them.
    pub fn attention_follows(&self, later: &str, earlier: &str) -> Result<bool, Error> {
        let graph = self.example();
        let (later, _) = layer::find(graph, later)?;
        let (_, earlier) = layer::find(graph, earlier)?;
        Ok(attention::follows(graph, &later.name, earlier.id))
    }

    /// The layer at which token sequences are explained by default: the last layer normalization of shape
    /// `[batch, tokens, features]` that the last attention is computed from.
    ///
    /// After it a class token only reads what attention brings, so that later layers say nothing of the
    /// other tokens.
    ///
    /// # Errors
    ///
    /// [`LookupError::NoTokenLayer`] if there is none.
    pub fn last_token_layer(&self) -> Result<Layer, Error> {
        let node = attention::last_tokens(self.example())
            .ok_or(Error::Lookup(LookupError::NoTokenLayer))?;
        self.layer(&node.name)
    }
}
