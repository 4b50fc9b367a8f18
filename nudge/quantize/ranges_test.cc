#include "nudge/quantize/ranges.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"

namespace nudge::quantize {
namespace {

ModelPtr concat_model(const Scheme& scheme) {
  const Tensor x = input({8, 8, 3}, "image");
  const Tensor a = layers::conv2d(x, {.filters = 2, .name = "a"});
  const Tensor b =
      layers::max_pooling2d(layers::relu(layers::conv2d(x, {.filters = 2, .name = "b"}), {.name = "relu"}),
                            {.pool_size = 1, .name = "pool"});
  const ModelPtr model = make_model(x, layers::concatenate({a, b}, {.name = "both"}));
  model->initialize(3);
  return quantize_model(*model, scheme);
}

void show(Range& range, float low, float high) {
  const std::vector<float> lows(range.count(), low), highs(range.count(), high);
  range.observe(lows, highs);
}

TEST(Ranges, AGroupMovesOnceAStepTowardsTheUnion) {
  const ModelPtr model = concat_model(nudge_scheme());
  Ranges ranges(*model);
  Range* shared = ranges.find(model->layer("quant_a"), "post_activation");
  ASSERT_NE(shared, nullptr);
  EXPECT_EQ(ranges.find(model->layer("quant_relu"), "output"), shared);
  ranges.begin_step();
  show(*shared, -1.0f, 1.0f);
  show(*shared, 0.0f, 3.0f);
  EXPECT_EQ(shared->min()[0], -1.0f);
  EXPECT_EQ(shared->max()[0], 3.0f);
  EXPECT_EQ(shared->progress().updates, 1);
  ranges.begin_step();
  show(*shared, -1.0f, 5.0f);
  EXPECT_NEAR(shared->max()[0], 4.0f, 2e-3f);
  EXPECT_FALSE(shared->converged());
  for (int i = 0; i < 20; ++i) {
    ranges.begin_step();
    show(*shared, -1.0f, 4.0f);
  }
  EXPECT_TRUE(shared->converged());
}

TEST(Ranges, WeightRangesFollowTheWeights) {
  const ModelPtr model = concat_model(nudge_scheme());
  Ranges ranges(*model);
  Range* kernel = ranges.find(model->layer("quant_a"), "kernel");
  ASSERT_NE(kernel, nullptr);
  EXPECT_EQ(kernel->count(), 2u);
  observe_weights(*model, ranges);
  const Array& values = model->layer("quant_a").weight("kernel").value;
  float limit = 0.0f;
  for (int64_t i = 1; i < values.size(); i += 2) limit = std::max(limit, std::abs(values.data<float>()[i]));
  EXPECT_EQ(kernel->max()[1], limit);
  EXPECT_EQ(kernel->min()[1], -limit);
  EXPECT_EQ(kernel->grid(1).zero_point, 128);
  EXPECT_EQ(ranges.convergence().total, 2);
  EXPECT_EQ(ranges.convergence().converged, 0);
}

TEST(Ranges, FixedGridsAreTflites) {
  const Tensor x = input({6});
  const auto tanh = layers::ActivationFunction::kTanh;
  const ModelPtr model = quantize_model(*make_model(
      x,
      layers::softmax(layers::dense(x, {.units = 4, .activation = tanh, .name = "dense"}), {.name = "p"})));
  const Ranges ranges(*model);
  const kernels::Grid softmax = ranges.find(model->layer("quant_p"), "output")->grid();
  EXPECT_EQ(softmax.scale, 1.0f / 256);
  EXPECT_EQ(softmax.zero_point - 128, -128);
  const kernels::Grid inner = ranges.find(model->layer("quant_dense"), "post_activation")->grid();
  EXPECT_EQ(inner.scale, 1.0f / 128);
  EXPECT_EQ(inner.zero_point - 128, 0);
}

TEST(Ranges, Errors) {
  const ModelPtr model = concat_model(nudge_scheme());
  Ranges ranges(*model);
  Range* kernel = ranges.find(model->layer("quant_a"), "kernel");
  const std::vector<float> one{1.0f};
  EXPECT_THROW(kernel->observe(one, one), ShapeError);
  EXPECT_EQ(ranges.find(model->layer("quant_a"), "output"), nullptr);
  dynamic_cast<QuantizedLayer&>(model->layer("quant_relu")).slots()[0].range_of = "quant_c/output";
  EXPECT_THROW(Ranges{*model}, ValueError);
}

}  // namespace
}  // namespace nudge::quantize
