// The pages that the program writes of itself.
#include "nudge/cli/manual.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "nudge/base/file.h"
#include "nudge/cli/program_run.h"
#include "nudge/data/test_folder.h"

namespace nudge::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(Manual, NamesEveryCommandAndFlag) {
  const ProgramResult page = run_nudge({"manual"});
  EXPECT_EQ(page.exit_code, 0);
  EXPECT_THAT(page.output,
              AllOf(testing::StartsWith(".TH NUDGE 1"), HasSubstr(".SS \"nudge edgetpu check\""),
                    HasSubstr("\\fB\\-\\-learning\\-rate\\fR \\fIN\\fR"), HasSubstr(".SH EXIT STATUS")));
}

// What bash offers for words that end where the cursor is.
std::string offered(const std::string& script, const std::string& words) {
  const data::TestFolder folder;
  write_file(folder.path("try.bash"), "source " + script + "\nCOMP_WORDS=(" + words +
                                          ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_nudge\n" +
                                          "echo \"${COMPREPLY[@]}\" >" + folder.path("offered"));
  EXPECT_EQ(std::system(("bash " + folder.path("try.bash")).c_str()), 0);
  return read_text_file(folder.path("offered"));
}

TEST(Completion, OffersWhatGoesOnInBash) {
  const data::TestFolder folder;
  EXPECT_EQ(run_nudge({"completion", "bash", "--out", folder.path("nudge.bash")}).exit_code, 0);
  const std::string script = folder.path("nudge.bash");
  EXPECT_EQ(offered(script, "nudge conv"), "convert\n");
  EXPECT_EQ(offered(script, "nudge edgetpu ch"), "check\n");
  EXPECT_EQ(offered(script, "nudge edgetpu check --js"), "--json\n");
  EXPECT_EQ(offered(script, "nudge train photos --learn"), "--learning-rate\n");
}

TEST(Completion, KnowsThreeShells) {
  EXPECT_THAT(run_nudge({"completion", "zsh"}).output, testing::StartsWith("#compdef nudge\n"));
  EXPECT_THAT(run_nudge({"completion", "fish"}).output,
              HasSubstr("complete -c nudge -n '__fish_seen_subcommand_from edgetpu' -a check"));
  EXPECT_EQ(run_nudge({"completion", "tcsh"}).exit_code, 2);
}

}  // namespace
}  // namespace nudge::cli
