#!/usr/bin/env bash
# Runs each fuzzing program for a while, on what it found before and on fresh seeds.
#
#   tools/fuzz.sh BUILD MAKE_SEEDS SECONDS
#
# What a reader cannot take is kept as BUILD/found/NAME-..., and the exit code is 1.
set -euo pipefail
build=$1 make_seeds=$2 seconds=$3

"$make_seeds" "$build/seeds"
mkdir -p "$build/found"
failed=()
for program in "$build"/bin/fuzz_*; do
  name=${program##*/fuzz_}
  mkdir -p "$build/corpus/$name"
  printf '== %s\n' "$name"
  "$program" "$build/corpus/$name" "$build/seeds/$name" -max_total_time="$seconds" -timeout=10 \
    -malloc_limit_mb=1024 -rss_limit_mb=3072 -max_len=100000 -print_final_stats=1 \
    -artifact_prefix="$build/found/$name-" >"$build/found/$name.log" 2>&1 || failed+=("$name")
  grep -E 'number_of_executed_units|new_units_added' "$build/found/$name.log" || true
done
if ((${#failed[@]})); then
  printf 'fuzz: %s: see %s\n' "${failed[*]}" "$build/found" >&2
  exit 1
fi
