//! In which module every operation is.

use std::collections::HashMap;

use burn::backend::ir::{ModuleOperationIr, OperationIr, TensorId};

use crate::OpKind;
use crate::ir::dependencies::Dependencies;
use crate::ir::graph::Graph;
use crate::ir::names::path::{common, is_within, parent};
use crate::ir::names::readings::Reading;
use crate::ir::node::Node;

/// The place of every operation: the module around it. `norms` are the places that are known already.
pub(super) fn of<'a>(
    graph: &Graph,
    depends: &Dependencies,
    readings: &[Option<Reading<'a>>],
    norms: &[Option<&'a str>],
) -> Vec<&'a str> {
    let between = between(readings);
    let mut flow = Flow::default();
    let mut before = "";
    let mut places = Vec::with_capacity(graph.nodes.len());
    for (position, node) in graph.nodes.iter().enumerate() {
        let operands = node.op.inputs().map(|tensor| tensor.id);
        let operands: Vec<TensorId> = operands.filter(|&id| depends.contains(id)).collect();
        let (place, reads_in) = match (&readings[position], norms[position]) {
            (Some(reading), _) => (reading.output_place(), reading.module),
            (None, Some(norm)) => (norm, norm),
            (None, None) => {
                let place = flow.place(node, &operands, between[position], before);
                (place, place)
            }
        };
        flow.pass(node, &operands, place, reads_in);
        if readings[position].is_some() {
            before = place;
        }
        places.push(place);
    }
    places
}

/// For every operation: the module in which the forward pass was, for the layers before and after are in it. It may
/// have been in others inside it.
fn between<'a>(readings: &[Option<Reading<'a>>]) -> Vec<&'a str> {
    let mut next = vec![None; readings.len()];
    let mut after = None;
    for (position, reading) in readings.iter().enumerate().rev() {
        next[position] = after;
        after = reading.as_ref().or(after);
    }
    let mut before = None;
    let positions = readings.iter().zip(next);
    positions
        .map(|(reading, after)| {
            let between = match (before, after) {
                (Some(before), Some(after)) => common_module(before, after),
                _ => "",
            };
            before = reading.as_ref().or(before);
            between
        })
        .collect()
}

fn common_module<'a>(before: &Reading<'a>, after: &Reading<'a>) -> &'a str {
    let other_call = before.module == after.module && before.call() != after.call();
    if other_call {
        parent(before.module)
    } else {
        common(before.module, after.module)
    }
}

/// Where tensors come from, and who has read them.
#[derive(Default)]
struct Flow<'a> {
    places: HashMap<TensorId, &'a str>,
    readers: HashMap<TensorId, Vec<&'a str>>,
}

impl<'a> Flow<'a> {
    /// The place of an operation without parameters. `before` is where the output of the last layer is.
    ///
    /// Activations and residual sums stay with the layer whose output they change. A sum is inside a module only if
    /// everything that it reads was computed or read there before: what comes from elsewhere is the input of the module
    /// around it.
    fn place(
        &self,
        node: &Node,
        operands: &[TensorId],
        between: &'a str,
        before: &'a str,
    ) -> &'a str {
        // Tensors are numbered in the order of execution.
        let newest = operands.iter().max();
        let computed_at = newest.and_then(|tensor| self.places.get(tensor));
        let Some(computed_at) = computed_at.filter(|_| is_elementwise(node)) else {
            return between;
        };
        let mut place = common(before, computed_at);
        let is_inside = |place| operands.iter().all(|&tensor| self.is_known(tensor, place));
        while !is_within(between, place) && !is_inside(place) {
            place = parent(place);
        }
        if is_within(between, place) {
            between
        } else {
            place
        }
    }

    fn is_known(&self, tensor: TensorId, module: &str) -> bool {
        let computed_at = self.places.get(&tensor);
        let read_at = self.readers.get(&tensor);
        (computed_at.into_iter().chain(read_at.into_iter().flatten()))
            .any(|place| is_within(place, module))
    }

    fn pass(&mut self, node: &Node, operands: &[TensorId], place: &'a str, reads_in: &'a str) {
        for &operand in operands {
            self.readers.entry(operand).or_default().push(reads_in);
        }
        let outputs = node.op.outputs();
        self.places.extend(outputs.map(|output| (output.id, place)));
    }
}

/// Whether the operation computes every element of one for each operand, in the same place.
fn is_elementwise(node: &Node) -> bool {
    let resizes = matches!(
        node.op,
        OperationIr::Module(ModuleOperationIr::Interpolate(_))
    );
    let kind = node.kind;
    let computes = matches!(
        kind,
        OpKind::Activation
            | OpKind::Elementwise
            | OpKind::Add
            | OpKind::Multiply
            | OpKind::Affine
            | OpKind::Choice
    );
    (kind.is_rectifier() || computes) && !resizes
}

#[cfg(test)]
mod tests {
    use crate::Network;
    use burn::module::{Module, Param};
    use burn::nn::attention::{MhaInput, MultiHeadAttention, MultiHeadAttentionConfig};
    use burn::nn::conv::{Conv2d, Conv2dConfig};
    use burn::nn::transformer::{
        TransformerEncoder, TransformerEncoderConfig, TransformerEncoderInput,
    };
    use burn::nn::{BatchNorm, BatchNormConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};
    use burn::tensor::activation::relu;
    use burn::tensor::module::max_pool2d;
    use burn::tensor::ops::MaxPoolOptions;
    use burn::tensor::{Bool, Device, Tensor};

    fn names(net: &Network) -> Vec<String> {
        let layers = net.layers().into_iter();
        layers.map(|layer| layer.name().to_string()).collect()
    }

    fn conv(channels: [usize; 2], device: &Device) -> Conv2d {
        Conv2dConfig::new(channels, [1, 1]).init(device)
    }

    #[derive(Module, Debug)]
    struct DoubleConv {
        conv1: Conv2d,
        conv2: Conv2d,
    }

    impl DoubleConv {
        fn new(channels: [usize; 2], device: &Device) -> Self {
            Self {
                conv1: conv(channels, device),
                conv2: conv([channels[1]; 2], device),
            }
        }

        fn forward(&self, x: Tensor<4>) -> Tensor<4> {
            relu(self.conv2.forward(relu(self.conv1.forward(x))))
        }
    }

    #[derive(Module, Debug)]
    struct UNet {
        inc: DoubleConv,
        down: DoubleConv,
        out: Conv2d,
    }

    #[test]
    fn the_pooling_after_a_double_convolution_is_not_its_output() {
        let device = Device::flex();
        let model = UNet {
            inc: DoubleConv::new([1, 2], &device),
            down: DoubleConv::new([2, 2], &device),
            out: conv([4, 1], &device),
        };
        let example = Tensor::<4>::zeros([1, 1, 4, 4], &device);
        let net = Network::capture(&model, example, |m: &UNet, x: Tensor<4>| {
            let fine = m.inc.forward(x);
            let pooled = max_pool2d(fine.clone(), MaxPoolOptions::new([2, 2]));
            let coarse = m.down.forward(pooled).repeat(&[1, 1, 2, 2]);
            m.out.forward(Tensor::cat(vec![fine, coarse], 1))
        })
        .unwrap();
        assert_eq!(
            names(&net)[..7],
            [
                "inc.conv1",
                "inc.relu",
                "inc.conv2",
                "inc.relu#2",
                "max_pool2d",
                "down.conv1",
                "down.relu"
            ]
        );
        assert_eq!(net.layer("inc").unwrap().name(), "inc.relu#2");
        assert_eq!(net.layer("down").unwrap().name(), "down.relu#2");
    }

    #[derive(Module, Debug)]
    struct PatchEmbed {
        proj: Conv2d,
        norm: Option<LayerNorm>,
    }

    impl PatchEmbed {
        /// Images `[batch, 1, 4, 4]` to tokens `[batch, 4, 2]`.
        fn new(norm: bool, device: &Device) -> Self {
            Self {
                proj: Conv2dConfig::new([1, 2], [2, 2])
                    .with_stride([2, 2])
                    .init(device),
                norm: norm.then(|| LayerNormConfig::new(2).init(device)),
            }
        }

        fn forward(&self, x: Tensor<4>) -> Tensor<3> {
            let tokens = self.proj.forward(x).flatten::<3>(2, 3).swap_dims(1, 2);
            match &self.norm {
                Some(norm) => norm.forward(tokens),
                None => tokens,
            }
        }
    }

    #[derive(Module, Debug)]
    struct Block {
        norm1: LayerNorm,
        attn: MultiHeadAttention,
        norm2: LayerNorm,
        fc: Linear,
    }

    impl Block {
        fn new(device: &Device) -> Self {
            Self {
                norm1: LayerNormConfig::new(2).init(device),
                attn: MultiHeadAttentionConfig::new(2, 1).init(device),
                norm2: LayerNormConfig::new(2).init(device),
                fc: LinearConfig::new(2, 2).init(device),
            }
        }

        fn forward(&self, x: Tensor<3>) -> Tensor<3> {
            let attended = MhaInput::self_attn(self.norm1.forward(x.clone()));
            let x = x + self.attn.forward(attended).context;
            x.clone() + self.fc.forward(self.norm2.forward(x))
        }
    }

    #[derive(Module, Debug)]
    struct ViT {
        patch_embed: PatchEmbed,
        class_token: Param<Tensor<3>>,
        pos_embed: Param<Tensor<3>>,
        blocks: Vec<Block>,
        head: Linear,
    }

    #[test]
    fn a_patch_embedding_ends_before_the_class_token_and_the_blocks() {
        let device = Device::flex();
        let model = ViT {
            patch_embed: PatchEmbed::new(false, &device),
            class_token: Param::from_tensor(Tensor::zeros([1, 1, 2], &device)),
            pos_embed: Param::from_tensor(Tensor::zeros([1, 5, 2], &device)),
            blocks: vec![Block::new(&device), Block::new(&device)],
            head: LinearConfig::new(2, 3).init(&device),
        };
        let example = Tensor::<4>::zeros([1, 1, 4, 4], &device);
        let net = Network::capture(&model, example, |m: &ViT, x: Tensor<4>| {
            let tokens = m.patch_embed.forward(x);
            let tokens = Tensor::cat(vec![m.class_token.val(), tokens], 1);
            let embedded = tokens + m.pos_embed.val();
            let tokens = (m.blocks.iter()).fold(embedded, |x, block| block.forward(x));
            let class = tokens.slice([0..1, 0..1, 0..2]);
            m.head.forward(class.flatten::<2>(1, 2))
        })
        .unwrap();
        let names = names(&net);
        assert_eq!(net.layer("patch_embed").unwrap().name(), "patch_embed.proj");
        let fields: Vec<&str> = ["class_token", "pos_embed"].into();
        assert!(
            fields
                .iter()
                .all(|field| names.iter().any(|name| name == field))
        );
        assert_eq!(net.layer("class_token").unwrap().op(), "Cat");
        assert_eq!(net.layer("pos_embed").unwrap().op(), "Add");
        for block in ["blocks.0", "blocks.1"] {
            let sums = names
                .iter()
                .filter(|name| name.starts_with(&format!("{block}.add")));
            assert_eq!(sums.count(), 2, "{names:?}");
            assert_eq!(net.layer(block).unwrap().name(), format!("{block}.add#2"));
            // The residual sum adds what the attention never saw.
            let attention = net.layer(&format!("{block}.attn")).unwrap();
            assert_eq!(attention.name(), format!("{block}.attn.output"));
        }
    }

    #[derive(Module, Debug)]
    struct Swin {
        patch_embed: PatchEmbed,
        stage: Vec<Block>,
    }

    #[test]
    fn a_window_partition_is_not_the_patch_embedding() {
        let device = Device::flex();
        let model = Swin {
            patch_embed: PatchEmbed::new(true, &device),
            stage: vec![Block::new(&device)],
        };
        let example = Tensor::<4>::zeros([1, 1, 4, 4], &device);
        let net = Network::capture(&model, example, |m: &Swin, x: Tensor<4>| {
            let tokens = m.patch_embed.forward(x).reshape([1, 2, 1, 2, 2]);
            let windows = tokens.permute([0, 3, 1, 2, 4]).reshape([2, 2, 2]);
            m.stage[0].forward(windows).reshape([1, 4, 2])
        })
        .unwrap();
        assert_eq!(net.layer("patch_embed").unwrap().name(), "patch_embed.norm");
        assert_eq!(net.layer("stage.0").unwrap().name(), "stage.0.add#2");
    }

    #[derive(Module, Debug)]
    struct ConvNorm {
        conv: Conv2d,
        norm: BatchNorm,
    }

    #[derive(Module, Debug)]
    struct MobileNet {
        features: Vec<ConvNorm>,
        classifier: Linear,
    }

    #[test]
    fn the_pooling_before_the_classifier_is_not_the_last_feature() {
        let device = Device::flex();
        let layer = |channels| ConvNorm {
            conv: conv(channels, &device),
            norm: BatchNormConfig::new(2).init(&device),
        };
        let model = MobileNet {
            features: vec![layer([1, 2]), layer([2, 2])],
            classifier: LinearConfig::new(2, 3).init(&device),
        };
        let example = Tensor::<4>::zeros([1, 1, 4, 4], &device);
        let net = Network::capture(&model, example, |m: &MobileNet, x: Tensor<4>| {
            let features = (m.features.iter()).fold(x, |x, layer| {
                let normalized = layer.norm.forward(layer.conv.forward(x));
                normalized.clamp(0.0, 6.0)
            });
            let pooled = features.mean_dim(3).mean_dim(2).reshape([1, 2]);
            m.classifier.forward(pooled)
        })
        .unwrap();
        for feature in ["features.0", "features.1"] {
            let layer = net.layer(feature).unwrap();
            assert_eq!(layer.name(), format!("{feature}.relu6"));
        }
        let names = names(&net);
        assert_eq!(
            names[6..],
            ["mean_dim", "mean_dim#2", "reshape", "classifier"]
        );
    }

    #[derive(Module, Debug)]
    struct Residual {
        conv1: Conv2d,
        conv2: Conv2d,
        shortcut: Option<ConvNorm>,
    }

    impl Residual {
        fn forward(&self, x: Tensor<4>) -> Tensor<4> {
            let y = self.conv2.forward(relu(self.conv1.forward(x.clone())));
            let shortcut = match &self.shortcut {
                Some(layer) => layer.norm.forward(layer.conv.forward(x)),
                None => x,
            };
            relu(y + shortcut)
        }
    }

    #[test]
    fn a_residual_sum_is_in_the_block_whose_input_it_adds() {
        let device = Device::flex();
        let block = |shortcut: bool| Residual {
            conv1: conv([2, 2], &device),
            conv2: conv([2, 2], &device),
            shortcut: shortcut.then(|| ConvNorm {
                conv: conv([2, 2], &device),
                norm: BatchNormConfig::new(2).init(&device),
            }),
        };
        let model = vec![block(false), block(true)];
        let example = Tensor::<4>::zeros([1, 2, 2, 2], &device);
        let net = Network::capture(&model, example, |m: &Vec<Residual>, x: Tensor<4>| {
            m[1].forward(m[0].forward(x))
        })
        .unwrap();
        let names = names(&net);
        assert_eq!(
            names[..5],
            ["0.conv1", "0.relu", "0.conv2", "0.add", "0.relu#2"]
        );
        assert_eq!(
            names[8..],
            ["1.shortcut.conv", "1.shortcut.norm", "1.add", "1.relu#2"]
        );
        let shortcut = net.layer("1.shortcut").unwrap();
        assert_eq!(shortcut.name(), "1.shortcut.norm");
    }

    #[test]
    fn masked_attention_is_in_its_block() {
        let device = Device::flex();
        let model = vec![
            TransformerEncoderConfig::new(2, 4, 1, 2)
                .with_norm_first(true)
                .init(&device),
        ];
        let example = (
            Tensor::<3>::zeros([1, 3, 2], &device),
            Tensor::<2, Bool>::from_data([[false, false, true]], &device),
        );
        let forward = |m: &Vec<TransformerEncoder>, (x, mask): (Tensor<3>, Tensor<2, Bool>)| {
            m[0].forward(TransformerEncoderInput::new(x).mask_pad(mask))
        };
        let net = Network::capture(&model, example, forward).unwrap();
        let softmax: Vec<String> = (names(&net).into_iter())
            .filter(|name| name.contains("softmax"))
            .collect();
        assert_eq!(
            softmax,
            ["0.layers.0.mha.softmax", "0.layers.1.mha.softmax"]
        );
        let attention = net.layer("0.layers.0.mha").unwrap();
        assert_eq!(attention.name(), "0.layers.0.mha.output");
    }
}
