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

echo "lint: every header by itself"
git ls-files -z 'nudge/*.h' ':!*-inl.h' ':!nudge/plan/torch' |
  xargs -0 -P "$jobs" -n 1 c++ -std=c++20 -fsyntax-only -w -I. -I"$build" -x c++

# Macros of GoogleTest's are no C++ to it; options that are taken by value are moved from.
echo "lint: cppcheck"
git ls-files -z '*.cc' ':!*_test.cc' ':!*/test_*.cc' ':!nudge/plan/torch' |
  xargs -0 cppcheck --std=c++20 --language=c++ --enable=warning,performance,portability --suppress=passedByValue \
    --inline-suppr --quiet --error-exitcode=1 -j "$jobs" -I. --template='{file}:{line}: {id}: {message}'

# Warnings of GCC's that Clang does not know are in the compile commands.
# Clang 14 cannot read libtorch's headers, in which a vector of an incomplete type stands.
echo "lint: clang-tidy"
git ls-files -z '*.cc' ':!nudge/plan/torch' |
  xargs -0 -P "$jobs" -n 4 clang-tidy-14 -p "$build" --quiet --extra-arg=-Wno-unknown-warning-option 2>/dev/null
echo "lint: clean"
