"""One method of Captum on one network, timed in a process of its own. The twin of `benches/examples/attribute.rs`.

Prints one line of JSON: seconds of every run, and the process's memory before the first run and at its peak.
"""

import argparse
import json
import re
import time
import warnings
from pathlib import Path

import torch
from captum import attr
from captum.attr._core import deep_lift
from safetensors.torch import load_file, save_file

from networks import NETWORKS, Relu6

CLASS = 282
POINTS = 50
NOISE = 0.2

# DeepLIFT's rule for a type that Captum doesn't know.
deep_lift.SUPPORTED_NON_LINEAR[Relu6] = deep_lift.nonlinear

# How each method is called: network, images, background images, how many points at once.
METHODS = {
    "saliency": lambda net, x, _, at_once: attr.Saliency(net).attribute(x, CLASS, abs=False),
    "input-x-gradient": lambda net, x, _, at_once: attr.InputXGradient(net).attribute(x, CLASS),
    "guided-backprop": lambda net, x, _, at_once: attr.GuidedBackprop(net).attribute(x, CLASS),
    "grad-cam": lambda net, x, _, at_once: attr.LayerGradCam(net, net.last_spatial_layer).attribute(
        x, CLASS, relu_attributions=True
    ),
    "guided-grad-cam": lambda net, x, _, at_once: attr.GuidedGradCam(net, net.last_spatial_layer).attribute(
        x, CLASS, interpolate_mode="bilinear"
    ),
    "deep-lift": lambda net, x, _, at_once: attr.DeepLift(net).attribute(x, target=CLASS),
    "integrated-gradients": lambda net, x, _, at_once: attr.IntegratedGradients(net).attribute(
        x, target=CLASS, n_steps=POINTS, internal_batch_size=at_once * len(x)
    ),
    "smooth-grad": lambda net, x, _, at_once: attr.NoiseTunnel(attr.Saliency(net)).attribute(
        x, nt_samples=POINTS, nt_samples_batch_size=at_once, stdevs=NOISE, target=CLASS, abs=False
    ),
    "gradient-shap": lambda net, x, background, at_once: attr.GradientShap(net).attribute(
        x, background, n_samples=POINTS, target=CLASS
    ),
}


def load(net, path):
    """Gives the network weights, all of them. The file lacks the count of training batches, which nobody needs."""
    missing, unused = net.load_state_dict(load_file(path), strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    assert not missing and not unused, (missing, unused)


def memory(field):
    """A figure of this process in MB, as Linux counts it."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+) kB", status)[1]) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("method", choices=METHODS)
    parser.add_argument("input", help="name of the images in the folder's inputs")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="where to save the attribution")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long to repeat the method")
    parser.add_argument("--at-once", type=int, default=8, help="how many points of a path, or noisy copies")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    warnings.filterwarnings("ignore", module="captum")
    torch.set_num_threads(2)
    torch.manual_seed(arguments.seed)
    net = NETWORKS[arguments.network]().eval()
    load(net, arguments.folder / f"{arguments.network}.safetensors")
    inputs = load_file(arguments.folder / "inputs.safetensors")
    images, background = inputs[arguments.input], inputs["background"]

    before = memory("VmRSS")
    method = METHODS[arguments.method]
    values = method(net, images, background, arguments.at_once)
    seconds = []
    while sum(seconds) < arguments.seconds or len(seconds) < 2:
        start = time.perf_counter()
        method(net, images, background, arguments.at_once)
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds": seconds, "before": before, "peak": memory("VmHWM")}))
    if arguments.out:
        save_file({"values": values.detach().float().contiguous()}, arguments.out)


if __name__ == "__main__":
    main()
