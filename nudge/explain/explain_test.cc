#include "nudge/explain/explain.h"

#include <gmock/gmock.h>

#include "nudge/base/error.h"
#include "nudge/convert/test_models.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/ranges.h"

namespace nudge::explain {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// image -> first, second (each with BatchNormalization and ReLU) -> mean -> top
ModelPtr network() {
  const Tensor image = input({12, 12, 3}, "image");
  Tensor x = image;
  for (const std::string name : {"first", "second"}) {
    x = layers::conv2d(x, {.filters = 8, .kernel_size = 3, .name = name});
    x = layers::batch_normalization(x, {.name = name + "_bn"});
    x = layers::relu(x, {.name = name + "_relu"});
  }
  x = layers::global_average_pooling2d(x, {.name = "mean"});
  return make_model(image, layers::dense(x, {.units = 4, .name = "top"}));
}

std::vector<std::vector<Array>> batches(const Model& model) {
  return {convert::random_inputs(model, 4, 7), convert::random_inputs(model, 3, 8)};
}

const LayerError& row(const std::vector<LayerError>& rows, const std::string& layer) {
  for (const LayerError& row : rows) {
    if (row.layer == layer) return row;
  }
  throw std::runtime_error("no " + layer);
}

TEST(Explain, ComparesEveryOutputThatTheFileKeeps) {
  const auto made = convert::trained_like(network(), 1);
  const std::vector<LayerError> rows = explain(made.quantized, batches(*made.float_model));
  std::vector<std::string> names;
  for (const LayerError& row : rows) {
    names.push_back(row.layer);
    if (row.layer == "image") continue;
    EXPECT_GT(row.file_sqnr, 15) << row.layer;
    EXPECT_LT(row.file_sqnr, 60) << row.layer;
    EXPECT_NEAR(row.file_sqnr, row.simulated_sqnr, 3) << row.layer;
    EXPECT_LT(row.parted, 2.5) << row.layer;
    EXPECT_GE(row.own_sqnr, row.file_sqnr) << row.layer;
  }
  EXPECT_THAT(names, ElementsAre("image", "first_relu", "second_relu", "mean", "top"));
}

TEST(Explain, NamesTheLayerWhoseRangeIsWrong) {
  const auto made = convert::trained_like(network(), 2);
  const auto pictures = batches(*made.float_model);
  const std::vector<LayerError> before = explain(made.quantized, pictures);
  quantize::Ranges ranges(*made.quantized);
  const auto spoil = [&](float factor) {
    for (const LayerPtr& layer : made.quantized->layers()) {
      for (Weight* weight : layer->weights()) {
        if (weight->name.ends_with("_max") && layer->name().find("second_relu") != std::string::npos)
          weight->value.data<float>()[0] *= factor;
      }
    }
  };
  spoil(0.25f);
  const std::vector<LayerError> narrow = explain(made.quantized, pictures);
  EXPECT_EQ(row(narrow, "first_relu").file_sqnr, row(before, "first_relu").file_sqnr);
  EXPECT_LT(row(narrow, "second_relu").own_sqnr, row(before, "second_relu").own_sqnr - 10);
  EXPECT_THAT(row(narrow, "second_relu").advice, HasSubstr("beyond its range"));
  EXPECT_THAT(row(before, "second_relu").advice, testing::IsEmpty());
  spoil(4 * 100.0f);
  EXPECT_THAT(row(explain(made.quantized, pictures), "second_relu").advice, HasSubstr("256 codes occur"));
}

TEST(Explain, NamesWhatComputesInFloat) {
  const auto made = convert::trained_like(network(), 3, "first.*");
  const std::vector<LayerError> rows = explain(made.quantized, batches(*made.float_model));
  EXPECT_EQ(row(rows, "first_relu").island, "");
  EXPECT_THAT(row(rows, "second_relu").advice, HasSubstr("computes in float"));
  EXPECT_EQ(row(rows, "second_relu").codes, 0);
}

TEST(Explain, RefusesWhatHasNothingToExplain) {
  const auto made = convert::trained_like(network(), 4);
  EXPECT_THROW(explain(made.float_model, batches(*made.float_model)), ValueError);
  EXPECT_THROW(explain(made.quantized, {}), ValueError);
}

}  // namespace
}  // namespace nudge::explain
