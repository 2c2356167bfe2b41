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
from torch.nn import functional as F

from networks import NETWORKS, Relu6

CLASS = 282
POINTS = 50
NOISE = 0.2
WINDOW, STRIDE = 15, 8
CELLS = 8
COALITIONS = 2048
MASKS = 4000
# Of a first run that takes so many seconds no warming up is seen: it counts, and isn't repeated.
WARM = 10.0

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
    "occlusion": lambda net, x, _, at_once: attr.Occlusion(net).attribute(
        x, (3, WINDOW, WINDOW), strides=(3, STRIDE, STRIDE), target=CLASS, perturbations_per_eval=at_once
    ),
    "kernel-shap": lambda net, x, _, at_once: attr.KernelShap(net).attribute(
        x, target=CLASS, feature_mask=grid(x), n_samples=COALITIONS, perturbations_per_eval=at_once
    ),
    "rise": lambda net, x, _, at_once: rise(net, x, at_once),
    "score-cam": lambda net, x, _, at_once: score_cam(net, x, at_once),
}


def grid(x):
    """The cells of a photo, numbered row by row."""
    cells = torch.arange(x.shape[-1]) * CELLS // x.shape[-1]
    return (cells[:, None] * CELLS + cells)[None, None]


@torch.no_grad()
def rise(net, x, at_once):
    """As its authors compute it, of the logit: nobody has packaged it for Captum."""
    side = x.shape[-1]
    cell = -(-side // CELLS)
    values = torch.zeros(1, 1, side, side)
    for start in range(0, MASKS, at_once):
        count = min(at_once, MASKS - start)
        large = F.interpolate((torch.rand(count, 1, CELLS, CELLS) < 0.5).float(), (CELLS + 1) * cell, mode="bilinear")
        shifts = torch.randint(cell, (count, 2)).tolist()
        masks = torch.stack([m[:, r : r + side, c : c + side] for m, (r, c) in zip(large, shifts)])
        scores = net(masks * x)[:, CLASS]
        values += (scores[:, None, None, None] * masks).sum(0, keepdim=True)
    return values / (0.5 * MASKS)


def score_cam(net, x, at_once):
    """pytorch-grad-cam's, before it is scaled to the photo."""
    from pytorch_grad_cam import ScoreCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    layer = net.last_spatial_layer
    with torch.no_grad(), ScoreCAM(net, [layer]) as cam:
        cam.batch_size = at_once
        cam.activations_and_grads(x)
        [activations] = cam.activations_and_grads.activations
        arrays = activations.numpy()
        weights = cam.get_cam_weights(x, layer, [ClassifierOutputTarget(CLASS)], arrays, None)
        return (torch.as_tensor(weights)[:, :, None, None] * activations).sum(1, keepdim=True).relu()


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

    def timed():
        start = time.perf_counter()
        values = method(net, images, background, arguments.at_once)
        return values, time.perf_counter() - start

    values, first = timed()
    seconds = [first] if first >= WARM else []
    while first < WARM and (sum(seconds) < arguments.seconds or len(seconds) < 2):
        seconds.append(timed()[1])
    print(json.dumps({"seconds": seconds, "before": before, "peak": memory("VmHWM")}))
    if arguments.out:
        save_file({"values": values.detach().float().contiguous()}, arguments.out)


if __name__ == "__main__":
    main()
