//! What a name may mean that no layer has.

use std::collections::BTreeSet;

use crate::ir::graph::Graph;
use crate::ir::node::Node;
use crate::{LookupError, OpKind};

/// How many names are suggested.
const SUGGESTIONS: usize = 3;

/// The error for a name that no layer has.
pub(super) fn unknown(graph: &Graph, name: &str) -> LookupError {
    let layers = || graph.nodes.iter().filter(|node| !node.name.is_empty());
    LookupError::UnknownLayer {
        name: name.into(),
        nearest: nearest(layers().map(|node| node.name.as_str()), name),
        of_kind: of_kind(&layers().collect::<Vec<_>>(), name),
    }
}

/// The layers or modules whose names are most similar to `name`, unless none resembles it.
fn nearest<'a>(names: impl Iterator<Item = &'a str>, name: &str) -> Vec<String> {
    let paths: BTreeSet<&str> = names.flat_map(with_modules).collect();
    let mut scored: Vec<(f64, &str)> = paths
        .into_iter()
        .map(|path| (strsim::jaro_winkler(name, path), path))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let similar = scored
        .into_iter()
        .take(SUGGESTIONS)
        .filter(|(score, _)| *score > 0.6);
    similar.map(|(_, path)| path.to_string()).collect()
}

/// A layer's name and the paths of the modules around it.
fn with_modules(name: &str) -> impl Iterator<Item = &str> {
    let modules = name.match_indices('.').map(|(end, _)| &name[..end]);
    modules.chain([name])
}

/// The layers that a field without parameters may have become, by its name: `pool` a pooling. Those in the innermost
/// module around the field that has some.
fn of_kind(layers: &[&Node], name: &str) -> Vec<String> {
    let (mut place, field) = name.rsplit_once('.').unwrap_or(("", name));
    let Some(is_meant) = kind_of(field) else {
        return Vec::new();
    };
    loop {
        let around = |node: &&&Node| with_modules(&node.name).any(|module| module == place);
        let inside = layers
            .iter()
            .filter(|node| place.is_empty() || around(node));
        let meant = inside.filter(|node| is_meant(node)).take(SUGGESTIONS);
        let meant: Vec<String> = meant.map(|node| node.name.clone()).collect();
        if !meant.is_empty() || place.is_empty() {
            return meant;
        }
        place = place.rsplit_once('.').map_or("", |(parent, _)| parent);
    }
}

type IsMeant = fn(&Node) -> bool;

/// Which operations a field is called after.
fn kind_of(field: &str) -> Option<IsMeant> {
    let kinds: [(&[&str], IsMeant); 6] = [
        (&["pool", "avgpool", "maxpool", "gap"], |node| {
            let pools = [OpKind::MaxPool, OpKind::AveragePool, OpKind::Reduction];
            pools.contains(&node.kind)
        }),
        (
            &[
                "act", "relu", "gelu", "silu", "swish", "sigmoid", "tanh", "nonlin",
            ],
            |node| node.kind.is_rectifier() || node.kind == OpKind::Activation,
        ),
        (&["softmax"], |node| node.kind == OpKind::Softmax),
        (&["attn", "attention"], |node| {
            [OpKind::Attention, OpKind::Softmax].contains(&node.kind)
        }),
        (&["flatten", "reshape", "permute", "rearrange"], |node| {
            node.kind == OpKind::Shape
        }),
        (&["upsample", "interpolate", "resize"], |node| {
            node.label() == "Interpolate"
        }),
    ];
    let mut words = field.split(|letter: char| !letter.is_alphabetic());
    words.find_map(|word| {
        let called = |names: &[&str]| names.iter().any(|name| word.starts_with(name));
        let kind = kinds.iter().find(|(names, _)| called(names));
        kind.map(|(_, is_meant)| *is_meant)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::record;
    use burn::tensor::Tensor;
    use burn::tensor::activation::relu;
    use burn::tensor::module::max_pool2d;
    use burn::tensor::ops::MaxPoolOptions;

    #[test]
    fn modules_are_suggested_too() {
        let names = ["blocks.14.conv", "blocks.15.conv", "head"].into_iter();
        assert_eq!(nearest(names, "blocks.16")[..2], ["blocks.14", "blocks.15"]);
    }

    #[test]
    fn an_unknown_name_suggests_the_nearest() {
        let graph = record([1, 2], |x: Tensor<2>| x.exp().sqrt());
        let error = unknown(&graph, "sqr").to_string();
        assert_eq!(error, "no layer is called `sqr`; did you mean `sqrt`?");
        let error = unknown(&graph, "conv").to_string();
        assert!(error.contains("print the network"), "{error}");
    }

    #[test]
    fn a_field_without_parameters_suggests_what_it_may_be() {
        let graph = record([1, 1, 4, 4], |x: Tensor<4>| {
            let pooled = max_pool2d(relu(x), MaxPoolOptions::new([2, 2]));
            relu(pooled)
        });
        for (field, meant) in [
            ("pool", "`max_pool2d`"),
            ("inc.max_pool", "`max_pool2d`"),
            ("activation", "`relu`, `relu#2`"),
        ] {
            let error = unknown(&graph, field).to_string();
            let meant = format!("a field without parameters leaves no name; of its kind: {meant}");
            assert!(error.ends_with(&meant), "{error}");
        }
    }
}
