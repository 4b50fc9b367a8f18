#!/usr/bin/env bash
# clang-format over every C++ source of the project; with --check it changes nothing and fails on a difference.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(-i)
[[ ${1:-} == --check ]] && mode=(--dry-run -Werror)
git ls-files -z --cached --others --exclude-standard '*.h' '*.cc' | xargs -0 clang-format-14 "${mode[@]}"
