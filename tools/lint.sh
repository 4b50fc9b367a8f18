#!/usr/bin/env bash
# tools/lint.sh BUILD_FOLDER [JOBS]: what a compiler does not check.  The build must be done (headers are generated).
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1
jobs=${2:-2}

echo "lint: formatting"
tools/format.sh --check

echo "lint: the repository's rules"
ctest --test-dir "$build" -R '^repository_test$' --no-tests=error --output-on-failure >"$build/lint.log" ||
  { cat "$build/lint.log"; exit 1; }

# Warnings of GCC's that Clang does not know are in the compile commands.
# Clang 14 cannot read libtorch's headers, in which a vector of an incomplete type stands.
echo "lint: clang-tidy"
git ls-files -z '*.cc' ':!nudge/plan/torch' |
  xargs -0 -P "$jobs" -n 4 clang-tidy-14 -p "$build" --quiet --extra-arg=-Wno-unknown-warning-option 2>/dev/null
echo "lint: clean"
