// The written rules about files that a formatter and a compiler do not check.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string_view>

#include "tests/source_tree.h"

namespace nudge::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr size_t kLongestFile = 800;
constexpr size_t kNineInTenFiles = 350;

// Names that say nothing attract everything.
constexpr std::array<std::string_view, 8> kEmptyNames = {"util",    "utils",  "common",  "misc",
                                                         "manager", "helper", "helpers", "stuff"};

std::vector<std::string> words_of(const std::string& stem) {
  std::vector<std::string> words;
  std::istringstream stream(stem);
  for (std::string word; std::getline(stream, word, '_');) words.push_back(word);
  return words;
}

// "" when the name is fine, else what is wrong with it.
std::string name_fault(const std::string& name) {
  const std::string stem = name.substr(0, name.find_first_of(".-"));
  const bool snake = std::ranges::all_of(
      stem, [](unsigned char c) { return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '_'; });
  if (!snake) return "is not snake_case";
  for (const std::string& word : words_of(stem)) {
    if (std::ranges::find(kEmptyNames, word) != kEmptyNames.end()) return "says nothing: \"" + word + "\"";
  }
  return "";
}

// Highway compiles a file once for each target, which needs conditions; nothing else does but the one
// file that asks the processor.
bool is_foreign_condition(const std::string& line) {
  const bool condition = line.starts_with("#if") || line.starts_with("#elif");
  return condition && line.find("HWY_") == std::string::npos && !line.ends_with("_INL_H_");
}
constexpr std::string_view kProcessorFile = "nudge/base/cpu.cc";

bool has_include_guard(const SourceFile& header) {
  return std::ranges::any_of(header.lines, [](const std::string& line) {
    return line == "#pragma once" || line.find("HWY_TARGET_TOGGLE") != std::string::npos;
  });
}

// A library returns results and throws; the program prints and exits.
bool prints_or_ends(const std::string& line) {
  const std::string code = line.substr(0, line.find("//"));
  for (const std::string_view word : {"std::cout", "std::cerr", "std::printf(", "std::puts(", "std::abort(",
                                      "std::exit(", "std::terminate(", " assert(", " exit(", " abort("}) {
    if (code.find(word) != std::string::npos) return true;
  }
  return false;
}

bool is_unfinished(const std::string& line) {
  for (const std::string& mark :
       {std::string("TO") + "DO", std::string("FIX") + "ME", std::string(" DISABLED") + "_"}) {
    if (line.find(mark) != std::string::npos) return true;
  }
  return false;
}

// The words of a CMakeLists.txt, brackets off.
std::set<std::string> words_of_cmake(const std::filesystem::path& path) {
  std::ifstream stream(path);
  std::set<std::string> words;
  for (std::string word; stream >> word;) {
    word.erase(0, word.rfind('(') + 1);
    while (word.ends_with(')')) word.pop_back();
    words.insert(word);
  }
  return words;
}

// The nearest CMakeLists.txt at or above the file's folder must name it, relative to itself.
bool is_listed(const SourceFile& file) {
  namespace fs = std::filesystem;
  const fs::path path = fs::path(NUDGE_SOURCE_DIR) / file.path;
  for (fs::path folder = path.parent_path(); folder != NUDGE_SOURCE_DIR; folder = folder.parent_path()) {
    const fs::path list = folder / "CMakeLists.txt";
    if (fs::exists(list))
      return words_of_cmake(list).contains(path.lexically_relative(folder).generic_string());
  }
  return false;
}

TEST(Style, FilesAreShort) {
  std::vector<size_t> lengths;
  for (const SourceFile& file : source_files()) {
    lengths.push_back(file.lines.size());
    EXPECT_LE(file.lines.size(), kLongestFile) << file.path << ": split it by concept";
  }
  std::ranges::sort(lengths);
  EXPECT_LE(lengths[lengths.size() * 9 / 10], kNineInTenFiles) << "nine files in ten are to be shorter";
}

TEST(Style, FileNamesSaySomething) {
  for (const SourceFile& file : source_files()) {
    EXPECT_EQ(name_fault(file.name()), "") << file.path;
  }
}

TEST(Style, HeadersAreGuardedAndSayWhatTheyAreFor) {
  for (const SourceFile& file : source_files()) {
    if (!file.is_header()) continue;
    EXPECT_TRUE(has_include_guard(file)) << file.path << ": #pragma once is missing";
    EXPECT_TRUE(!file.lines.empty() && file.lines[0].starts_with("// ")) << file.path << ":1: no purpose";
  }
}

TEST(Style, SourcesAreListed) {
  for (const SourceFile& file : source_files()) {
    EXPECT_TRUE(file.is_header() || is_listed(file)) << file.path << ": not in its CMakeLists.txt";
  }
}

TEST(Style, NoConditionalCompilation) {
  for (const SourceFile& file : source_files()) {
    if (file.path == kProcessorFile) continue;
    const auto wrong = find_lines(file, is_foreign_condition);
    EXPECT_TRUE(wrong.empty()) << "an optional backend is a source file of its own:" << joined(wrong);
  }
}

TEST(Style, TheLibraryDoesNotPrintOrExit) {
  for (const SourceFile& file : source_files()) {
    const std::string folder = file.library_folder();
    if (folder.empty() || folder == "cli" || file.is_test()) continue;
    const auto wrong = find_lines(file, prints_or_ends);
    EXPECT_TRUE(wrong.empty()) << "return it, throw it or log it:" << joined(wrong);
  }
}

TEST(Style, NothingIsLeftUnfinished) {
  for (const SourceFile& file : source_files()) {
    const auto wrong = find_lines(file, is_unfinished);
    EXPECT_TRUE(wrong.empty()) << joined(wrong);
  }
}

// The rules themselves, on examples made up to break them.

TEST(StyleRules, FindNamesThatSayNothing) {
  EXPECT_EQ(name_fault("fake_quant-inl.h"), "");
  EXPECT_EQ(name_fault("conv2d_test.cc"), "");
  EXPECT_THAT(name_fault("string_utils.h"), HasSubstr("utils"));
  EXPECT_THAT(name_fault("LayerBase.h"), HasSubstr("snake_case"));
}

TEST(StyleRules, FindConditions) {
  EXPECT_TRUE(is_foreign_condition("#ifdef USE_CUDA"));
  EXPECT_TRUE(is_foreign_condition("#if defined(__AVX2__)"));
  EXPECT_FALSE(is_foreign_condition("#if HWY_ONCE"));
  EXPECT_FALSE(is_foreign_condition("#include <ifstream>"));
}

TEST(StyleRules, FindPrintingAndExits) {
  const SourceFile file{
      .path = "x.cc",
      .lines = {"  std::cout << 1;", "  // std::cout", "  throw ValueError(x);", "  std::exit(1);"}};
  EXPECT_THAT(find_lines(file, prints_or_ends), ElementsAre(HasSubstr("x.cc:1:"), HasSubstr("x.cc:4:")));
}

TEST(StyleRules, FindMissingGuardsAndUnlistedSources) {
  EXPECT_FALSE(has_include_guard({.path = "x.h", .lines = {"// x"}}));
  EXPECT_TRUE(has_include_guard({.path = "x.h", .lines = {"// x", "#pragma once"}}));
  EXPECT_TRUE(is_listed({.path = "tests/style_test.cc", .lines = {}}));
  EXPECT_FALSE(is_listed({.path = "tests/unknown_test.cc", .lines = {}}));
}

TEST(StyleRules, FindUnfinishedWork) {
  const SourceFile file{.path = "x.cc",
                        .lines = {"  // TO"
                                  "DO: later",
                                  "  TEST(A, DISABLED"
                                  "_B) {",
                                  "  return 1;"}};
  EXPECT_THAT(find_lines(file, is_unfinished), ElementsAre(HasSubstr(":1:"), HasSubstr(":2:")));
  EXPECT_THAT(find_lines({.path = "y.cc", .lines = {"int todo = 1;"}}, is_unfinished), IsEmpty());
}

}  // namespace
}  // namespace nudge::tests
