// Fused plans against plans of fallback steps: outputs, gradients, statistics and ranges.
#include "nudge/applications/applications.h"
#include "nudge/layers/layers.h"
#include "nudge/plan/plan_comparison.h"
#include "nudge/quantize/quantize.h"

namespace nudge::plan {
namespace {

using namespace nudge::layers;

void expect_blocks(const ModelPtr& model) {
  const auto plan = compile(model);
  int blocks = 0;
  for (const StepDescription& step : plan->describe()) blocks += step.kind == "block" ? 1 : 0;
  EXPECT_GT(blocks, 0);
}

struct BlockCase {
  const char* name;
  Tensor (*build)(const Tensor& x);
  double quantized_tolerance = 1e-3;
};

const BlockCase kBlocks[] = {
    {"conv", [](const Tensor& x) { return conv2d(x, {.filters = 5, .kernel_size = 3}); }},
    {"conv_relu_same_stride",
     [](const Tensor& x) {
       return conv2d(x, {.filters = 17,
                         .kernel_size = 3,
                         .strides = 2,
                         .padding = Padding::kSame,
                         .activation = ActivationFunction::kRelu});
     }},
    {"conv_bn_relu6",
     [](const Tensor& x) {
       Tensor y = conv2d(x, {.filters = 9, .kernel_size = 1, .use_bias = false});
       return relu(batch_normalization(y, {.momentum = 0.9}), {.max_value = 6.0});
     }},
    {"conv_bias_bn_leaky",
     [](const Tensor& x) {
       Tensor y = conv2d(x, {.filters = 8, .kernel_size = {2, 3}, .padding = Padding::kSame});
       return leaky_relu(batch_normalization(y, {.scale = false}), {.negative_slope = 0.2});
     }},
    {"depthwise_bn",
     [](const Tensor& x) {
       Tensor y = depthwise_conv2d(x, {.kernel_size = 3, .padding = Padding::kSame, .use_bias = false});
       return batch_normalization(y, {.center = false});
     }},
    {"padded_depthwise_stride",
     [](const Tensor& x) {
       Tensor y = zero_padding2d(x, {.top = 0, .bottom = 1, .left = 0, .right = 1});
       return relu(depthwise_conv2d(y, {.kernel_size = 3, .strides = 2}));
     }},
    {"depthwise_multiplier",
     [](const Tensor& x) {
       return depthwise_conv2d(x, {.kernel_size = {3, 2}, .depth_multiplier = 3});
     }},
    {"dense_relu6",
     [](const Tensor& x) {
       return dense(layers::flatten(x), {.units = 7, .activation = ActivationFunction::kRelu6});
     }},
    {"dense_rank_4", [](const Tensor& x) { return dense(x, {.units = 4}); }},
    {"max_pooling",
     [](const Tensor& x) {
       return max_pooling2d(conv2d(x, {.filters = 5, .kernel_size = 1}),
                            {.pool_size = 3, .strides = 2, .padding = Padding::kSame});
     }},
    {"average_pooling",
     [](const Tensor& x) {
       return average_pooling2d(conv2d(x, {.filters = 5, .kernel_size = 1}), {.padding = Padding::kSame});
     },
     3e-2},  // means of four codes often lie right between two codes
    {"residual",
     [](const Tensor& x) {
       const Tensor stem = conv2d(x, {.filters = 6, .kernel_size = 1});
       return global_average_pooling2d(add({stem, conv2d(stem, {.filters = 6, .kernel_size = 1})}));
     }},
};

class FusedBlock : public testing::TestWithParam<BlockCase> {
 protected:
  // A trained product in front, so that gradients have to pass the block.
  static ModelPtr model() {
    reset_layer_names();  // initial weights follow from them
    const Tensor in = nudge::input({7, 5, 3});
    const Tensor stem = conv2d(in, {.filters = 6, .kernel_size = 1});
    const ModelPtr made = make_model(in, GetParam().build(stem));
    made->initialize(6);
    return made;
  }
};

TEST_P(FusedBlock, FloatAgreesWithFallbackSteps) {
  expect_blocks(model());
  for (const int64_t batch : {1, 3}) {
    expect_same(model(), random_array({batch, 7, 5, 3}, 1, 2.0), 1e-5, 1e-4);
  }
}

// A code on the edge between two may round either way after different sums; everything else agrees.
TEST_P(FusedBlock, QuantizedAgreesWithFallbackSteps) {
  const ModelPtr quantized = quantize::quantize_model(*model());
  expect_blocks(quantized);
  for (const int64_t batch : {1, 3}) {
    expect_same(quantized, random_array({batch, 7, 5, 3}, 1, 2.0), GetParam().quantized_tolerance, 2e-3);
  }
}

TEST_P(FusedBlock, InferenceUsesStoredRanges) {
  const ModelPtr quantized = quantize::quantize_model(*model());
  const Array x = random_array({3, 7, 5, 3}, 1, 2.0);
  const auto plan = compile(quantized), plain = compile(quantized, {.fused = false});
  plan->forward({x}, Mode::kTraining);
  for (const Parameter& parameter : plan->parameters()) {
    for (float& w : parameter.weight->value.span<float>()) w *= 1.5f;  // beyond the stored ranges
  }
  const Array fused = plan->forward({x}, Mode::kInference)[0];
  EXPECT_LT(relative_distance(fused, plain->forward({x}, Mode::kInference)[0]),
            2 * GetParam().quantized_tolerance);
}

INSTANTIATE_TEST_SUITE_P(Blocks, FusedBlock, testing::ValuesIn(kBlocks),
                         [](const auto& tested) { return tested.param.name; });

TEST(FusedPlan, SmallCnn) {
  const ModelPtr model = applications::build_application(
      "small_cnn", {.input_shape = {32, 32, 3}, .classes = 5, .head = applications::Head::kDense});
  model->initialize(1);
  const Array x = random_array({4, 32, 32, 3}, 1);
  expect_same(model, x, 1e-5, 1e-4);
  expect_same(quantize::quantize_model(*model), x, 2e-3, 5e-2);
}

TEST(FusedPlan, FrozenNormalizationPassesGradients) {
  const Tensor in = nudge::input({5, 5, 3});
  const Tensor stem = conv2d(in, {.filters = 4, .kernel_size = 3});
  const ModelPtr model = make_model(in, relu(batch_normalization(stem, {.name = "frozen"})));
  model->initialize(3);
  model->layer("frozen").set_trainable(false);
  expect_same(model, random_array({2, 5, 5, 3}, 1), 1e-5, 1e-4);
}

TEST(FusedPlan, StatisticsMomentumReplacesTheLayers) {
  const Tensor in = nudge::input({4, 4, 3});
  const Tensor stem = conv2d(in, {.filters = 4, .kernel_size = 1});
  const ModelPtr model = make_model(in, batch_normalization(stem, {.name = "norm"}));
  model->initialize(3);
  const Array x = random_array({4, 4, 4, 3}, 1);
  std::vector<Array> means;
  for (const bool fused : {true, false}) {
    const auto plan = compile(model, {.fused = fused});
    model->layer("norm").weight("moving_mean").value = Array({4});
    plan->set_statistics_momentum(0.25);
    plan->forward({x}, Mode::kStatistics);
    means.push_back(model->layer("norm").weight("moving_mean").value);
  }
  EXPECT_TRUE(near(means[0], means[1], 1e-6));
}

TEST(FusedPlan, SharedLayersAndSeveralConsumers) {
  const Tensor in = nudge::input({5, 5, 4});
  auto shared = std::make_shared<Conv2D>(
      Conv2DOptions{.filters = 4, .kernel_size = 1, .activation = ActivationFunction::kRelu});
  const Tensor once = shared->call(in), twice = shared->call(once);
  const ModelPtr model = make_model(std::vector<Tensor>{in}, {add({once, twice}), once});
  model->initialize(3);
  const Array x = random_array({2, 5, 5, 4}, 1);
  expect_same(model, x, 1e-5, 1e-4);
  expect_same(quantize::quantize_model(*model), x, 1e-3, 2e-3);
}

}  // namespace
}  // namespace nudge::plan
