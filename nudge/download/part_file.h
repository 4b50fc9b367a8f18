// A file that grows until it is whole; one process at a time holds it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace nudge::download {

class PartFile {
 public:
  // Opens or makes the file, and waits while another process holds it.  Throws OutputError.
  explicit PartFile(std::string path);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  const std::string& path() const { return path_; }
  int64_t size() const { return size_; }

  // At the end.  Throws OutputError.
  void append(const char* bytes, size_t count);
  void clear();
  void remove();
  // Gives the file its final name once its bytes are on the disk.  Throws OutputError.
  void finish(const std::string& target);

 private:
  std::string path_;
  int fd_ = -1;
  int64_t size_ = 0;
};

}  // namespace nudge::download
