//! Fused attention as products, masks and a softmax.

use burn::backend::ir::{
    ActivationOperationIr, AttentionOpIr, BaseOperationIr, BinaryOpIr, DimOpIr, FloatOperationIr,
    MaskFillOpIr, MatmulOpIr, ModuleOperationIr, NumericOperationIr, OperationIr, ScalarIr,
    ScalarOpIr, SwapDimsOpIr, TensorIr, UnaryOpIr,
};
use burn::tensor::{DType, Int, Shape, Tensor};

use crate::ir::node::Node;
use crate::transform::rewrite::draft::Draft;

pub(super) fn apply(draft: &mut Draft<'_>) -> bool {
    let mut applied = false;
    // From the end, so that inserting operations doesn't move those still to come.
    for position in (0..draft.graph.nodes.len()).rev() {
        let op = &draft.graph.nodes[position].op;
        if let OperationIr::Module(ModuleOperationIr::Attention(attention)) = op {
            let attention = attention.clone();
            split(draft, position, attention);
            applied = true;
        }
    }
    applied
}

/// `softmax(mask(cap(q kᵀ scale)) + bias) v`. A query whose keys are all masked attends to nothing.
fn split(draft: &mut Draft<'_>, position: usize, attention: AttentionOpIr) {
    let masks = masks(draft, &attention);
    let AttentionOpIr {
        query,
        key,
        value,
        attn_bias,
        options,
        out,
        ..
    } = attention;
    let width = query.shape[3] as f64;
    let scale = options.scale.map(ScalarIr::elem);
    let mut parts = Parts::new(draft, position, &query, &key);
    let keys = parts.transposed(key);
    let mut scores = parts.scores(query, keys);
    scores = parts.scaled(scores, scale.unwrap_or_else(|| 1.0 / width.sqrt()));
    if let Some(cap) = options.softcap.map(ScalarIr::elem::<f64>) {
        scores = parts.scaled(scores, 1.0 / cap);
        scores = parts.tanh(scores);
        scores = parts.scaled(scores, cap);
    }
    for mask in &masks {
        scores = parts.masked(scores, mask, parts.lowest());
    }
    if let Some(bias) = attn_bias {
        scores = parts.sum(scores, bias);
    }
    let mut weights = parts.softmax(scores);
    for mask in &masks {
        weights = parts.masked(weights, mask, 0.0);
    }
    let nodes = parts.nodes;
    let product = MatmulOpIr {
        lhs: weights,
        rhs: value,
        out,
    };
    let dtype = product.out.dtype;
    let product = OperationIr::Float(dtype, FloatOperationIr::Matmul(product));
    draft.replace(position, product);
    draft.graph.nodes.splice(position..position, nodes);
}

/// The masks, which are true where a key can't be seen.
fn masks(draft: &mut Draft<'_>, attention: &AttentionOpIr) -> Vec<TensorIr> {
    let mut masks: Vec<TensorIr> = attention.mask.iter().cloned().collect();
    if attention.options.is_causal {
        let (queries, keys) = (attention.query.shape[2], attention.key.shape[2]);
        masks.push(ahead(draft, queries as i64, keys as i64));
    }
    masks
}

/// The keys after each query's own position. The last query's is that of the last key.
fn ahead(draft: &mut Draft<'_>, queries: i64, keys: i64) -> TensorIr {
    let rows = Tensor::<1, Int>::arange(0..queries, draft.device).reshape([1, 1, queries, 1]);
    let columns = Tensor::<1, Int>::arange(0..keys, draft.device).reshape([1, 1, 1, keys]);
    draft.constant((columns - rows).greater_elem(keys - queries))
}

/// The operations before the last, each of them a layer whose name begins with that of the attention.
struct Parts<'d, 'g> {
    draft: &'d mut Draft<'g>,
    name: String,
    /// `[batch, heads, queries, keys]`
    shape: Shape,
    dtype: DType,
    nodes: Vec<Node>,
}

impl<'d, 'g> Parts<'d, 'g> {
    fn new(draft: &'d mut Draft<'g>, position: usize, query: &TensorIr, key: &TensorIr) -> Self {
        let [batch, heads, queries, _] = query.shape.dims();
        Self {
            name: draft.graph.nodes[position].name.clone(),
            shape: Shape::new([batch, heads, queries, key.shape[2]]),
            dtype: query.dtype,
            nodes: Vec::new(),
            draft,
        }
    }

    fn transposed(&mut self, key: TensorIr) -> TensorIr {
        let mut shape = key.shape.clone();
        shape.swap(2, 3);
        self.push("keys", shape, |out| {
            OperationIr::BaseFloat(BaseOperationIr::SwapDims(SwapDimsOpIr {
                input: key,
                out,
                dim1: 2,
                dim2: 3,
            }))
        })
    }

    fn scores(&mut self, lhs: TensorIr, rhs: TensorIr) -> TensorIr {
        self.float("scores", |out| {
            FloatOperationIr::Matmul(MatmulOpIr { lhs, rhs, out })
        })
    }

    fn tanh(&mut self, input: TensorIr) -> TensorIr {
        self.float("cap", |out| {
            FloatOperationIr::Tanh(UnaryOpIr { input, out })
        })
    }

    fn scaled(&mut self, lhs: TensorIr, by: f64) -> TensorIr {
        let rhs = ScalarIr::Float(by);
        self.numeric("scaled", |out| {
            NumericOperationIr::MulScalar(ScalarOpIr { lhs, rhs, out })
        })
    }

    fn sum(&mut self, lhs: TensorIr, rhs: TensorIr) -> TensorIr {
        self.numeric("biased", |out| {
            NumericOperationIr::Add(BinaryOpIr { lhs, rhs, out })
        })
    }

    fn masked(&mut self, tensor: TensorIr, mask: &TensorIr, value: f64) -> TensorIr {
        self.push("masked", self.shape.clone(), |out| {
            OperationIr::BaseFloat(BaseOperationIr::MaskFill(MaskFillOpIr {
                tensor,
                mask: mask.clone(),
                value: ScalarIr::Float(value),
                out,
            }))
        })
    }

    fn softmax(&mut self, input: TensorIr) -> TensorIr {
        self.push("weights", self.shape.clone(), |out| {
            let softmax = DimOpIr {
                input,
                out,
                axis: 3,
            };
            OperationIr::Activation(ActivationOperationIr::Softmax(softmax))
        })
    }

    /// So low that softmax gives zero, and finite, so that a row of nothing else gives no NaN.
    fn lowest(&self) -> f64 {
        self.dtype.finfo().map_or(f64::MIN, |info| info.min) / 2.0
    }

    fn float(&mut self, part: &str, op: impl FnOnce(TensorIr) -> FloatOperationIr) -> TensorIr {
        let dtype = self.dtype;
        self.push(part, self.shape.clone(), |out| {
            OperationIr::Float(dtype, op(out))
        })
    }

    fn numeric(&mut self, part: &str, op: impl FnOnce(TensorIr) -> NumericOperationIr) -> TensorIr {
        let dtype = self.dtype;
        self.push(part, self.shape.clone(), |out| {
            OperationIr::NumericFloat(dtype, op(out))
        })
    }

    /// Adds an operation and returns what it computes.
    fn push(
        &mut self,
        part: &str,
        shape: Shape,
        op: impl FnOnce(TensorIr) -> OperationIr,
    ) -> TensorIr {
        let out = self.draft.tensor(shape, self.dtype);
        let name = format!("{}.{part}", self.name);
        let name = self.unique(name);
        let node = self.draft.layer(&name, op(out.clone()));
        self.nodes.push(node);
        out
    }

    /// The draft doesn't know the new operations yet.
    fn unique(&self, name: String) -> String {
        let same = |node: &&Node| node.name == name || node.name.starts_with(&format!("{name}#"));
        match self.nodes.iter().filter(same).count() {
            0 => name,
            count => format!("{name}#{}", count + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Network, OpKind, Probes, Rewrite, RewriteError};
    use burn::nn::Linear;
    use burn::tensor::module::attention;
    use burn::tensor::ops::AttentionModuleOptions;
    use burn::tensor::{Bool, Device, Distribution, Tensor, TensorData, Tolerance};

    fn random(shape: [usize; 4]) -> Tensor<4> {
        Tensor::random(shape, Distribution::Normal(0.0, 1.0), &Device::flex())
    }

    /// Two queries over three keys, with two heads; the second key is masked for the first query, and every
    /// key for the second one of the second head.
    fn mask(device: &Device) -> Tensor<4, Bool> {
        let (t, f) = (true, false);
        let heads = [[[f, t, f], [f, f, f]], [[f, t, f], [t, t, t]]];
        Tensor::<3, Bool>::from_data(heads, device).unsqueeze()
    }

    fn options(
        scale: Option<f64>,
        softcap: Option<f64>,
        is_causal: bool,
    ) -> AttentionModuleOptions {
        AttentionModuleOptions {
            scale,
            softcap,
            is_causal,
        }
    }

    fn capture(options: AttentionModuleOptions, masked: bool) -> (Network, Vec<Tensor<4>>) {
        let inputs = [[1, 2, 2, 4], [1, 2, 3, 4], [1, 2, 3, 5], [1, 2, 2, 3]].map(random);
        let [q, k, v, bias] = inputs.clone();
        let forward = move |_: &Vec<Linear>, (q, k, v, bias): (_, _, _, Tensor<4>)| {
            let mask = masked.then(|| mask(&bias.device()));
            attention(q, k, v, mask, Some(bias), options)
        };
        let net = Network::capture(&Vec::new(), (q, k, v, bias), forward).unwrap();
        (net, inputs.to_vec())
    }

    #[test]
    fn it_computes_what_fused_attention_computes() {
        let cases = [
            (options(None, None, false), false),
            (options(Some(0.3), None, false), true),
            (options(None, Some(0.7), true), true),
        ];
        for (options, masked) in cases {
            let (net, inputs) = capture(options, masked);
            let split = net.rewritten(Rewrite::SplitAttention).unwrap();
            let inputs: Vec<_> = inputs.into_iter().map(Into::into).collect();
            let [fused, split]: [Tensor<4>; 2] =
                [&net, &split].map(|net| net.forward(inputs.clone()).unwrap().output().unwrap());
            let tolerance = Tolerance::rel_abs(1e-5, 1e-5);
            split
                .into_data()
                .assert_approx_eq::<f32>(&fused.into_data(), tolerance);
        }
    }

    #[test]
    fn the_weights_become_a_layer() {
        let (net, inputs) = capture(options(None, None, false), true);
        assert!(net.attention_layers().is_empty());
        let split = net.rewritten(Rewrite::SplitAttention).unwrap();
        let [layer] = &split.attention_layers()[..] else {
            panic!("one attention");
        };
        assert_eq!(layer.name(), "attention.masked#2");
        assert_eq!(split.layer("attention").unwrap().kind(), OpKind::MatMul);
        let inputs: Vec<_> = inputs.into_iter().map(Into::into).collect();
        let probes = Probes::new().with_activation(layer.name());
        let weights = split.run(inputs, &probes).unwrap();
        let weights: Tensor<4> = weights
            .activation(layer.name())
            .unwrap()
            .to_tensor()
            .unwrap();
        // A row sums to one, or to nothing where every key is masked.
        let sums = weights.clone().sum_dim(3).reshape([4]);
        let expected = TensorData::from([1.0_f32, 1.0, 1.0, 0.0]);
        sums.into_data()
            .assert_approx_eq::<f32>(&expected, Tolerance::absolute(1e-6));
        let masked = weights.slice([0..1, 0..1, 0..1, 1..2]);
        masked
            .into_data()
            .assert_eq(&TensorData::from([[[[0.0]]]]), false);
    }

    #[test]
    fn a_network_without_fused_attention_has_no_place_for_it() {
        let net = Network::capture(
            &Vec::new(),
            random([1, 1, 2, 2]),
            |_: &Vec<Linear>, x: Tensor<4>| x.clone().matmul(x),
        );
        let error = net.unwrap().rewritten(Rewrite::SplitAttention).unwrap_err();
        assert!(
            matches!(error, Error::Rewrite(RewriteError::NothingToRewrite { .. })),
            "{error}"
        );
    }
}
