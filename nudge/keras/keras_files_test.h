// Files as Keras writes them, made from the fixtures of testdata/.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nudge/base/file.h"
#include "nudge/keras/archive.h"
#include "nudge/keras/h5_json_test.h"

namespace nudge::keras {

// {"functional": {"inputs", "outputs", "h5", "keras"}, ...}; made by testdata/make_keras2_models.py.
inline Json read_keras2_models() {
  const std::string path = std::string(NUDGE_SOURCE_DIR) + "/nudge/keras/testdata/keras2_models.json";
  return parse_json(read_text_file(path), path);
}

// The .keras file of one of them.
inline void write_keras2_archive(const Json& model, const std::string& path) {
  const std::string config = dump_json(model.at("keras").at("config"));
  const auto bytes = std::as_bytes(std::span(config));
  const std::vector<ArchiveMember> members = {
      {"config.json", {bytes.begin(), bytes.end()}},
      {"model.weights.h5", h5_from_json(model.at("keras").at("weights"))}};
  write_file(path, make_archive(members, path));
}

}  // namespace nudge::keras
