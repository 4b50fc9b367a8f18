// Zip archives held in memory, as `.keras` files are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nudge/keras/members.h"

namespace nudge::keras {

// Reads members of an untrusted archive.
class ArchiveReader : public Members {
 public:
  // `where` (the file's name) starts every message.  Throws InputError when the bytes are no whole archive,
  // or one that names two members alike or a place outside of it.
  ArchiveReader(std::vector<std::byte> bytes, std::string where);
  ~ArchiveReader() override;
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  std::vector<std::string> names() const;
  bool has(const std::string& name) const override;
  // Verifies its checksum; without a limit, what an archive of this size may hold.
  std::vector<std::byte> read(const std::string& name, uint64_t limit = 0) const override;

 private:
  struct Zip;

  std::vector<std::byte> bytes_;
  std::string where_;
  std::unique_ptr<Zip> zip_;
};

struct ArchiveMember {
  std::string name;
  std::vector<std::byte> bytes;
};

// The archive's bytes, its members in this order and stored without compression, as Keras does.  The
// same members give the same bytes.
std::vector<std::byte> make_archive(std::span<const ArchiveMember> members, const std::string& where);

}  // namespace nudge::keras
