"""The little of ONNX's protobuf that four small networks need, written byte by byte."""

import random
import struct

FLOAT, INT64 = 1, 7
RANDOM = random.Random(7)


def varint(value):
    """Seven bits a byte, the lowest first; negative numbers as 64 bits."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def integer(field, value):
    return varint(field << 3) + varint(value)


def message(field, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def tensor(name, dims, values, kind=FLOAT):
    raw = struct.pack(f"<{len(values)}{'f' if kind == FLOAT else 'q'}", *values)
    sizes = b"".join(integer(1, size) for size in dims)
    return sizes + integer(2, kind) + message(8, name) + message(9, raw)


def weights(name, *dims, scale=None):
    """Normally distributed; without a scale, so that a layer keeps the size of what it reads."""
    count = 1
    for size in dims:
        count *= size
    scale = scale or (dims[0] / count) ** 0.5
    return tensor(name, dims, [RANDOM.gauss(0, scale) for _ in range(count)])


def integers(name, *values):
    return tensor(name, [len(values)], values, INT64)


def number(name, value):
    return tensor(name, [], [value])


def attribute(name, value):
    named = message(1, name)
    if isinstance(value, str):
        return named + message(4, value) + integer(20, 3)
    if isinstance(value, float):
        return named + varint(2 << 3 | 5) + struct.pack("<f", value) + integer(20, 1)
    if isinstance(value, int):
        return named + integer(3, value) + integer(20, 2)
    return named + b"".join(integer(8, item) for item in value) + integer(20, 7)


def node(kind, inputs, outputs, **attributes):
    """Inputs and outputs in one string each; `-` stands for an input that isn't given."""
    inputs = ["" if it == "-" else it for it in inputs.split()]
    outputs = outputs.split()
    ends = b"".join(message(1, it) for it in inputs) + b"".join(message(2, it) for it in outputs)
    options = b"".join(message(5, attribute(*item)) for item in attributes.items())
    return ends + message(3, outputs[0]) + message(4, kind) + options


def value(name, *dims):
    """A float input or output; a size that is a word stands for any."""
    sizes = [message(2, size) if isinstance(size, str) else integer(1, size) for size in dims]
    shape = b"".join(message(1, size) for size in sizes)
    return message(1, name) + message(2, message(1, integer(1, FLOAT) + message(2, shape)))


def model(name, inputs, outputs, initializers, nodes, opset=17):
    graph = b"".join(message(1, it) for it in nodes) + message(2, name)
    graph += b"".join(message(5, it) for it in initializers)
    graph += b"".join(message(11, it) for it in inputs)
    graph += b"".join(message(12, it) for it in outputs)
    return integer(1, 8) + message(7, graph) + message(8, message(1, "") + integer(2, opset))
