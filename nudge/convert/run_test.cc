// Paddings that go into the convolution behind them.
#include "nudge/convert/run.h"

#include <gtest/gtest.h>

#include <string>

#include "nudge/base/random.h"
#include "nudge/convert/test_models.h"
#include "nudge/layers/layers.h"
#include "nudge/ops/padding.h"
#include "nudge/tflite/evaluator.h"

namespace nudge::convert {
namespace {

using layers::ZeroPadding2DOptions;
using tflite::BuiltinOperator;

constexpr uint64_t kRunSeed = 20261127;

int64_t count(const tflite::TfLiteModel& file, BuiltinOperator op) {
  int64_t found = 0;
  for (const tflite::Operator& each : file.main().operators) found += each.op == op ? 1 : 0;
  return found;
}

struct PaddedCase {
  int64_t height, width, kernel, strides, dilation;
  ZeroPadding2DOptions pad;
  bool depthwise;
};

// The sizes of a random convolution, and SAME's own padding before it.
PaddedCase random_case(Random& random) {
  const auto between = [&](int64_t least, int64_t most) {
    return least + static_cast<int64_t>(random.below(static_cast<uint64_t>(most - least + 1)));
  };
  PaddedCase made{.height = between(5, 12),
                  .width = between(5, 12),
                  .kernel = between(2, 4),
                  .strides = between(1, 3),
                  .dilation = 1,
                  .pad = {},
                  .depthwise = between(0, 1) == 1};
  if (made.strides == 1) made.dilation = between(1, 2);
  const auto span = [&](int64_t size) {
    return ops::window_span(size, made.kernel, made.strides, made.dilation, ops::Padding::kSame);
  };
  const ops::WindowSpan rows = span(made.height), columns = span(made.width);
  made.pad = {.top = rows.before,
              .bottom = rows.after,
              .left = columns.before,
              .right = columns.after,
              .name = "pad"};
  return made;
}

// image -> pad -> convolution without padding; where `keeps_pad`, what is padded is an output of its own too.
ModelPtr padded(const PaddedCase& made, bool keeps_pad) {
  const Tensor x = input({made.height, made.width, 3}, "image");
  const Tensor pad = layers::zero_padding2d(x, made.pad);
  const Tensor y = made.depthwise ? layers::depthwise_conv2d(pad, {.kernel_size = made.kernel,
                                                                   .strides = made.strides,
                                                                   .dilation_rate = made.dilation,
                                                                   .name = "conv"})
                                  : layers::conv2d(pad, {.filters = 5,
                                                         .kernel_size = made.kernel,
                                                         .strides = made.strides,
                                                         .dilation_rate = made.dilation,
                                                         .name = "conv"});
  return keeps_pad ? make_model({x}, {y, pad}) : make_model(x, y);
}

TEST(Padding, ThatIsSamesOwnIsTheConvolutionsAndChangesNoValue) {
  Random random(kRunSeed);
  for (int i = 0; i < 30; ++i) {
    SCOPED_TRACE("case " + std::to_string(i) + " of seed " + std::to_string(kRunSeed));
    const PaddedCase made = random_case(random);
    const ModelPtr folded = trained_like(padded(made, false), kRunSeed).quantized;
    const tflite::TfLiteModel file = convert(*folded).file;
    const tflite::TfLiteModel kept = convert(*trained_like(padded(made, true), kRunSeed).quantized).file;
    EXPECT_EQ(count(file, BuiltinOperator::kPad), 0);
    EXPECT_EQ(count(kept, BuiltinOperator::kPad), 1);
    const std::vector<Array> images = random_inputs(*folded, 2, kRunSeed + 2);
    const Array a = tflite::Evaluator(file).run(images)[0], b = tflite::Evaluator(kept).run(images)[0];
    ASSERT_EQ(a.shape(), b.shape());
    EXPECT_TRUE(std::equal(a.span<float>().begin(), a.span<float>().end(), b.span<float>().begin()));
    if (i < 6) expect_agrees_with_litert(*folded, 2, kRunSeed + 3);
  }
}

TEST(Padding, OfAnyOtherSizeStays) {
  Random random(kRunSeed + 1);
  for (int i = 0; i < 8; ++i) {
    PaddedCase made = random_case(random);
    int64_t& side = i % 4 == 0   ? made.pad.top
                    : i % 4 == 1 ? made.pad.bottom
                    : i % 4 == 2 ? made.pad.left
                                 : made.pad.right;
    ++side;
    EXPECT_EQ(
        count(convert(*trained_like(padded(made, false), kRunSeed).float_model).file, BuiltinOperator::kPad),
        1)
        << "case " << i << " of seed " << kRunSeed + 1;
  }
}

TEST(Padding, BeforeAConvolutionThatPadsItselfStays) {
  const Tensor x = input({6, 6, 3}, "image");
  const Tensor pad = layers::zero_padding2d(x, {.top = 1, .bottom = 1, .left = 1, .right = 1});
  const Tensor y = layers::conv2d(pad, {.filters = 2, .kernel_size = 3, .padding = ops::Padding::kSame});
  EXPECT_EQ(count(convert(*trained_like(make_model(x, y), 1).float_model).file, BuiltinOperator::kPad), 1);
}

TEST(Padding, BeforeAPoolingStays) {
  const Tensor x = input({6, 6, 3}, "image");
  const Tensor pad = layers::zero_padding2d(x, {.top = 0, .bottom = 1, .left = 0, .right = 1});
  const Tensor y = layers::max_pooling2d(pad, {.pool_size = 3, .strides = 2});
  EXPECT_EQ(count(convert(*trained_like(make_model(x, y), 1).float_model).file, BuiltinOperator::kPad), 1);
}

}  // namespace
}  // namespace nudge::convert
