#!/usr/bin/env python3
"""Writes the ONNX files beside it: `python3 tests/strangers/onnx/make.py`."""

import pathlib

from protobuf import integers, model, node, number, tensor, value, weights


def resnet():
    """A residual network as it comes from TensorFlow: channels last, and transposed before the first convolution."""
    pads = dict(pads=[1, 1, 1, 1], kernel_shape=[3, 3])
    norm = ["gamma", "beta", "mean", "variance"]
    numbers = [[1.2, 0.8, 1.1, 0.9], [0.1, -0.1, 0.2, 0.0], [0.0, 0.1, -0.1, 0.2], [1.1, 0.9, 1.0, 1.2]]
    return model(
        "resnet",
        [value("images", "batch", 16, 16, 3)],
        [value("logits", "batch", 5)],
        [weights("stem_weight", 4, 3, 3, 3), weights("stem_bias", 4, scale=0.1)]
        + [tensor(name, [4], values) for name, values in zip(norm, numbers)]
        + [weights("first", 4, 4, 3, 3), weights("second", 4, 4, 3, 3)]
        + [weights("head", 4, 5, scale=0.5), weights("head_bias", 5, scale=0.1)],
        [
            node("Transpose", "images", "first_channels", perm=[0, 3, 1, 2]),
            node("Conv", "first_channels stem_weight stem_bias", "stem", strides=[2, 2], **pads),
            node("BatchNormalization", "stem gamma beta mean variance", "stem_norm", epsilon=1e-5),
            node("Relu", "stem_norm", "stem_relu"),
            node("Conv", "stem_relu first", "block_first", **pads),
            node("Relu", "block_first", "block_relu"),
            node("Conv", "block_relu second", "block_second", **pads),
            node("Add", "block_second stem_relu", "block_sum"),
            node("Relu", "block_sum", "block"),
            node("Transpose", "block", "last_channels", perm=[0, 2, 3, 1]),
            node("ReduceMean", "last_channels", "pooled", axes=[1, 2], keepdims=0),
            node("MatMul", "pooled head", "scores"),
            node("Add", "scores head_bias", "logits"),
        ],
    )


def vit():
    """A vision transformer whose shapes are constants, of one image."""
    projections = []
    for name in "qkv":
        projections += [
            node("MatMul", f"before {name}_weight", f"{name}_all"),
            node("Reshape", f"{name}_all by_head", f"{name}_heads"),
            node("Transpose", f"{name}_heads", name, perm=[0, 2, 3, 1] if name == "k" else [0, 2, 1, 3]),
        ]
    return model(
        "vit",
        [value("images", 1, 3, 16, 16)],
        [value("logits", 1, 5)],
        [weights("patch", 8, 3, 4, 4), weights("class_token", 1, 1, 8, scale=1.0)]
        + [weights("places", 1, 17, 8, scale=0.3)]
        + [weights(f"{name}_weight", 8, 8, scale=0.35) for name in "qkv"]
        + [weights("mixed_weight", 8, 8, scale=0.35), weights("wide", 8, 16, scale=0.35)]
        + [weights("narrow", 16, 8, scale=0.25), weights("head", 5, 8), weights("head_bias", 5, scale=0.1)]
        + [tensor(f"gamma_{i}", [8], [1.0] * 8) for i in "123"]
        + [tensor(f"beta_{i}", [8], [0.0] * 8) for i in "123"]
        + [integers("to_tokens", 1, 8, 16), integers("by_head", 1, 17, 2, 4), integers("together", 1, 17, 8)]
        + [number("scale", 0.5), number("half", 0.5), number("one", 1.0), number("root", 2**0.5)]
        + [tensor("first", [], [0], 7)],
        [
            node("Conv", "images patch", "patches", kernel_shape=[4, 4], strides=[4, 4]),
            node("Reshape", "patches to_tokens", "columns"),
            node("Transpose", "columns", "rows", perm=[0, 2, 1]),
            node("Concat", "class_token rows", "tokens", axis=1),
            node("Add", "tokens places", "placed"),
            node("LayerNormalization", "placed gamma_1 beta_1", "before", axis=-1),
            *projections,
            node("MatMul", "q k", "products"),
            node("Mul", "products scale", "scaled"),
            node("Softmax", "scaled", "attention", axis=-1),
            node("MatMul", "attention v", "attended"),
            node("Transpose", "attended", "attended_heads", perm=[0, 2, 1, 3]),
            node("Reshape", "attended_heads together", "attended_all"),
            node("MatMul", "attended_all mixed_weight", "mixed"),
            node("Add", "placed mixed", "residual"),
            node("LayerNormalization", "residual gamma_2 beta_2", "inside", axis=-1),
            node("MatMul", "inside wide", "hidden"),
            # GELU, as exporters write it out.
            node("Div", "hidden root", "divided"),
            node("Erf", "divided", "error"),
            node("Add", "error one", "shifted"),
            node("Mul", "hidden shifted", "twice"),
            node("Mul", "twice half", "active"),
            node("MatMul", "active narrow", "mlp"),
            node("Add", "residual mlp", "block"),
            node("LayerNormalization", "block gamma_3 beta_3", "final", axis=-1),
            node("Gather", "final first", "class", axis=1),
            node("Gemm", "class head head_bias", "logits", transB=1),
        ],
    )


def lstm():
    """A recurrent network that takes its state and gives it back, batch first outside and time first inside."""
    return model(
        "lstm",
        [value("series", 1, 6, 3), value("hidden", 1, 1, 4), value("cell", 1, 1, 4)],
        [value("logits", 1, 2), value("next_hidden", 1, 1, 4), value("next_cell", 1, 1, 4)],
        [weights("input_weight", 1, 16, 3, scale=0.5), weights("state_weight", 1, 16, 4, scale=0.5)]
        + [weights("bias", 1, 32, scale=0.2), weights("head", 2, 4), weights("head_bias", 2, scale=0.1)]
        + [integers("states", 0), integers("directions", 1)],
        [
            node("Transpose", "series", "time_first", perm=[1, 0, 2]),
            node(
                "LSTM",
                "time_first input_weight state_weight bias - hidden cell",
                "all next_hidden next_cell",
                hidden_size=4,
            ),
            node("Squeeze", "next_hidden states", "last"),
            node("Gemm", "last head head_bias", "logits", transB=1),
        ],
    )


def ocr():
    """A line of text: columns of the picture become steps, by arithmetic on its shape, and each gets its letters."""
    return model(
        "ocr",
        [value("lines", "batch", 1, 16, 32)],
        [value("letters", "batch", 16, 7)],
        [weights("first", 4, 1, 3, 3), weights("first_bias", 4, scale=0.1)]
        + [weights("second", 6, 4, 3, 3), weights("second_bias", 6, scale=0.1)]
        + [weights("head", 24, 7, scale=0.3), weights("head_bias", 7, scale=0.1)]
        + [tensor(f"at_{i}", [], [i], 7) for i in range(4)]
        + [integers("front", 0)],
        [
            node(
                "Conv", "lines first first_bias", "edges",
                kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1],
            ),
            node("Relu", "edges", "edges_relu"),
            node(
                "Conv", "edges_relu second second_bias", "strokes",
                kernel_shape=[3, 3], strides=[2, 1], pads=[1, 1, 1, 1],
            ),
            node("Relu", "strokes", "strokes_relu"),
            node("Shape", "strokes_relu", "shape"),
            *[node("Gather", f"shape at_{i}", f"size_{i}", axis=0) for i in range(4)],
            node("Mul", "size_1 size_2", "features"),
            *[node("Unsqueeze", f"{name} front", f"{name}_list") for name in ["size_0", "size_3", "features"]],
            node("Concat", "size_0_list features_list size_3_list", "columns", axis=0),
            node("Reshape", "strokes_relu columns", "by_column"),
            node("Transpose", "by_column", "steps", perm=[0, 2, 1]),
            node("MatMul", "steps head", "scores"),
            node("Add", "scores head_bias", "biased"),
            node("Softmax", "biased", "letters", axis=2),
        ],
    )


if __name__ == "__main__":
    here = pathlib.Path(__file__).parent
    for make in [resnet, vit, lstm, ocr]:
        (here / f"{make.__name__}.onnx").write_bytes(make())
