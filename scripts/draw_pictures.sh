#!/usr/bin/env bash
# Draws the pictures of docs/images again, all but those of docs/performance.md.
#
#   scripts/draw_pictures.sh
#
# Needs ImageMagick and Chromium, and the weights that scripts/fetch-minilm.sh downloads.
set -euo pipefail
cd "$(dirname "$0")/.."
images=$PWD/docs/images
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo build --release --workspace --bins --examples
built=${CARGO_TARGET_DIR:-target}/release

"$built/backdraft" explain --out "$work"
cp "$work/overlay.png" "$images/cat.png"
"$built/backdraft" explain --methods all --out "$work"
convert "$work/sheet.png" -resize 1600x -quality 85 "$images/methods.jpg"

for example in hero captioning policy vit vqa; do
    "$built/examples/$example" "$images/$example.jpg"
done
"$built/examples/signals" "$work"
cp "$work/signals.png" "$images/signals.png"
convert "$work/signals-scan.png" -quality 85 "$images/scan.jpg"

"$built/examples/text" --html "$work/text.html"
chromium --headless --no-sandbox --hide-scrollbars --force-device-scale-factor=2 --window-size=400,200 \
    --screenshot="$work/text.png" "file://$work/text.html"
convert "$work/text.png" -trim -bordercolor white -border 32 "$images/text.png"
