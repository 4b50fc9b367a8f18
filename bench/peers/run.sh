#!/usr/bin/env bash
# Installs the peers into a throw-away environment and prints the table.
set -euo pipefail
cd "$(dirname "$0")/../.."
environment=$(mktemp -d)
trap 'rm -rf "$environment"' EXIT
echo "bench-peers: installing TensorFlow, TFMOT and PyTorch into a throw-away environment"
python3 -m venv "$environment"
while read -r package; do
  "$environment/bin/pip" install --quiet --disable-pip-version-check "$package" ||
    echo "bench-peers: $package cannot be installed here; its rows are left out" >&2
done < bench/peers/requirements.txt
"$environment/bin/python" bench/peers/run.py --nudge build/nudge "$@"
