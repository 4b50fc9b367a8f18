// What downloads are tested in: a folder, and Keras's cache there.
#pragma once

#include <cstdlib>
#include <string>

#include "nudge/base/test_folder.h"

namespace nudge::download {

using nudge::TestFolder;

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
