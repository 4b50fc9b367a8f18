// Archives with something changed, for tests of what is read from them.
#pragma once

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nudge/base/file.h"
#include "nudge/base/json.h"
#include "nudge/keras/archive.h"
#include "nudge/keras/archive_members.h"

namespace nudge::keras {

inline std::vector<std::byte> bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

// The file anew with this content for a member, or without the member where that is empty.
inline void replace_member(const std::string& path, const std::string& member,
                           const std::vector<std::byte>& content) {
  const ArchiveReader archive(read_file(path), path);
  std::vector<ArchiveMember> members;
  for (const std::string& name : archive.names()) {
    if (name != member) members.push_back({name, archive.read(name)});
  }
  if (!content.empty()) members.push_back({member, content});
  write_file(path, make_archive(members, path));
}

// `change` is given the model's configuration: config.json's "config".
inline void change_config(const std::string& path, const std::function<void(Json&)>& change) {
  Json config = parse_json(ArchiveReader(read_file(path), path).read_text(kConfig), path);
  change(config["config"]);
  replace_member(path, kConfig, bytes_of(dump_json(config)));
}

}  // namespace nudge::keras
