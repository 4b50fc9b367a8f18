#include "nudge/train/callbacks/csv_logger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"

namespace nudge::train {
namespace {

Logs logs_of(int epoch) { return {{"loss", 1.0 / (epoch + 1)}}; }

// Epochs [begin, end), going on from what was remembered.
CallbackState run(const std::string& path, int begin, int end, const CallbackState& from = {},
                  CSVLoggerOptions options = {}) {
  CSVLogger logger(path, options);
  TrainingState state;
  if (!from.empty()) logger.restore(from);
  logger.on_train_begin(state);
  for (state.epoch = begin; state.epoch < end; ++state.epoch) {
    logger.on_epoch_end(state, logs_of(state.epoch));
  }
  return logger.state();
}

TEST(CSVLogger, ARunThatGoesOnWritesTheTableOfOneWithoutABreak) {
  const TestFolder folder;
  run(folder.path("unbroken.csv"), 0, 5);
  const CallbackState after_two = run(folder.path("broken.csv"), 0, 2);
  run(folder.path("broken.csv"), 2, 4, after_two);
  run(folder.path("broken.csv"), 2, 5, after_two);
  EXPECT_EQ(read_text_file(folder.path("broken.csv")), read_text_file(folder.path("unbroken.csv")));
}

TEST(CSVLogger, AppendsBelowWhatIsThereOrBeginsAnew) {
  const TestFolder folder;
  const std::string path = folder.path("deep/log.csv");
  run(path, 0, 1);
  run(path, 1, 2, {}, {.append = true});
  EXPECT_EQ(read_text_file(path), "epoch,loss\r\n0,1\r\n1,0.5\r\n");
  run(path, 1, 2);
  EXPECT_EQ(read_text_file(path), "epoch,loss\r\n1,0.5\r\n");
}

TEST(CSVLogger, AFileThatIsLostInTheNightEndsNoTraining) {
  const TestFolder folder;
  const std::string path = folder.path("sub/log.csv");
  CSVLogger logger(path);
  TrainingState state;
  logger.on_train_begin(state);
  std::filesystem::remove_all(folder.path("sub"));
  EXPECT_NO_THROW(logger.on_epoch_end(state, logs_of(0)));
  std::filesystem::create_directory(folder.path("sub"));
  state.epoch = 1;
  logger.on_epoch_end(state, logs_of(1));
  EXPECT_EQ(read_text_file(path), "epoch,loss\r\n0,1\r\n1,0.5\r\n");
}

TEST(CSVLogger, SaysWhatIsWrong) {
  const TestFolder folder;
  EXPECT_THROW(CSVLogger("log.csv", {.separator = '.'}), ValueError);
  EXPECT_THROW(CSVLogger(""), ValueError);
  EXPECT_THROW(CSVLogger("log.csv").restore({.text = R"({"text": "", "columns": [1]})"}), InputError);
  TrainingState state;
  CSVLogger on_a_folder(folder.path());
  EXPECT_THROW(on_a_folder.on_train_begin(state), OutputError);
}

}  // namespace
}  // namespace nudge::train
