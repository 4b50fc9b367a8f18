#include "nudge/cli/callback_specs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"
#include "nudge/cli/program_run.h"

namespace nudge::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(CallbackSpecs, EarlyStoppingStopsOrWaits) {
  const auto stops = [](const std::string& spec, const std::vector<double>& losses) {
    const auto callback = callback_from(spec, nullptr);
    train::TrainingState state;
    for (const double loss : losses) {
      callback->on_epoch_end(state, {{"loss", loss}});
      ++state.epoch;
    }
    return state.stop;
  };
  EXPECT_FALSE(stops("early_stopping:monitor=loss", {3, 2, 1}));
  EXPECT_TRUE(stops("early_stopping:monitor=loss", {3, 2, 2}));
  EXPECT_TRUE(stops("early_stopping:monitor=loss,min_delta=0.5", {3, 2, 1.9}));
  EXPECT_FALSE(stops("early_stopping:monitor=loss,patience=3", {3, 2, 2}));
  EXPECT_TRUE(stops("early_stopping:monitor=loss,mode=max", {3, 2}));
  EXPECT_TRUE(stops("early_stopping:monitor=loss,patience=2,baseline=0.5", {3, 2, 2}));
  EXPECT_FALSE(stops("early_stopping:monitor=loss,start_from_epoch=2", {3, 3, 3}));
}

TEST(CallbackSpecs, UnknownNamesAndKeysAreWrongUsage) {
  const auto says = [](const std::string& spec, const std::string& what) {
    EXPECT_THAT([&] { callback_from(spec, nullptr); }, ThrowsMessage<CLI::ValidationError>(HasSubstr(what)))
        << spec;
  };
  says("late_stopping",
       "--callbacks: late_stopping: unknown callback; known: csv_logger, early_stopping, model_checkpoint, "
       "range_logger");
  says("early_stopping:monitor=beauty", "monitor is loss");
  says("early_stopping:mode=best", "mode is auto, min or max");
  says("early_stopping:verbose=1", "unknown key 'verbose'");
  says("model_checkpoint", "models are written as .keras or .h5");
  says("model_checkpoint:filepath=a.h5,save_weights_only=true", "save_weights_only writes .weights.h5");
  says("reduce_lr_on_plateau:factor=2", "factor is 2");
  says("csv_logger", "needs a filename");
  says("csv_logger:filename=a,separator=12", "separator must be a word");
  says("tensorboard:log_dir=", "needs a log_dir");
  says("terminate_on_nan:raise_error=true", "unknown key 'raise_error'");
  EXPECT_THAT([] { check_callbacks({"reduce_lr_on_plateau"}, /*scheduled=*/true); },
              ThrowsMessage<CLI::ValidationError>(HasSubstr("--schedule sets the rate")));
  EXPECT_NO_THROW(check_callbacks({"reduce_lr_on_plateau", "terminate_on_nan"}, /*scheduled=*/false));
}

// The program with all of them, and what it leaves and says.
TEST(CallbackSpecs, TheProgramTrainsWithThem) {
  const TestFolder folder;
  const auto trained =
      run_nudge({"train",
                 "--model",
                 "small_cnn",
                 "--image-size",
                 "16",
                 "--data",
                 "builtin:flowers?count=50",
                 "--epochs",
                 "3",
                 "--learning-rate",
                 "0.002",
                 "--validation-steps",
                 "1",
                 "-o",
                 folder.path("out.keras"),
                 "--callbacks",
                 "early_stopping:monitor=loss,mode=max,patience=2,restore_best_weights=true",
                 "--callbacks",
                 "reduce_lr_on_plateau:monitor=loss,mode=max,patience=1,factor=0.5",
                 "--callbacks",
                 "csv_logger:separator=;,filename=" + folder.path("log.csv"),
                 "--callbacks",
                 "model_checkpoint:filepath=" + folder.path("kept/{epoch:02d}-{val_accuracy:.2f}.keras"),
                 "--callbacks",
                 "model_checkpoint:save_weights_only=true,filepath=" + folder.path("alone.weights.h5"),
                 "--callbacks",
                 "terminate_on_nan"});
  ASSERT_EQ(trained.exit_code, 0) << trained.errors;
  EXPECT_THAT(trained.output, HasSubstr("the learning rate falls from 0.002 to 0.001"));
  EXPECT_THAT(trained.output, HasSubstr("the weights are those of epoch 1, the best by loss"));
  EXPECT_THAT(read_text_file(folder.path("log.csv")),
              HasSubstr("epoch;accuracy;learning_rate;loss;val_accuracy"));
  size_t kept = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path("kept"))) {
    const auto read = run_nudge({"summary", entry.path().string(), "--quiet"});
    EXPECT_EQ(read.exit_code, 0) << read.errors;
    ++kept;
  }
  EXPECT_EQ(kept, 3U);
  const auto alone = run_nudge({"summary", "small_cnn", "--image-size", "16", "--classes", "5", "--weights",
                                folder.path("alone.weights.h5"), "--quiet"});
  EXPECT_EQ(alone.exit_code, 0) << alone.errors;
}

}  // namespace
}  // namespace nudge::cli
