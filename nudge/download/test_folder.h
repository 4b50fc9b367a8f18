// A folder of a test's own, gone with it.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace nudge::download {

class TestFolder {
 public:
  TestFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "nudge_download_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string path(const std::string& name = "") const { return name.empty() ? path_ : path_ + "/" + name; }

 private:
  std::string path_;
};

// Keras's cache is this folder for as long as it lives.
class TestKerasHome {
 public:
  explicit TestKerasHome(const std::string& folder) {
    const char* before = std::getenv("KERAS_HOME");
    if (before != nullptr) before_ = before;
    ::setenv("KERAS_HOME", folder.c_str(), 1);
  }
  ~TestKerasHome() {
    if (before_.empty()) {
      ::unsetenv("KERAS_HOME");
    } else {
      ::setenv("KERAS_HOME", before_.c_str(), 1);
    }
  }
  TestKerasHome(const TestKerasHome&) = delete;
  TestKerasHome& operator=(const TestKerasHome&) = delete;

 private:
  std::string before_;
};

}  // namespace nudge::download
