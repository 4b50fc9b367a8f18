#include "nudge/report/history_plot.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <limits>

#include "nudge/base/error.h"
#include "nudge/base/file.h"

namespace nudge::report {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

HistoryPlot story() {
  return {
      .title = "MobileNetV2's flowers",
      .curves = {{.metric = "accuracy", .train = {0.4, 0.7, 0.9, 0.92}, .validation = {0.3, 0.6, 0.8, 0.85}},
                 {.metric = "loss", .train = {1.5, 0.9, 0.4, 0.3}, .validation = {1.6, 1.1, 0.6, 0.5}}},
      .qat_start_epoch = 2};
}

class HistoryPlotTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  const fs::path folder_ = fs::temp_directory_path() / ("nudge_plot_" + std::to_string(::getpid()));
  const std::string picture_ = (folder_ / "it's a history.png").string();
};

TEST_F(HistoryPlotTest, WritesAPngOfTheAskedSize) {
  plot_history(story(), picture_);
  const auto bytes = read_file(picture_);
  ASSERT_GT(bytes.size(), 24U);
  const auto byte = [&](size_t i) { return std::to_integer<int>(bytes[i]); };
  EXPECT_EQ(byte(1), 'P');
  EXPECT_EQ(byte(2), 'N');
  EXPECT_EQ(byte(18) * 256 + byte(19), 1280);
  EXPECT_EQ(byte(22) * 256 + byte(23), 480);
}

TEST_F(HistoryPlotTest, PutsTheMagentaLineBetweenThePhases) {
  const std::string script = gnuplot_script(story(), "out.png");
  EXPECT_THAT(script, HasSubstr("set arrow from 2.5,graph 0 to 2.5,graph 1 nohead lw 2 lc rgb '#d0009b'"));
  EXPECT_THAT(script, HasSubstr("'MobileNetV2''s flowers'"));
  HistoryPlot float_only = story();
  float_only.qat_start_epoch = -1;
  EXPECT_THAT(gnuplot_script(float_only, "out.png"), Not(HasSubstr("set arrow")));
}

TEST_F(HistoryPlotTest, LeavesGapsForValuesThatAreNotFinite) {
  HistoryPlot plot = story();
  plot.curves[1].train[1] = std::numeric_limits<double>::infinity();
  EXPECT_THAT(gnuplot_script(plot, "out.png"), HasSubstr("2 NaN\n"));
}

TEST_F(HistoryPlotTest, RefusesAnEmptyHistory) {
  EXPECT_THROW(plot_history({.title = "empty", .curves = {}}, picture_), ValueError);
  EXPECT_FALSE(fs::exists(picture_));
}

TEST_F(HistoryPlotTest, NamesAFolderThatCannotBeWrittenTo) {
  try {
    plot_history(story(), (folder_ / "missing" / "history.png").string());
    FAIL() << "written";
  } catch (const OutputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("missing/history.png"));
  }
}

TEST_F(HistoryPlotTest, SaysThatGnuplotIsMissing) {
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", folder_.c_str(), 1);
  EXPECT_THROW(plot_history(story(), picture_), UnsupportedError);
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(HistoryPlotTest, ReportsWhatGnuplotSaysAndLeavesNothing) {
  HistoryPlot plot = story();
  plot.height = -1;
  EXPECT_THROW(plot_history(plot, picture_), OutputError);
  EXPECT_TRUE(fs::is_empty(folder_));
}

}  // namespace
}  // namespace nudge::report
