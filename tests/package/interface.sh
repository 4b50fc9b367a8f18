#!/usr/bin/env bash
# Whether libnudge.so still has every function that programs built against this version may call:
#   interface.sh check LIBRARY LIST    names what is gone, and fails
#   interface.sh record LIBRARY LIST   writes the list anew, where the version has been raised; in the project's root
# Recorded are the functions that nudge/nudge.h and what it includes name; the rest is free to change.
set -euo pipefail
export LC_ALL=C
action=$1 library=$2 list=$3

# As a header says it.
json='nlohmann::json_abi_[a-z0-9_]*::basic_json<nlohmann::json_abi_[a-z0-9_]*::ordered_map, std::vector, std::string, bool, long, unsigned long, double, std::allocator, nlohmann::json_abi_[a-z0-9_]*::adl_serializer, std::vector<unsigned char, std::allocator<unsigned char> > >'

functions() {
  nm -DC --defined-only "$library" | sed -n 's/^[0-9a-f]* T //p' |
    sed -E -e 's/std::(__cxx11::)?basic_string<char, std::char_traits<char>, std::allocator<char> >/std::string/g' \
      -e "s/$json/nlohmann::ordered_json/g" | sort -u
}

# The words of the headers that a program sees.
words() {
  c++ -std=c++20 -I. -MM nudge/nudge.h 2>/dev/null | tr -s ' \\\n' '\n' | grep '^nudge/' |
    xargs sed 's|//.*||' | grep -owE '[A-Za-z_][A-Za-z_0-9]*' | sort -u
}

case $action in
  record)
    functions | awk '
      NR == FNR { known[$0] = 1; next }
      { name = $0; sub(/\(.*/, "", name); sub(/\[abi:cxx11\]/, "", name); gsub(/~/, "", name) }
      { parts = split(name, part, "::"); for (i = 1; i <= parts; ++i) if (!(part[i] in known)) next; print }
      ' <(words) - | grep -vE '^nudge::(kernels|ops|download|edgetpu)::' >"$list" ;;
  check)
    gone=$(comm -23 "$list" <(functions))
    if [ -n "$gone" ]; then
      echo "programs built against $(basename "$list" .txt) miss:"
      echo "$gone"
      echo "Bring these back, or raise the version and record its functions: $0 record $library $list"
      exit 1
    fi ;;
  *) echo "$0 check|record LIBRARY LIST" >&2; exit 1 ;;
esac
