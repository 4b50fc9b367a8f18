#include "nudge/train/callbacks/tensorboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <numeric>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"
#include "nudge/quantize/quantize.h"
#include "nudge/train/callbacks/event_file.h"
#include "nudge/train/callbacks/test_events.h"
#include "nudge/train/test_patterns.h"
#include "nudge/train/trainer.h"

namespace nudge::train {
namespace {

namespace fs = std::filesystem;

// The only file of a folder.
std::string only_file(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path().string());
  if (files.size() != 1) throw std::runtime_error(folder + " holds not one file");
  return files.front();
}

class TensorBoardTest : public testing::Test {
 protected:
  History fit(const std::string& logs, const FitOptions& more = {}, TensorBoardOptions options = {}) {
    options.log_dir = folder_.path(logs);
    data::Loader train(source_, pattern_options());
    data::Loader validation(source_, pattern_options(data::Split::kValidation));
    const ModelPtr model = dense_model();
    model->initialize(1);
    const ModelPtr quantized = quantize::quantize_model(*model);
    Trainer trainer(quantized, adam({.learning_rate = 0.02}), sparse_categorical_crossentropy(), {.seed = 1});
    FitOptions fit = more;
    fit.epochs = 2;
    fit.callbacks = {std::make_shared<TensorBoard>(options)};
    return trainer.fit(train, &validation, fit);
  }
  ReadEvents events(const std::string& folder) const { return ReadEvents(only_file(folder_.path(folder))); }

  const TestFolder folder_;
  const std::shared_ptr<const data::Source> source_ = pattern_source(120);
};

TEST_F(TensorBoardTest, HoldsTheHistoryTheRangesAndTheGraph) {
  const History history = fit("logs");
  const ReadEvents train = events("logs/train");
  const ReadEvents validation = events("logs/validation");
  EXPECT_EQ(train.version, "brain.Event:2");
  for (const auto& [name, values] : history.metrics) {
    const bool validates = name.starts_with("val_");
    const std::string tag = "epoch_" + (validates ? name.substr(4) : name);
    for (int epoch = 0; epoch < 2; ++epoch) {
      EXPECT_EQ((validates ? validation : train).scalar(tag, epoch), static_cast<float>(values[epoch]))
          << name;
    }
  }
  EXPECT_TRUE(history.metrics.contains("learning_rate"));
  EXPECT_GT(train.scalar("ranges/quant_hidden/post_activation/max", 1), 0.0f);
  EXPECT_GT(train.scalar("ranges/quant_hidden/post_activation/updates", 1),
            train.scalar("ranges/quant_hidden/post_activation/updates", 0));
  ASSERT_EQ(train.graphs.size(), 1U);
  std::vector<std::string> nodes;
  for (size_t i = 0; i < train.graphs[0].texts.at(1).size(); ++i) {
    const ReadMessage node = train.graphs[0].part(1, i);
    nodes.push_back(node.texts.at(1)[0] + "<" + (node.texts.contains(3) ? node.texts.at(3)[0] : ""));
  }
  EXPECT_THAT(nodes, testing::IsSupersetOf({"image<", "quant_scores<quant_hidden"}));
}

TEST_F(TensorBoardTest, WritesMetricsBySteps) {
  fit("logs", {}, {.write_graph = false, .write_steps_per_second = true, .update_freq = 2});
  const ReadEvents train = events("logs/train");
  EXPECT_TRUE(train.graphs.empty());
  EXPECT_EQ(train.find("batch_loss", 1), nullptr);
  EXPECT_NE(train.find("batch_loss", 2), nullptr);
  EXPECT_NE(train.find("batch_accuracy", 8), nullptr);
  EXPECT_GT(train.scalar("epoch_steps_per_second", 0), 0.0f);
}

TEST_F(TensorBoardTest, HistogramsCountEveryWeight) {
  fit("logs", {}, {.histogram_freq = 1});
  const ReadEvents train = events("logs/train");
  const ReadValue* kernel = train.find("quant_hidden/kernel/histogram", 1);
  ASSERT_NE(kernel, nullptr);
  EXPECT_EQ(kernel->plugin, "histograms");
  std::vector<double> buckets(kernel->content.size() / sizeof(double));
  std::memcpy(buckets.data(), kernel->content.data(), kernel->content.size());
  ASSERT_EQ(buckets.size(), 90U);
  double count = 0;
  for (size_t i = 0; i < 30; ++i) {
    count += buckets[3 * i + 2];
    EXPECT_LT(buckets[3 * i], buckets[3 * i + 1]);
    if (i > 0) {
      EXPECT_EQ(buckets[3 * i], buckets[3 * i - 2]);
    }
  }
  EXPECT_EQ(count, 32 * 8);
}

TEST_F(TensorBoardTest, ARunThatGoesOnWritesWhereItsFileStood) {
  const std::string logs = folder_.path("logs");
  TrainingState state;
  state.epochs = 3;
  Trainer trainer(dense_model(), sgd(), sparse_categorical_crossentropy());
  state.trainer = &trainer;
  CallbackState after_one;
  const auto epoch = [&](TensorBoard& board, int number) {
    state.epoch = number;
    board.on_epoch_begin(state);
    board.on_epoch_end(state, {{"loss", number + 0.5}, {"val_loss", number + 0.25}});
  };
  {
    TensorBoard board({.log_dir = logs});
    board.on_train_begin(state);
    epoch(board, 0);
    after_one = board.state();
    epoch(board, 1);
  }
  // Killed within a record.
  std::ofstream(only_file(logs + "/train"), std::ios::app) << "half";
  TensorBoard board({.log_dir = logs});
  board.restore(after_one);
  board.on_train_begin(state);
  epoch(board, 1);
  epoch(board, 2);
  for (const char* part : {"train", "validation"}) {
    const ReadEvents read(only_file(logs + "/" + part));
    EXPECT_EQ(read.values.size(), 3U) << "each epoch once";
    EXPECT_LE(read.graphs.size(), 1U);
  }
  EXPECT_EQ(ReadEvents(only_file(logs + "/train")).scalar("epoch_loss", 1), 1.5f);

  fs::remove_all(logs);
  TensorBoard anew({.log_dir = logs});
  anew.restore(after_one);
  anew.on_train_begin(state);
  epoch(anew, 1);
  EXPECT_EQ(ReadEvents(only_file(logs + "/train")).values.size(), 1U) << "the file was gone, so a new one";
}

TEST_F(TensorBoardTest, AFolderThatIsLostInTheNightEndsNoTraining) {
  const std::string logs = folder_.path("logs");
  TrainingState state;
  Trainer trainer(dense_model(), sgd(), sparse_categorical_crossentropy());
  state.trainer = &trainer;
  TensorBoard board({.log_dir = logs});
  board.on_train_begin(state);
  write_file(folder_.path("logs/validation"), std::string("in the way"));
  EXPECT_NO_THROW(board.on_epoch_end(state, {{"loss", 1.0}, {"val_loss", 1.0}}));
}

TEST_F(TensorBoardTest, SaysWhatIsWrong) {
  EXPECT_THROW(TensorBoard({.log_dir = ""}), ValueError);
  EXPECT_THROW(TensorBoard({.log_dir = "logs", .histogram_freq = -1}), ValueError);
  EXPECT_THROW(TensorBoard().restore({.text = "3"}), InputError);
  write_file(folder_.path("file"), std::string("in the way"));
  TrainingState state;
  TensorBoard board({.log_dir = folder_.path("file")});
  EXPECT_THROW(board.on_train_begin(state), OutputError);
}

TEST(EventMessage, HistogramsOfOneValueOfNoneAndOfNoNumbers) {
  const auto buckets_of = [](const std::vector<float>& values) {
    EventMessage summary;
    add_histogram(summary, "tag", values);
    const std::string content = ReadMessage(summary.bytes()).part(1).part(8).texts.at(4)[0];
    std::vector<double> buckets(content.size() / sizeof(double));
    std::memcpy(buckets.data(), content.data(), content.size());
    return buckets;
  };
  EXPECT_TRUE(buckets_of({}).empty());
  EXPECT_TRUE(buckets_of({NAN, INFINITY}).empty());
  const std::vector<double> one = buckets_of({2.0f, 2.0f, NAN, 2.0f});
  ASSERT_EQ(one.size(), 90U);
  EXPECT_EQ(one.front(), 1.5);
  EXPECT_EQ(one[15 * 3 + 2], 3.0);
}

}  // namespace
}  // namespace nudge::train
