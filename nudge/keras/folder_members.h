// A `.keras` archive that somebody unpacked: its members are the files of a folder.
#pragma once

#include "nudge/keras/members.h"

namespace nudge::keras {

class FolderMembers : public Members {
 public:
  explicit FolderMembers(std::string folder) : folder_(std::move(folder)) {}

  bool has(const std::string& name) const override;
  std::vector<std::byte> read(const std::string& name, uint64_t limit = 0) const override;

 private:
  std::string folder_;
};

}  // namespace nudge::keras
