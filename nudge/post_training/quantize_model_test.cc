#include "nudge/post_training/quantize_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/graph/flatten.h"
#include "nudge/post_training/test_flat_twin.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/ranges.h"
#include "nudge/train/input_grid.h"
#include "nudge/train/test_nested.h"
#include "nudge/train/test_patterns.h"

namespace nudge::post_training {
namespace {

using train::dense_model;
using train::input_grid;
using train::nested_model;
using train::pattern_options;
using train::pattern_source;

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
  const ModelPtr average = quantize_model(*model, data, {.batches = 4});
  data.seek(0, 0);
  const ModelPtr extremes =
      quantize_model(*model, data, {.calibration = {CalibrationMethod::kMinMax}, .batches = 4});
  EXPECT_FALSE(quantize::is_quantized(*model)) << "a copy is quantized";
  const quantize::Ranges first(*average), second(*extremes);
  ASSERT_NE(hidden_range(first), nullptr);
  EXPECT_EQ(hidden_range(first)->progress().updates, 4);
  EXPECT_GT(hidden_range(second)->max()[0], hidden_range(first)->max()[0]) << "no extreme is averaged away";
}

TEST(QuantizePostTraining, ClipsMoreOrLessByMethod) {
  const ModelPtr model = trained_model();
  data::Loader data(pattern_source(), pattern_options());
  const auto top = [&](const char* calibration) {
    data.seek(0, 0);
    const ModelPtr quantized =
        quantize_model(*model, data, {.calibration = calibration_from_string(calibration), .batches = 4});
    const quantize::Ranges ranges(*quantized);
    EXPECT_EQ(hidden_range(ranges)->progress().updates, 4);
    EXPECT_EQ(hidden_range(ranges)->progress().distance, 0);
    return hidden_range(ranges)->max()[0];
  };
  const float all = top("minmax");
  EXPECT_LT(top("percentile:90"), top("percentile:99"));
  EXPECT_LT(top("percentile:99"), all);
  EXPECT_EQ(top("percentile:100"), all);
  for (const char* method : {"mse", "entropy"}) {
    EXPECT_LE(top(method), all) << method;
    EXPECT_GT(top(method), all / 4) << method;
  }
}

TEST(QuantizePostTraining, NamesTheTensorThatIsNotFinite) {
  const ModelPtr model = trained_model();
  // Finite, but not their sums.
  for (float& value : model->weights().front()->value.span<float>()) value = 1e38F;
  data::Loader data(pattern_source(), pattern_options());
  EXPECT_THAT([&] { quantize_model(*model, data, {.calibration = {CalibrationMethod::kSquaredError}}); },
              testing::ThrowsMessage<NumericError>(testing::HasSubstr("hidden")));
}

TEST(QuantizePostTraining, KeepsLayersFloat) {
  const ModelPtr model = trained_model();
  data::Loader data(pattern_source(), pattern_options());
  const ModelPtr quantized = quantize_model(*model, data, {.batches = 2, .keep_float = "hidden"});
  const quantize::Ranges ranges(*quantized);
  for (const auto& range : ranges.all()) {
    if (!range->follows_weights()) continue;
    EXPECT_THAT(range->name(), testing::HasSubstr("scores"));
  }
  EXPECT_TRUE(quantize::is_quantized(*quantized));
  EXPECT_THROW(quantize_model(*model, data, {.keep_float = ".*"}), ValueError);
}

TEST(QuantizePostTraining, LeavesTheInputOfFloatsToTheData) {
  const ModelPtr model = trained_model();
  data::Loader data(pattern_source(), pattern_options());
  const ModelPtr quantized = quantize_model(*model, data, {.batches = 2});
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
  const auto grid = input_grid(*quantize_model(*model, data, {.batches = 2}));
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

}  // namespace
}  // namespace nudge::post_training
