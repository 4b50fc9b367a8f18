// The project's own C++ sources as lines of text, for the tests that read them.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace nudge::tests {

struct SourceFile {
  std::string path;  // from the root: "nudge/base/file.h"
  std::vector<std::string> lines;

  // "base" for "nudge/base/file.h", "" outside nudge/.
  std::string library_folder() const;
  // "file.h"
  std::string name() const;
  bool is_header() const;
  // An included implementation (x-inl.h) is not public.
  bool is_public_header() const;
  bool is_test() const;
};

// Every .h and .cc under nudge, tests, examples and bench, in order of their paths.
const std::vector<SourceFile>& source_files();

// The path between the quotes or brackets of an #include line, "" on another line.
std::string included_path(const std::string& line);

// "path:line: text" of each line for which `wrong` holds.
std::vector<std::string> find_lines(const SourceFile& file,
                                    const std::function<bool(const std::string& line)>& wrong);

// `lines` joined, to follow a failed expectation.
std::string joined(const std::vector<std::string>& lines);

}  // namespace nudge::tests
