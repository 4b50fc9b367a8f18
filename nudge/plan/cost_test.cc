// FLOPs and bytes of single layers, worked out by hand.
#include "nudge/plan/cost.h"

#include "nudge/layers/layers.h"
#include "nudge/plan/fused_steps.h"
#include "nudge/plan/lowering.h"
#include "nudge/plan/plan_testing.h"
#include "nudge/quantize/quantize.h"

namespace nudge::plan {
namespace {

using namespace nudge::layers;

constexpr int64_t kBatch = 2;

// The descriptions of a fused plan after one training step.
std::vector<StepDescription> described(const ModelPtr& model) {
  const auto plan = compile(model);
  const Shape in = model->inputs().front().shape();
  plan->forward({random_array(with_batch(in, kBatch), 1)}, Mode::kTraining);
  return plan->describe();
}

// Two blocks, so that the second has a gradient to give back: 8x8x3 -> 8x8x4 -> 4x4x4.
ModelPtr two_blocks() {
  const Tensor in = nudge::input({8, 8, 3});
  Tensor x = conv2d(in, {.filters = 4, .kernel_size = 3, .padding = Padding::kSame, .use_bias = false});
  x = relu(batch_normalization(x));
  x = depthwise_conv2d(x, {.kernel_size = 3, .strides = 2, .padding = Padding::kSame, .use_bias = false});
  return initialized(make_model(in, relu(batch_normalization(x))));
}

constexpr int64_t kImage = 8 * 8 * 3, kFirst = 8 * 8 * 4, kSecond = 4 * 4 * 4;
constexpr int64_t kFirstKernel = 3 * 3 * 3 * 4, kSecondKernel = 3 * 3 * 4;

TEST(Cost, AProductCountsOnceForwardAndOnceForEachGradient) {
  const auto steps = described(two_blocks());
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0].flops, 2 * 27 * kFirst * 2);  // nobody wants the gradient of the images
  EXPECT_EQ(steps[1].flops, 2 * 9 * kSecond * 3);
}

TEST(Cost, AFloatBlockMovesFourBytesAnElement) {
  const auto steps = described(two_blocks());
  const int64_t first_forward = kImage + kFirst + kImage + kFirst;  // the image is smaller than the result
  const int64_t first_backward = 2 * (kFirst + kFirst) + kImage;
  EXPECT_EQ(steps[0].bytes, 4 * (first_forward + first_backward) + 3 * (4 * kFirstKernel / kBatch));
  const int64_t second_forward = kFirst + kSecond + kSecond + kSecond;
  const int64_t second_backward = 2 * (kSecond + kSecond) + kFirst + kFirst;
  EXPECT_EQ(steps[1].bytes, 4 * (second_forward + second_backward) + 3 * (4 * kSecondKernel / kBatch));
}

TEST(Cost, CodesCountOneByte) {
  const auto steps = described(quantize::quantize_model(*two_blocks()));
  const StepDescription& step = steps.back();
  ASSERT_EQ(step.kind, "block");
  const int64_t forward = kFirst + 4 * kSecond + std::min(kFirst, 4 * kSecond) + kSecond;
  const int64_t backward = 4 * 2 * (kSecond + kSecond) + kFirst + 4 * kFirst;
  EXPECT_EQ(step.bytes, forward + backward + 3 * (4 * kSecondKernel / kBatch));
  EXPECT_EQ(step.flops, 2 * 9 * kSecond * 3);
}

TEST(Cost, Bfloat16HalvesWhatIsNoCodesAndNoWeight) {
  Lowered lowered = lower(two_blocks());
  const auto steps = fused_steps(lowered);
  const int64_t wide = bytes_of(*steps[1], lowered.values);
  for (ValueId id = 0; id < static_cast<ValueId>(lowered.values.size()); ++id)
    lowered.values.keep_in_bfloat16(id);
  const int64_t narrow = bytes_of(*steps[1], lowered.values);
  const int64_t kernel = 3 * 4 * kSecondKernel;  // before a forward the batch is one
  EXPECT_EQ(wide - kernel, 2 * (narrow - kernel));
}

TEST(Cost, AFrozenKernelNeedsNoGradient) {
  const ModelPtr model = two_blocks();
  for (const LayerPtr& layer : model->layers()) layer->set_trainable(false);
  const auto steps = described(model);
  EXPECT_EQ(steps[0].flops, 2 * 27 * kFirst);
  EXPECT_EQ(steps[0].bytes, 4 * (kImage + kFirst + kImage + kFirst) + 4 * kFirstKernel / kBatch);
}

TEST(Cost, OtherStepsCountWhatTheyReadAndWrite) {
  const Tensor in = nudge::input({8, 8, 3});
  Tensor x = conv2d(in, {.filters = 4, .kernel_size = 1, .use_bias = false});
  x = max_pooling2d(x, {.pool_size = 2});
  x = layers::flatten(x);
  const auto steps = described(initialized(make_model(in, dense(x, {.units = 5}))));
  ASSERT_EQ(steps.size(), 4u);
  EXPECT_EQ(steps[1].flops, 2 * kFirst);
  EXPECT_EQ(steps[1].bytes, 4 * (kFirst + kSecond + kFirst + kSecond + kFirst));
  EXPECT_EQ(steps[2].flops, 0) << "a view computes nothing";
  EXPECT_EQ(steps[2].bytes, 0) << "a view moves nothing";
  EXPECT_EQ(steps[3].flops, 2 * 64 * 5 * 3);
}

}  // namespace
}  // namespace nudge::plan
