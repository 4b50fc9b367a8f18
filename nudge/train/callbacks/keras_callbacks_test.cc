// Callbacks against Keras's own, on random courses of a metric.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"
#include "nudge/train/callbacks/csv_logger.h"
#include "nudge/train/callbacks/early_stopping.h"
#include "nudge/train/callbacks/model_checkpoint.h"
#include "nudge/train/callbacks/reduce_lr_on_plateau.h"
#include "nudge/train/callbacks/test_trainer.h"

namespace nudge::train {
namespace {

class KerasCallbacks : public testing::Test {
 protected:
  static Json cases(const std::string& name) {
    const std::string path = NUDGE_SOURCE_DIR "/nudge/train/testdata/callbacks.json";
    return parse_json(read_text_file(path), path).at(name);
  }

  static std::optional<double> optional(const Json& options, const std::string& name) {
    return options.contains(name) ? std::optional(options[name].get<double>()) : std::nullopt;
  }

  // The epochs that run; the weight is set to the epoch's number before each ends.
  int run(
      Callback& callback, const Json& one, const std::function<void()>& after_epoch = [] {}) {
    TrainingState state;
    state.trainer = &trainer_;
    state.epochs = 14;
    callback.on_train_begin(state);
    const std::string monitor = one["options"]["monitor"];
    for (const double value : one["values"].get<std::vector<double>>()) {
      only_weight(trainer_) = static_cast<float>(state.epoch);
      callback.on_epoch_begin(state);
      callback.on_epoch_end(state, {{"loss", 1.0}, {monitor, value}});
      ++state.epoch;
      after_epoch();
      if (state.stop) break;
    }
    callback.on_train_end(state, {});
    return state.epoch;
  }

  Trainer trainer_ = one_weight_trainer();
};

TEST_F(KerasCallbacks, EarlyStoppingStopsAndRestoresWhereKerasDoes) {
  std::set<int> ends;
  for (const Json& one : cases("early_stopping")) {
    const Json& options = one["options"];
    SCOPED_TRACE(options.dump() + " " + one["values"].dump());
    EarlyStopping callback({.monitor = options["monitor"],
                            .patience = options["patience"],
                            .min_delta = options["min_delta"],
                            .mode = options["mode"],
                            .baseline = optional(options, "baseline"),
                            .restore_best_weights = options["restore_best_weights"],
                            .start_from_epoch = options["start_from_epoch"]});
    EXPECT_EQ(run(callback, one), one["epochs"]);
    EXPECT_EQ(only_weight(trainer_), one["weights_of"]);
    ends.insert(one["epochs"].get<int>());
  }
  EXPECT_GT(ends.size(), 5U) << "the cases differ";
}

TEST_F(KerasCallbacks, TheRateFallsWhereKerasReducesIt) {
  int falls = 0;
  for (const Json& one : cases("reduce_lr_on_plateau")) {
    const Json& options = one["options"];
    SCOPED_TRACE(options.dump() + " " + one["values"].dump());
    trainer_.optimizer().set_learning_rate(0.5);
    ReduceLROnPlateau callback({.monitor = options["monitor"],
                                .factor = options["factor"],
                                .patience = options["patience"],
                                .mode = options["mode"],
                                .min_delta = options["min_delta"],
                                .cooldown = options["cooldown"],
                                .min_lr = options["min_lr"]});
    std::vector<double> rates;
    run(callback, one, [&] { rates.push_back(trainer_.optimizer().learning_rate()); });
    EXPECT_EQ(rates, one["rates"].get<std::vector<double>>());
    falls += rates.back() < 0.5 ? 1 : 0;
  }
  EXPECT_GT(falls, 20);
}

TEST_F(KerasCallbacks, TheSameModelsAreKeptUnderTheSameNames) {
  for (const Json& one : cases("model_checkpoint")) {
    const Json& options = one["options"];
    SCOPED_TRACE(options.dump() + " " + one["values"].dump());
    const TestFolder folder;
    ModelCheckpoint callback({.filepath = folder.path(one["filepath"]),
                              .monitor = options["monitor"],
                              .save_best_only = options["save_best_only"],
                              .mode = options["mode"],
                              .initial_value_threshold = optional(options, "initial_value_threshold"),
                              .save = [](const std::string& path, const TrainingState&) {
                                write_file(path, std::string("kept"));
                              }});
    run(callback, one);
    std::set<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path(""))) {
      files.insert(entry.path().filename().string());
    }
    EXPECT_EQ(files, one["files"].get<std::set<std::string>>());
  }
}

TEST_F(KerasCallbacks, TheTableOfTheHistoryIsKerasToTheByte) {
  for (const Json& one : cases("csv_logger")) {
    const TestFolder folder;
    const std::string path = folder.path("log.csv");
    CSVLogger callback(path, {.separator = one["separator"].get<std::string>().front()});
    TrainingState state;
    callback.on_train_begin(state);
    for (const Json& row : one["rows"]) {
      callback.on_epoch_end(state, row.get<Logs>());
      ++state.epoch;
    }
    EXPECT_EQ(read_text_file(path), one["text"]);
  }
}

}  // namespace
}  // namespace nudge::train
