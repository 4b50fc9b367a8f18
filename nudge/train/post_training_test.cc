#include "nudge/train/post_training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/graph/flatten.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/ranges.h"
#include "nudge/train/input_grid.h"
#include "nudge/train/test_flat_twin.h"
#include "nudge/train/test_nested.h"
#include "nudge/train/test_patterns.h"
#include "nudge/train/trainer.h"

namespace nudge::train {
namespace {

ModelPtr trained_model() {
  const ModelPtr model = dense_model();
  model->initialize(1);
  return model;
}

const quantize::Range* hidden_range(const quantize::Ranges& ranges) {
  for (const auto& range : ranges.all()) {
    if (!range->follows_weights() && range->name().find("hidden") != std::string::npos) return range.get();
  }
  return nullptr;
}

TEST(QuantizePostTraining, ReadsRangesOffTheData) {
  const ModelPtr model = trained_model();
  data::Loader data(pattern_source(), pattern_options());
  const ModelPtr average = quantize_post_training(*model, data, {.batches = 4});
  data.seek(0, 0);
  const ModelPtr extremes =
      quantize_post_training(*model, data, {.method = CalibrationMethod::kMinMax, .batches = 4});
  EXPECT_FALSE(quantize::is_quantized(*model)) << "a copy is quantized";
  const quantize::Ranges first(*average), second(*extremes);
  ASSERT_NE(hidden_range(first), nullptr);
  EXPECT_EQ(hidden_range(first)->progress().updates, 4);
  EXPECT_GT(hidden_range(second)->max()[0], hidden_range(first)->max()[0]) << "no extreme is averaged away";
}

TEST(QuantizePostTraining, LeavesTheInputOfFloatsToTheData) {
  const ModelPtr model = trained_model();
  data::Loader data(pattern_source(), pattern_options());
  const ModelPtr quantized = quantize_post_training(*model, data, {.batches = 2});
  const quantize::Ranges ranges(*quantized);
  const quantize::Range& input = *ranges.all().front();
  EXPECT_EQ(input.name(), "quantize_layer/quantize_layer");
  EXPECT_TRUE(input.quantizer().has_range());
  EXPECT_EQ(input.progress().updates, 2);
}

TEST(QuantizePostTraining, PutsPixelsOnTheirOwnGrid) {
  const auto flowers = data::open_source("builtin:flowers?count=40");
  const Tensor image = nudge::input({8, 8, 3});
  const ModelPtr model = make_model(
      image, layers::dense(layers::flatten(image), {.units = flowers->class_count(), .name = "hidden"}), "f");
  model->initialize(1);
  data::Loader data(flowers,
                    {.size = {8, 8}, .batch = 8, .preprocess = data::Preprocess::kRescale, .threads = 1});
  const auto grid = input_grid(*quantize_post_training(*model, data, {.batches = 2}));
  ASSERT_TRUE(grid);
  EXPECT_EQ(grid->scale, 1.0f / 255.0f);
  EXPECT_EQ(grid->zero_point, 0);
}

TEST(QuantizePostTraining, GivesANestedModelTheFileOfItsFlatTwin) {
  const ModelPtr nested = nested_model();
  nested->initialize(1);
  data::Loader data(data::open_source("builtin:flowers?count=40"),
                    {.size = {8, 8}, .batch = 8, .preprocess = data::Preprocess::kRescale, .threads = 1});
  const std::vector<std::byte> file = quantized_file(*nested, data);
  EXPECT_EQ(file, quantized_file(*flatten_model(*nested), data));
  nested->weights().front()->value.data<float>()[0] += 1;
  EXPECT_NE(file, quantized_file(*nested, data));
}

TEST(TrainerCalibrate, ShowsRangesNoMoreThanAnEpoch) {
  const ModelPtr quantized = quantize::quantize_model(*trained_model());
  Trainer trainer(quantized, sgd(), sparse_categorical_crossentropy());
  data::Loader data(pattern_source(60), pattern_options(data::Split::kTrain, 16));
  trainer.calibrate(data, 1000);
  EXPECT_EQ(hidden_range(*trainer.plan().ranges())->progress().updates, data.steps_per_epoch());
  Trainer plain(trained_model(), sgd(), sparse_categorical_crossentropy());
  EXPECT_THROW(plain.calibrate(data), ValueError);
}

}  // namespace
}  // namespace nudge::train
