#include "nudge/quantize/input_range.h"

#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/ranges.h"

namespace nudge::quantize {
namespace {

ModelPtr quantized_model() {
  const Tensor image = input({8, 8, 3});
  const Tensor x = layers::conv2d(image, {.filters = 4, .kernel_size = 3, .name = "conv"});
  const ModelPtr model = make_model(image, x, "small");
  model->initialize(1);
  return quantize_model(*model);
}

TEST(FixInputRange, StaysWhereItIsPut) {
  const ModelPtr fixed = fix_input_range(*quantized_model(), -1.0f, 1.0f);
  fixed->initialize(1);
  Ranges ranges(*fixed);
  Range* range = ranges.find(fixed->layer("quantize_layer"), "quantize_layer");
  ASSERT_NE(range, nullptr);
  EXPECT_EQ(range->grid().scale, 2.0f / 255.0f);
  const float low = -9.0f, high = 9.0f;
  range->observe({&low, 1}, {&high, 1});
  EXPECT_EQ(range->min()[0], -1.0f);
  EXPECT_EQ(range->max()[0], 1.0f);
  EXPECT_EQ(ranges.convergence().total, 1) << "the convolution's output alone has to settle";
}

TEST(FixInputRange, LeavesTheOtherLayersAlone) {
  const ModelPtr before = quantized_model();
  const ModelPtr fixed = fix_input_range(*before, 0.0f, 255.0f);
  ASSERT_EQ(fixed->layers().size(), before->layers().size());
  for (size_t i = 0; i < fixed->layers().size(); ++i) {
    EXPECT_EQ(fixed->layers()[i]->name(), before->layers()[i]->name());
  }
  EXPECT_EQ(fixed->layers().back(), before->layers().back());
}

TEST(FixInputRange, RefusesWhatIsNoRange) {
  const ModelPtr model = quantized_model();
  EXPECT_THROW(fix_input_range(*model, 1.0f, 2.0f), ValueError);
  EXPECT_THROW(fix_input_range(*model, 0.0f, 0.0f), ValueError);
  EXPECT_THROW(fix_input_range(*model, -2.0f, -1.0f), ValueError);
  const Tensor image = input({4, 4, 3});
  EXPECT_THROW(fix_input_range(*make_model(image, layers::flatten(image, {})), 0.0f, 1.0f), ValueError);
}

}  // namespace
}  // namespace nudge::quantize
