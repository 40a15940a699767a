#!/bin/sh
# ネットワークのない場所へ運ぶ部品を集める: deploy/wheels.sh [出力先]（既定 wheels）
# 運ぶ先と同じOS、同じ版のPythonで動かす（PYTHON=python3.11 のように選べる）。
set -eu
mkdir -p "${1:-wheels}"
out=$(cd "${1:-wheels}" && pwd)
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
index=${TORCH_INDEX:-https://download.pytorch.org/whl/cpu}
torch=$(sed -n 's/^ *"torch==\([0-9.]*\)".*/\1/p' pyproject.toml)

# Built from a copy, so that no earlier build gets into the wheel.
source=$(mktemp -d)
trap 'rm -rf "$source"' EXIT
cp -R pyproject.toml README.md LICENSE rag ingest eval ui "$source"

# The CPU build from its own index first; then all else, which finds it there and takes nothing for GPUs along.
"$python" -m pip download --quiet --dest "$out" --no-deps --index-url "$index" "torch==$torch+cpu"
"$python" -m pip wheel --quiet --wheel-dir "$out" --find-links "$out" "torch==$torch+cpu" "$source"
if ls "$out" | grep -q '^nvidia'; then
    echo "エラー: $out にGPUの部品が入ったので、TORCH_INDEXがCPU版の場所か確かめてください。" >&2
    exit 1
fi
(cd "$out" && sha256sum ./*.whl >SHA256SUMS)
echo "$out に$(ls "$out" | grep -c '\.whl$')個の部品を集めました。運んだ先で deploy/install.sh を使ってください。"
