#!/bin/sh
# 集めた部品だけから入れる: deploy/install.sh 部品のフォルダー [置き場所]（既定 /opt/tenkyo/.venv）
set -eu
wheels=$1
venv=${2:-/opt/tenkyo/.venv}
python=${PYTHON:-python3}
(cd "$wheels" && sha256sum --check --quiet SHA256SUMS)
"$python" -m venv "$venv"
PIP_CONFIG_FILE=/dev/null "$venv/bin/python" -m pip install --quiet --no-index --find-links "$wheels" tenkyo
"$venv/bin/tenkyo" --help >/dev/null
echo "$venv に入れました。"
