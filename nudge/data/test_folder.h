// A folder of a test's own, gone with it; and pictures to put there.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

#include "nudge/base/array.h"
#include "nudge/base/file.h"
#include "nudge/data/image.h"

namespace nudge::data {

class TestFolder {
 public:
  TestFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "nudge_data_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string path(const std::string& name = "") const { return name.empty() ? path_ : path_ + "/" + name; }

  // A file with any content, its folders made.
  std::string put(const std::string& name, const std::string& content) const {
    const std::string at = path(name);
    std::filesystem::create_directories(std::filesystem::path(at).parent_path());
    write_file(at, content);
    return at;
  }
  // A PNG of one colour.
  std::string put_picture(const std::string& name, uint8_t level = 128, int64_t height = 4,
                          int64_t width = 6) const {
    return put(name, encode_png(Array::full<uint8_t>({height, width, 3}, level)));
  }

 private:
  std::string path_;
};

}  // namespace nudge::data
