// Folders use those above them only, and big libraries stay out of public headers.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string_view>

#include "tests/source_tree.h"

namespace nudge::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// docs/architecture.md says what each is for.
constexpr std::array<std::string_view, 20> kFolders = {
    "base",     "download", "kernels", "graph",         "ops",     "layers", "applications",
    "quantize", "keras",    "data",    "tflite",        "edgetpu", "deploy", "convert",
    "plan",     "train",    "explain", "post_training", "report",  "cli"};

// What a folder must not know although it lies above.
const std::map<std::string_view, std::set<std::string_view>> kUnknown = {
    {"kernels", {"download"}},
    {"graph", {"download"}},
    {"ops", {"kernels", "download"}},
    {"layers", {"kernels", "download"}},
    {"data", {"graph", "layers", "applications", "quantize", "keras"}},
    {"tflite", {"graph", "layers", "applications", "quantize", "keras", "data"}},
    {"edgetpu", {"graph", "layers", "applications", "quantize", "keras", "data"}},
    {"deploy", {"graph", "layers", "applications", "quantize", "keras", "data"}},
    {"plan", {"data", "keras"}},
};

// Where a library may be included at all; those not listed here may be wherever they are not public.
const std::map<std::string_view, std::set<std::string_view>> kContained = {
    {"torch/", {"plan", "train"}}, {"ATen/", {"plan", "train"}},
    {"c10/", {"plan", "train"}},   {"CLI/", {"cli"}},
    {"hdf5.h", {"keras"}},         {"curl/", {"download"}},
    {"archive.h", {"download"}},   {"openssl/", {"download"}},
};

constexpr std::array<std::string_view, 9> kNotInPublicHeaders = {
    "torch/", "ATen/", "c10/", "dnnl", "oneapi/", "hwy/", "CLI/", "hdf5", "nlohmann/json.hpp"};

// What shows libtorch in its own headers, and so is included from within alone.
constexpr std::string_view kTorchPart = "nudge/plan/torch/";

// A program's headers are nobody's interface, nor are a test's.
bool is_public(const SourceFile& file) {
  return file.is_public_header() && file.library_folder() != "cli" && !file.path.ends_with("_test.h") &&
         !file.path.starts_with(kTorchPart);
}

// The folder's place in the order; the number of folders for one that is not in it.
size_t place(std::string_view folder) {
  return static_cast<size_t>(std::ranges::find(kFolders, folder) - kFolders.begin());
}

bool may_use(const std::string& folder, const std::string& other) {
  if (place(other) > place(folder) || place(other) == kFolders.size()) return false;
  const auto unknown = kUnknown.find(folder);
  return unknown == kUnknown.end() || !unknown->second.contains(other);
}

std::vector<std::string> wrong_imports(const SourceFile& file) {
  const std::string folder = file.library_folder();
  return find_lines(file, [&](const std::string& line) {
    const std::string path = included_path(line);
    const SourceFile included{.path = path, .lines = {}};
    return path.starts_with("nudge/") && !may_use(folder, included.library_folder());
  });
}

std::vector<std::string> escaped_libraries(const SourceFile& file) {
  return find_lines(file, [&](const std::string& line) {
    const std::string path = included_path(line);
    return std::ranges::any_of(kContained, [&](const auto& entry) {
      return path.starts_with(entry.first) && !entry.second.contains(file.library_folder());
    });
  });
}

std::vector<std::string> public_libraries(const SourceFile& header) {
  return find_lines(header, [](const std::string& line) {
    const std::string path = included_path(line);
    return std::ranges::any_of(kNotInPublicHeaders, [&](auto start) { return path.starts_with(start); });
  });
}

std::vector<std::string> includes_of_torch_part(const SourceFile& file) {
  return find_lines(file,
                    [](const std::string& line) { return included_path(line).starts_with(kTorchPart); });
}

// The words after DEPENDS in the call of nudge_folder(), up to the next keyword.
std::vector<std::string> declared_dependencies(const std::string& cmake) {
  const size_t call = cmake.find("nudge_folder(");
  if (call == std::string::npos) return {};
  std::istringstream words(cmake.substr(call));
  std::vector<std::string> found;
  bool inside = false;
  for (std::string word; words >> word;) {
    const bool closes = word.ends_with(')');
    if (closes) word.pop_back();
    const bool keyword = std::ranges::all_of(word, [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
    if (inside && !keyword) found.push_back(word);
    if (keyword) inside = word == "DEPENDS";
    if (closes) break;
  }
  return found;
}

void append(std::vector<std::string>& all, const std::vector<std::string>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

TEST(ImportOrder, FoldersIncludeThoseAboveThem) {
  std::vector<std::string> wrong;
  for (const SourceFile& file : source_files()) {
    if (file.library_folder().empty()) continue;
    EXPECT_LT(place(file.library_folder()), kFolders.size()) << file.path << ": its folder has no place";
    append(wrong, wrong_imports(file));
  }
  EXPECT_TRUE(wrong.empty()) << "includes against the import order:" << joined(wrong);
}

TEST(ImportOrder, FoldersLinkThoseAboveThem) {
  for (const std::string_view folder : kFolders) {
    std::ifstream stream(std::string(NUDGE_SOURCE_DIR "/nudge/") + std::string(folder) + "/CMakeLists.txt");
    ASSERT_TRUE(stream) << "nudge/" << folder << " has no CMakeLists.txt";
    const std::string cmake(std::istreambuf_iterator<char>(stream), {});
    for (const std::string& other : declared_dependencies(cmake)) {
      EXPECT_TRUE(may_use(std::string(folder), other)) << "nudge/" << folder << " depends on " << other;
    }
  }
}

TEST(ImportOrder, LibrariesStayInTheirFolders) {
  std::vector<std::string> wrong;
  for (const SourceFile& file : source_files()) append(wrong, escaped_libraries(file));
  EXPECT_TRUE(wrong.empty()) << "libraries outside the folders that may use them:" << joined(wrong);
}

TEST(ImportOrder, PublicHeadersIncludeNoBigLibrary) {
  std::vector<std::string> wrong;
  for (const SourceFile& file : source_files()) {
    if (is_public(file)) append(wrong, public_libraries(file));
  }
  EXPECT_TRUE(wrong.empty()) << "big libraries in public headers:" << joined(wrong);
}

TEST(ImportOrder, TheTorchPartIsIncludedFromWithinAlone) {
  std::vector<std::string> wrong;
  for (const SourceFile& file : source_files()) {
    if (!file.path.starts_with(kTorchPart)) append(wrong, includes_of_torch_part(file));
  }
  EXPECT_TRUE(wrong.empty()) << "headers that show libtorch, included outside " << kTorchPart
                             << joined(wrong);
}

// The rules themselves, on files made up to break them.

TEST(ImportOrderRules, FindAnIncludeFromBelow) {
  const SourceFile file{.path = "nudge/graph/model.h",
                        .lines = {"#include \"nudge/base/array.h\"", "#include \"nudge/train/trainer.h\"",
                                  "#include \"nudge/nowhere/x.h\""}};
  EXPECT_THAT(wrong_imports(file), ElementsAre(HasSubstr("nudge/graph/model.h:2:"), HasSubstr(":3:")));
}

TEST(ImportOrderRules, FindAnIncludeThatTheFolderMustNotKnow) {
  const SourceFile file{.path = "nudge/tflite/writer.cc", .lines = {"#include \"nudge/graph/model.h\""}};
  EXPECT_THAT(wrong_imports(file), ElementsAre(HasSubstr("nudge/tflite/writer.cc:1:")));
}

TEST(ImportOrderRules, FindLibrariesWhereTheyMustNotBe) {
  const SourceFile file{
      .path = "nudge/layers/conv2d.h",
      .lines = {"#include <nlohmann/json_fwd.hpp>", "#include <ATen/ops/add.h>", "#include <hwy/highway.h>"}};
  EXPECT_THAT(escaped_libraries(file), ElementsAre(HasSubstr("ATen")));
  EXPECT_THAT(public_libraries(file), ElementsAre(HasSubstr("ATen"), HasSubstr("hwy")));
}

TEST(ImportOrderRules, KnowWhichHeadersArePublic) {
  EXPECT_TRUE(is_public({.path = "nudge/plan/plan.h", .lines = {}}));
  EXPECT_FALSE(is_public({.path = "nudge/plan/plan.cc", .lines = {}}));
  EXPECT_FALSE(is_public({.path = "nudge/kernels/apply-inl.h", .lines = {}}));
  EXPECT_FALSE(is_public({.path = "nudge/plan/torch/compute.h", .lines = {}}));
  EXPECT_FALSE(is_public({.path = "nudge/cli/command.h", .lines = {}}));
  EXPECT_THAT(includes_of_torch_part(
                  {.path = "nudge/train/trainer.cc", .lines = {"#include \"nudge/plan/torch/compute.h\""}}),
              ElementsAre(HasSubstr("nudge/train/trainer.cc:1:")));
}

TEST(ImportOrderRules, ReadDependenciesOfACMakeList) {
  EXPECT_THAT(declared_dependencies("nudge_folder(x\n SOURCES a.cc\n DEPENDS base graph\n PRIVATE fmt::fmt)"),
              ElementsAre("base", "graph"));
  EXPECT_THAT(declared_dependencies("nudge_folder(x DEPENDS base)\nadd_library(y other)"),
              ElementsAre("base"));
}

}  // namespace
}  // namespace nudge::tests
