#include "tests/source_tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace nudge::tests {
namespace {

namespace fs = std::filesystem;

SourceFile read_source(const fs::path& path) {
  SourceFile file;
  file.path = path.lexically_relative(NUDGE_SOURCE_DIR).generic_string();
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line);) file.lines.push_back(line);
  return file;
}

}  // namespace

std::string SourceFile::library_folder() const {
  const std::string root = "nudge/";
  const size_t end = path.find('/', root.size());
  if (!path.starts_with(root) || end == std::string::npos) return "";
  return path.substr(root.size(), end - root.size());
}

std::string SourceFile::name() const { return path.substr(path.rfind('/') + 1); }

bool SourceFile::is_header() const { return path.ends_with(".h"); }

bool SourceFile::is_public_header() const { return is_header() && !path.ends_with("-inl.h"); }

bool SourceFile::is_test() const { return path.ends_with("_test.cc") || path.starts_with("tests/"); }

const std::vector<SourceFile>& source_files() {
  static const std::vector<SourceFile> files = [] {
    std::vector<SourceFile> found;
    for (const char* folder : {"nudge", "tests", "examples", "bench"}) {
      for (const auto& entry : fs::recursive_directory_iterator(fs::path(NUDGE_SOURCE_DIR) / folder)) {
        const std::string extension = entry.path().extension().string();
        if (extension == ".h" || extension == ".cc") found.push_back(read_source(entry.path()));
      }
    }
    std::ranges::sort(found, {}, &SourceFile::path);
    return found;
  }();
  return files;
}

std::string included_path(const std::string& line) {
  if (!line.starts_with("#include ")) return "";
  const size_t begin = line.find_first_of("<\"");
  if (begin == std::string::npos) return "";
  const size_t end = line.find_first_of(">\"", begin + 1);
  return end == std::string::npos ? "" : line.substr(begin + 1, end - begin - 1);
}

std::vector<std::string> find_lines(const SourceFile& file,
                                    const std::function<bool(const std::string& line)>& wrong) {
  std::vector<std::string> found;
  for (size_t i = 0; i < file.lines.size(); ++i) {
    if (wrong(file.lines[i])) found.push_back(file.path + ":" + std::to_string(i + 1) + ": " + file.lines[i]);
  }
  return found;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "\n  " + line;
  return text;
}

}  // namespace nudge::tests
