// What the pages show of C++ stands in programs that are compiled and run: examples/consumer, by
// package_check.
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "tests/source_tree.h"

namespace nudge::tests {
namespace {

// However a program or a page breaks its lines.
std::string without_space(const std::string& text) {
  std::string left;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) left += c;
  }
  return left;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The paragraphs of a page's blocks of C++.
std::vector<std::string> snippets_of(const std::filesystem::path& page) {
  std::vector<std::string> snippets;
  std::istringstream lines(text_of(page));
  bool within = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      within = line == "```cpp";
      if (within) snippets.emplace_back();
    } else if (within && line.empty()) {
      snippets.emplace_back();
    } else if (within) {
      snippets.back() += line + "\n";
    }
  }
  return snippets;
}

std::string programs() {
  std::string joined;
  for (const SourceFile& source : source_files()) {
    if (!source.path.starts_with("examples/consumer/")) continue;
    for (const std::string& line : source.lines) joined += without_space(line);
  }
  return joined;
}

TEST(Documentation, ItsCppStandsInThePrograms) {
  const std::string program_text = programs();
  const std::filesystem::path root = NUDGE_SOURCE_DIR;
  std::vector<std::filesystem::path> pages = {root / "README.md"};
  for (const auto& entry : std::filesystem::directory_iterator(root / "docs")) {
    if (entry.path().extension() == ".md") pages.push_back(entry.path());
  }
  size_t found = 0;
  for (const std::filesystem::path& page : pages) {
    for (const std::string& snippet : snippets_of(page)) {
      EXPECT_NE(program_text.find(without_space(snippet)), std::string::npos)
          << page.filename() << " shows what no program of examples/consumer has:\n"
          << snippet;
      ++found;
    }
  }
  EXPECT_GT(found, 10U);
}

}  // namespace
}  // namespace nudge::tests
