#!/usr/bin/env bash
# Fails if modules of a library crate import each other in a circle.
# Needs cargo-modules (`cargo install cargo-modules`), whose own `--acyclic` also counts every method that
# mentions its type as a circle; here modules are the nodes, and what one uses of another the edges.
set -euo pipefail
cd "$(dirname "$0")/.."

for crate in backdraft-kernels backdraft-image backdraft-graph backdraft; do
    edges=$(cargo modules dependencies --package "$crate" --lib --layout dot \
        --no-fns --no-traits --no-types --no-owns --no-externs --no-sysroot |
        sed -nE 's/^ *"([^"]+)" -> "([^"]+)".*/\1 \2/p' | awk '$1 != $2')
    echo "$crate: $(wc -l <<<"$edges") imports between modules"
    tsort <<<"$edges" >/dev/null
done
