#!/usr/bin/env python3
"""Times attribution by Captum and by backdraft in turns, on the same networks, inputs and settings.

    python3 benches/captum/run.py [--only resnet18/grad-cam] [--rounds 3] [--engine libtorch]

Makes a virtual environment next to this file on the first run. Every measurement is a process of its own with two
threads, so that its peak memory is its own. Prints a Markdown table, and fails if attributions differ.

With `--engine libtorch` our side computes with the PyTorch of that environment too, so that only the methods differ.
"""

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUT = HERE / "out"

NETWORKS = ["resnet18", "efficientnet-lite0"]
# One pass or two: on the photo, and on a batch of eight.
FEW_PASSES = ["saliency", "input-x-gradient", "guided-backprop", "grad-cam", "guided-grad-cam", "deep-lift"]
# Fifty points each: on the photo only.
MANY_PASSES = ["integrated-gradients", "smooth-grad", "gradient-shap"]
# Hundreds or thousands of scores of the photo with parts replaced.
MANY_SCORES = ["occlusion", "kernel-shap", "rise", "score-cam"]
# These draw other random numbers here and there.
RANDOM = ["smooth-grad", "gradient-shap", "kernel-shap", "rise"]
# Where the number of points at once can be chosen. GradientShap takes all fifty.
TUNED = {"integrated-gradients": [1, 2, 5, 10, 25, 50], "smooth-grad": [1, 2, 5, 10, 25, 50]}
TUNED |= {method: [8, 32] for method in MANY_SCORES}

# How far attributions may be apart. Behind rectifiers that rounding opens or shuts, gradients differ: those of the
# random ResNet-18 by up to 6e-3 from float64, on either side.
TOLERANCE = 1e-2

# Captum loses the rule of a max pooling directly after a rectifier (docs/what-others-get-wrong.md).
APART = ["resnet18/deep-lift"]

# How much of one core other processes may use during a measurement.
QUIET = 0.05


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--venv", type=Path, default=HERE / ".venv", help="where the virtual environment is or will be")
    parser.add_argument("--only", default="", help="part of the names of the cases to run, as resnet18/grad-cam/photo")
    parser.add_argument("--rounds", type=int, default=3, help="how often both sides take turns")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long a process repeats its method")
    parser.add_argument("--patience", type=float, default=120, help="seconds to wait, per process, for others to be quiet")
    parser.add_argument("--engine", choices=["flex", "libtorch"], default="flex", help="what computes on our side")
    parser.add_argument("--ours", type=Path, help="the `attribute` example, if it is built already")
    arguments = parser.parse_args()
    enter(arguments.venv)
    OUT.mkdir(exist_ok=True)
    write_inputs()
    if arguments.engine == "libtorch":
        use_this_pytorch()
    arguments.ours = arguments.ours or build(arguments.engine)

    cases = [
        Case(network, method, images)
        for network in NETWORKS
        for methods, inputs in [(FEW_PASSES, ["photo", "random"]), (MANY_PASSES + MANY_SCORES, ["photo"])]
        for method in methods
        for images in inputs
    ]
    cases = [case for case in cases if arguments.only in case.name]
    rows = [case.compare(arguments) for case in cases]
    print(table(rows))
    apart = [f"{row.case.name}: {row.difference:.1e}" for row in rows if row.difference > row.tolerance]
    if apart:
        sys.exit("These attributions differ:\n" + "\n".join(apart))


def enter(venv):
    """Goes on in the virtual environment, made if need be."""
    if Path(sys.prefix) == venv.resolve():
        return
    python = venv / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([python, "-m", "pip", "install", "-r", HERE / "requirements.txt"], check=True)
    os.execv(python, [str(python), __file__, *sys.argv[1:]])


def use_this_pytorch():
    """Lets the crate `tch` find the PyTorch of this environment, when it is compiled and when it runs."""
    import torch

    prepend = lambda folder, paths: os.pathsep.join([str(folder), *filter(None, [os.environ.get(paths)])])
    os.environ["LIBTORCH_USE_PYTORCH"] = "1"
    os.environ["PATH"] = prepend(Path(sys.executable).parent, "PATH")
    os.environ["LD_LIBRARY_PATH"] = prepend(Path(torch.__file__).parent / "lib", "LD_LIBRARY_PATH")


def build(engine):
    """Builds our side, and returns the program."""
    # All of the workspace's features, so that nothing compiles again that tests and examples share.
    command = ["cargo", "build", "--release", "--workspace", "--example", "attribute"]
    if engine == "libtorch":
        command += ["--features", "tch"]
    command.append("--message-format=json-render-diagnostics")
    output = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    messages = [json.loads(line) for line in output.splitlines()]
    return next(m["executable"] for m in messages if m.get("target", {}).get("name") == "attribute" and m["executable"])


def write_inputs():
    """Weights and images that both sides read."""
    import numpy as np
    import torch
    from PIL import Image
    from safetensors.torch import load_file, save_file

    from networks import ResNet18

    assets = ROOT / "crates" / "backdraft-models" / "assets"
    torch.manual_seed(0)
    weights = {name: value for name, value in ResNet18().state_dict().items() if "num_batches" not in name}
    save_file(weights, OUT / "resnet18.safetensors")
    weights = load_file(assets / "efficientnet_lite0.safetensors")
    save_file({name: value.float() for name, value in weights.items()}, OUT / "efficientnet-lite0.safetensors")

    photo = Image.open(assets / "chelsea.png").convert("RGB")
    scale = 256 / min(photo.size)
    photo = photo.resize([round(side * scale) for side in photo.size], Image.Resampling.BICUBIC)
    left, top = ((side - 224) // 2 for side in photo.size)
    pixels = np.asarray(photo.crop((left, top, left + 224, top + 224)), dtype=np.float32)
    inputs = {
        "photo": torch.from_numpy((pixels - 127) / 128).permute(2, 0, 1)[None].contiguous(),
        "random": torch.rand(8, 3, 224, 224) * 2 - 1,
        "background": torch.rand(8, 3, 224, 224) * 2 - 1,
    }
    save_file(inputs, OUT / "inputs.safetensors")


@dataclasses.dataclass
class Case:
    network: str
    method: str
    images: str

    @property
    def name(self):
        return f"{self.network}/{self.method}/{self.images}"

    @property
    def arguments(self):
        return [self.network, self.method, self.images, "--folder", OUT]

    def compare(self, settings):
        def run(program, *options, seconds=settings.seconds):
            command = [*program, *self.arguments, *options, "--seconds", seconds]
            return measure([str(part) for part in command], settings.patience)

        ours, theirs = [settings.ours, "--engine", settings.engine], [sys.executable, HERE / "attribute.py"]
        # How many points at once Captum is fastest with.
        trials = [(run(theirs, "--at-once", n, seconds=0).milliseconds, n) for n in TUNED.get(self.method, [])]
        at_once = ["--at-once", min(trials)[1]] if trials else []
        rounds = [
            (run(ours, "--out", OUT / "ours"), run(theirs, *at_once, "--out", OUT / "theirs"))
            for _ in range(settings.rounds)
        ]
        row = Row(self, at_once, *zip(*rounds), difference(OUT / "ours", OUT / "theirs"))
        if self.method in RANDOM:
            run(theirs, *at_once, "--seed", 1, "--out", OUT / "seed", seconds=0)
            row.between_seeds = difference(OUT / "seed", OUT / "theirs")
        print(row, flush=True)
        return row


@dataclasses.dataclass
class Measurement:
    milliseconds: float
    # Memory in MB.
    before: float
    peak: float
    # What share of a core other processes used meanwhile.
    disturbance: float


def measure(command, patience):
    """Runs a process on a quiet machine, again if others disturb it, and takes the quietest run."""
    end, runs = time.monotonic() + patience, []
    while not runs or (runs[-1].disturbance > QUIET and time.monotonic() < end):
        wait_until_quiet(end)
        runs.append(measure_once(command))
    return min(runs, key=lambda run: run.disturbance)


def measure_once(command):
    environment = os.environ | {"RAYON_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}
    start, busy, own = time.monotonic(), busy_seconds(), own_seconds()
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
    elapsed = time.monotonic() - start
    others = busy_seconds() - busy - (own_seconds() - own)
    report = json.loads(output.splitlines()[-1])
    return Measurement(median(report["seconds"]) * 1e3, report["before"], report["peak"], max(others / elapsed, 0.0))


def wait_until_quiet(end):
    """Returns when others have left the machine alone for a second, or don't until the end."""
    while time.monotonic() < end:
        busy = busy_seconds()
        time.sleep(1)
        if busy_seconds() - busy < QUIET:
            return


def busy_seconds():
    """Processor time that all processes have used."""
    user, nice, system, _, _, irq, soft_irq, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + soft_irq + steal) / os.sysconf("SC_CLK_TCK")


def own_seconds():
    """Processor time of this process and of the children that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def difference(ours, theirs):
    """The distance of two attributions relative to the second's length."""
    from safetensors.torch import load_file

    ours, theirs = (load_file(path)["values"].double() for path in (ours, theirs))
    return float((ours - theirs).norm() / theirs.norm())


@dataclasses.dataclass
class Row:
    case: Case
    at_once: list
    ours: tuple
    theirs: tuple
    difference: float
    between_seeds: float = None

    @property
    def time(self):
        return [median(run.milliseconds for run in side) for side in (self.ours, self.theirs)]

    @property
    def ratio(self):
        return median(ours.milliseconds / theirs.milliseconds for ours, theirs in zip(self.ours, self.theirs))

    @property
    def peak(self):
        return [median(run.peak for run in side) for side in (self.ours, self.theirs)]

    @property
    def grown(self):
        """What the method itself took, without program, weights and images."""
        return [median(run.peak - run.before for run in side) for side in (self.ours, self.theirs)]

    @property
    def tolerance(self):
        """Two draws of random numbers differ by more than rounding."""
        if f"{self.case.network}/{self.case.method}" in APART:
            return float("inf")
        return 1.5 * self.between_seeds if self.between_seeds else TOLERANCE

    @property
    def disturbance(self):
        return max(run.disturbance for run in self.ours + self.theirs)

    def __str__(self):
        case, batch = self.case, {"photo": 1, "random": 8}[self.case.images]
        method = f"{case.method} ({self.at_once[1]} at once)" if self.at_once else case.method
        difference = f"{self.difference:.1e}"
        if self.between_seeds:
            difference += f" (two seeds of Captum: {self.between_seeds:.1e})"
        cells = [case.network, method, batch]
        cells += [f"{value:.0f}" for value in self.time] + [f"{self.ratio:.2f}"]
        cells += [f"{value:.0f}" for value in self.peak] + [f"{self.peak[0] / self.peak[1]:.2f}"]
        cells += [f"{value:.0f}" for value in self.grown] + [difference]
        return "| " + " | ".join(map(str, cells)) + " |"


def table(rows):
    head = ["network", "method", "batch", "ours ms", "Captum ms", "ratio", "ours MB", "Captum MB", "ratio"]
    head += ["ours grown MB", "Captum grown MB", "difference"]
    lines = ["| " + " | ".join(head) + " |", "|---|---|" + "--:|" * (len(head) - 3) + "---|", *map(str, rows)]
    disturbance = max(row.disturbance for row in rows)
    return "\n".join(["", *lines, "", f"Other processes used at most {disturbance:.0%} of one core meanwhile."])


if __name__ == "__main__":
    main()
