// What the pages show of C++ stands in programs that are compiled and run: examples/consumer, by
// package_check.  What they show of make is taken by the Makefile.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
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

const std::filesystem::path kRoot = NUDGE_SOURCE_DIR;

std::vector<std::filesystem::path> pages() {
  std::vector<std::filesystem::path> found = {kRoot / "README.md"};
  for (const auto& entry : std::filesystem::directory_iterator(kRoot / "docs")) {
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  }
  return found;
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
  size_t found = 0;
  for (const std::filesystem::path& page : pages()) {
    for (const std::string& snippet : snippets_of(page)) {
      EXPECT_NE(program_text.find(without_space(snippet)), std::string::npos)
          << page.filename() << " shows what no program of examples/consumer has:\n"
          << snippet;
      ++found;
    }
  }
  EXPECT_GT(found, 10U);
}

struct MakeLine {
  std::string before;  // variables of the environment
  std::string target;
  std::string after;  // variables of make
};

// The commands of a page, in blocks and in the text, that run a target of this Makefile.
std::vector<MakeLine> make_lines(const std::filesystem::path& page) {
  static const std::string kSet = R"([A-Z_]+=(?:"[^"]*"|[^\s"`]+))";
  static const std::regex kLine("(?:`|\\n)((?:" + kSet + " )*)make ([a-z][a-z-]*)((?: " + kSet + ")*)");
  const std::string text = text_of(page);
  std::vector<MakeLine> lines;
  for (std::sregex_iterator line(text.begin(), text.end(), kLine), end; line != end; ++line) {
    lines.push_back({(*line)[1], (*line)[2], (*line)[3]});
  }
  return lines;
}

struct CommandResult {
  int status = -1;
  std::string output;
};

// In the project's root, as from a terminal: what a make that runs this test has set does not count.
CommandResult run_shell(const std::string& command) {
  CommandResult result;
  FILE* pipe = popen(("cd '" + kRoot.string() + "' && unset MAKEFLAGS MAKELEVEL MFLAGS JOBS TEST_JOBS OUT " +
                      "PREFIX ARGS && { " + command + "; } 2>&1")
                         .c_str(),
                     "r");
  if (pipe == nullptr) return result;
  char buffer[4096];
  for (size_t got; (got = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) result.output.append(buffer, got);
  result.status = WEXITSTATUS(pclose(pipe));
  return result;
}

TEST(Documentation, ItsTargetsAreTheMakefiles) {
  std::vector<std::filesystem::path> all = pages();
  for (const char* page : {"CONTRIBUTING.md", "bench/peers/README.md", "bench/story/README.md"}) {
    all.push_back(kRoot / page);
  }
  const CommandResult help = run_shell("make help");
  ASSERT_EQ(help.status, 0) << help.output;
  std::set<std::string> listed, named;
  std::istringstream lines(help.output);
  for (std::string make, target, line; lines >> make >> target; std::getline(lines, line)) {
    EXPECT_EQ(make, "make") << help.output;
    listed.insert(target);
  }
  for (const std::filesystem::path& page : all) {
    for (const MakeLine& line : make_lines(page)) {
      const std::string command = line.before + "make -n " + line.target + line.after;
      named.insert(line.target);
      EXPECT_TRUE(listed.contains(line.target)) << "make help does not list " << line.target;
      const CommandResult dry = run_shell(command);
      EXPECT_EQ(dry.status, 0) << page.filename() << ": " << command << "\n" << dry.output;
      const size_t value = line.after.find('"');
      if (value == std::string::npos) continue;
      const std::string given = line.after.substr(value + 1, line.after.rfind('"') - value - 1);
      EXPECT_NE(dry.output.find(given), std::string::npos) << command << " leaves it out:\n" << dry.output;
    }
  }
  EXPECT_GT(named.size(), 10U);
  for (const std::string& target : listed) {
    const CommandResult dry = run_shell("make -n " + target);
    EXPECT_EQ(dry.status, 0) << dry.output;
  }
  // What the README and the head of the Makefile say of variables.
  for (const auto& [command, effect] :
       {std::pair("make -n install PREFIX=/opt/one", "--prefix \"/opt/one\""),
        std::pair("make -n install DESTDIR=/two", "DESTDIR=\"/two\""),
        std::pair("make -n build JOBS=7", "-j 7"), std::pair("make -n test TEST_JOBS=5", "-j 5"),
        std::pair("make -n demo OUT=three", "--out three"),
        std::pair("make -n fuzz FUZZ_SECONDS=9", "make_seeds 9")}) {
    const CommandResult dry = run_shell(command);
    EXPECT_NE(dry.output.find(effect), std::string::npos) << command << "\n" << dry.output;
  }
}

}  // namespace
}  // namespace nudge::tests
