#!/usr/bin/env python3
"""Fails if files of a library crate import each other in a circle.

What a file imports are the `crate::` paths of its `use` lines outside of tests; re-exports are followed to the file
that defines the name, and files that only declare and re-export (`lib.rs`, `mod.rs`) stand for nothing themselves.
(`cargo modules dependencies --acyclic` asks for more: to it, a method that mentions its own type is a circle.)
"""

import re
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

CRATES = [
    "backdraft-kernels",
    "backdraft-image",
    "backdraft-graph",
    "backdraft",
    "backdraft-report",
    "backdraft-demo",
    "backdraft-cli",
]
USE = re.compile(r"^ *(pub(?:\([^)]*\))? )?use ([^;]+);", re.MULTILINE)


def paths(tree, prefix=""):
    """The single paths of a use tree such as `crate::{a, b::{c, d as e}}`."""
    tree = tree.strip()
    group = re.match(r"^(.*?)\{(.*)\}$", tree, re.DOTALL)
    if not group:
        yield prefix + tree.split(" as ")[0].strip()
        return
    depth, part = 0, ""
    for letter in group[2] + ",":
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            if part.strip():
                yield from paths(part, prefix + group[1])
            part = ""
        else:
            part += letter


class Crate:
    def __init__(self, root):
        self.uses = {}
        self.files = {}
        for path in sorted(root.rglob("*.rs")):
            module = path.relative_to(root).with_suffix("").parts
            module = module[:-1] if module[-1] in ("mod", "lib") else module
            text = re.split(r"#\[cfg\(test\)\]\s*mod tests \{", path.read_text())[0]
            self.files[module] = path
            self.uses[module] = [
                (bool(public), tuple(single.split("::")))
                for public, tree in USE.findall(text)
                for single in paths(tree)
            ]

    def defining(self, path, depth=0):
        """The module that defines what a path in the crate names."""
        module = next(path[:k] for k in range(len(path), -1, -1) if path[:k] in self.files)
        rest = path[len(module) :]
        if not rest or depth > 8:
            return module
        for public, used in self.uses[module]:
            if public and used[-1] in (rest[0], "*"):
                start = used[1:] if used[0] == "crate" else module + used
                full = start[:-1] + rest[:1] if used[-1] == "*" else start
                found = self.defining(full, depth + 1)
                if found != module:
                    return found
        return module

    def imports(self):
        for module, uses in self.uses.items():
            if self.files[module].name in ("mod.rs", "lib.rs"):
                continue
            found = {self.defining(path[1:]) for _, path in uses if path[0] == "crate"}
            yield module, {other for other in found if other != module}


def main():
    workspace = Path(__file__).resolve().parent.parent
    circles = False
    for name in CRATES:
        imports = dict(Crate(workspace / "crates" / name / "src").imports())
        try:
            list(TopologicalSorter(imports).static_order())
            print(f"{name}: {sum(map(len, imports.values()))} imports, no circle")
        except CycleError as error:
            circles = True
            print(f"{name}: " + " <- ".join("::".join(module) or "lib" for module in error.args[1]))
    sys.exit(circles)


if __name__ == "__main__":
    main()
