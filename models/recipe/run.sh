#!/usr/bin/env bash
# From corpora to a model that `stance` can load: run.sh DATA OUT [options of finetune.py]
set -euo pipefail

if [ $# -lt 2 ]; then
    echo "usage: run.sh DATA OUT [options of finetune.py, such as --epochs 3]" >&2
    exit 2
fi
data=$(realpath -e -- "$1")
mkdir -p -- "$2"
out=$(realpath -- "$2")
shift 2

cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
python3 -m venv "$out/venv"
"$out/venv/bin/pip" install --quiet --requirement requirements.txt
"$out/venv/bin/python" finetune.py --data "$data" --out "$out/finetune" "$@"
"$out/venv/bin/python" export.py --weights "$out/finetune/encoder.pt" --out "$out/encoder"

cd ../..
cargo run --release -- train --data "$data" --seeds seeds --encoder "$out/encoder" --out "$out/model"
