// Fixtures of the tests: JSON files in testdata/ that hold other files in hexadecimal.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nudge/base/file.h"
#include "nudge/base/json.h"

namespace nudge::data {

inline std::string from_hex(const std::string& text) {
  std::string bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

inline Json read_test_json(const std::string& name) {
  const std::string path = std::string(NUDGE_SOURCE_DIR) + "/nudge/data/testdata/" + name;
  return parse_json(read_text_file(path), path);
}

}  // namespace nudge::data
