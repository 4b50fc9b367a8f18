#!/usr/bin/env bash
# Installs Keras 2 and TFMOT into a throw-away environment and prints the table.
#   bench/story/run.sh --data PHOTOS --weights FILE.h5 [--seeds N] [--keras-python PYTHON]
set -euo pipefail
cd "$(dirname "$0")/../.."
for ((i = 1; i <= $#; ++i)); do
  if [[ ${!i} == --keras-python ]]; then exec python3 bench/story/story.py --nudge build/nudge "$@"; fi
done
environment=$(mktemp -d)
trap 'rm -rf "$environment"' EXIT
echo "bench-story: installing TensorFlow, Keras 2 and TFMOT into a throw-away environment"
python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check -r bench/story/requirements.txt
python3 bench/story/story.py --nudge build/nudge --keras-python "$environment/bin/python" "$@"
