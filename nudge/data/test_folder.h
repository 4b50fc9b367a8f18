// A folder of a test's own, gone with it; and pictures to put there.
#pragma once

#include <filesystem>
#include <string>

#include "nudge/base/array.h"
#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"
#include "nudge/data/image.h"

namespace nudge::data {

class TestFolder : public nudge::TestFolder {
 public:
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
};

}  // namespace nudge::data
