// Sound files to start from, made by nudge itself.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace nudge::fuzz {

using Bytes = std::vector<std::byte>;

struct Target {
  std::string name;
  void (*read)(std::span<const std::byte> bytes);
  std::vector<Bytes> (*seeds)();
  bool is_json = false;
};

// Every reader of readers.h.
const std::vector<Target>& targets();

}  // namespace nudge::fuzz
