#!/usr/bin/env bash
# From corpora to a model that `stance` can load: run.sh DATA OUT [options of finetune.py]
set -euo pipefail

if [ $# -lt 2 ]; then
    echo "usage: run.sh DATA OUT [options of finetune.py, such as --steps 20]" >&2
    exit 2
fi
data=$(realpath -e -- "$1")
mkdir -p -- "$2"
out=$(realpath -- "$2")
shift 2

cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
python3 -m venv "$out/venv"
"$out/venv/bin/pip" install --quiet --requirement requirements.txt
tune=("$out/venv/bin/python" finetune.py --data "$data" --seeds ../../seeds)
# Four rounds, each from a lower rate than the first; all weights are free in the second and the fourth.
"${tune[@]}" --out "$out/first" --epochs 4 --freeze-words "$@"
"${tune[@]}" --out "$out/second" --epochs 2 --rate 1e-4 --seed 11 --news-passes 1 --start "$out/first/encoder.pt" "$@"
"$out/venv/bin/python" mean.py --first "$out/first/encoder.pt" --second "$out/second/encoder.pt" --out "$out/mean/encoder.pt"
"${tune[@]}" --out "$out/third" --epochs 2 --rate 9e-5 --seed 23 --news-passes 1 --freeze-words --start "$out/mean/encoder.pt" "$@"
"$out/venv/bin/python" mean.py --first "$out/mean/encoder.pt" --second "$out/third/average.pt" --share 0.8 --out "$out/after/encoder.pt"
"${tune[@]}" --out "$out/fourth" --epochs 2 --rate 9e-5 --seed 29 --news-passes 1 --start "$out/after/encoder.pt" "$@"
"$out/venv/bin/python" mean.py --first "$out/after/encoder.pt" --second "$out/fourth/average.pt" --share 0.8 --out "$out/last/encoder.pt"
"$out/venv/bin/python" export.py --weights "$out/last/encoder.pt" --data "$data" --out "$out/encoder"

cd ../..
cargo run --release -- train --data "$data" --seeds seeds --encoder "$out/encoder" --out "$out/model"
