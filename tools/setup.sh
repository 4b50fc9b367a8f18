#!/usr/bin/env bash
# Installs what a step needs and this machine lacks.  Says what it installs; says nothing when all is there.
#
#   tools/setup.sh build    compilers and libraries
#   tools/setup.sh run      also gnuplot, and LiteRT in .venv
#   tools/setup.sh test     also what the interop tests compare with, in .venv, and doxygen
#   tools/setup.sh docs     doxygen
#   tools/setup.sh fuzz     also clang, whose sanitizers and fuzzer are used
#   tools/setup.sh lint     compilers, libraries, clang-format and clang-tidy
#
# NUDGE_PYTHON names another Python (3.11 or newer) for .venv than the system's.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# Runs a command without its chatter, which is shown only when it fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    tail -n 25 "$log" >&2
    rm -f "$log"
    fail "failed: $*"
  fi
  rm -f "$log"
}

missing_packages() {
  local group package
  while read -r group package _; do
    [[ $1 == *" $group "* ]] || continue
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
  done <tools/packages.txt
}

install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "not a Debian system: what tools/packages.txt lists must be installed by other means"
    return
  fi
  local missing as_root=()
  mapfile -t missing < <(missing_packages " $* ")
  ((${#missing[@]})) || return 0
  if [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null || fail "neither root nor sudo; as root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing through apt: ${missing[*]}"
  quietly "${as_root[@]}" apt-get -q update
  quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -q install -y --no-install-recommends "${missing[@]}"
}

# The stamp holds the requirements that were last installed whole.
install_python() {
  local requirements=$1 stamp=.venv/$(basename "$1").installed python=${NUDGE_PYTHON:-/usr/bin/python3}
  [[ -x $python || -n $(command -v "$python") ]] || python=python3
  if cat tools/requirements*.txt | cmp -s - "$stamp" && .venv/bin/python -c '' 2>/dev/null; then return; fi
  say "installing into .venv: $(grep -hv '^#\|^-r' tools/requirements.txt "$requirements" | sort -u | tr '\n' ' ')"
  .venv/bin/python -c '' 2>/dev/null || quietly "$python" -m venv --clear .venv
  quietly .venv/bin/python -m pip install --disable-pip-version-check --quiet -r "$requirements"
  cat tools/requirements*.txt >"$stamp"
}

case ${1:-} in
  build) install_packages build ;;
  run)   install_packages build run; install_python tools/requirements.txt ;;
  test)  install_packages build run docs; install_python tools/requirements-test.txt ;;
  docs)  install_packages docs ;;
  fuzz)  install_packages build fuzz ;;
  lint)  install_packages build lint ;;
  *)     fail "usage: tools/setup.sh build|run|test|docs|fuzz|lint" ;;
esac
