// Fused plans against plans of fallback steps: outputs, gradients, statistics and ranges.
#include "nudge/applications/applications.h"
#include "nudge/layers/layers.h"
#include "nudge/plan/plan_comparison.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/range_rule.h"

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

// What a training step tells each learned range of its limits: Adam's average of the gradient.  `lift` is
// added to the output's random gradient.
std::vector<double> learned_of(const ModelPtr& original, const Array& x, const PlanOptions& options,
                               float lift) {
  const ModelPtr model = std::dynamic_pointer_cast<Model>(original->clone());
  const auto plan = compile(model, options);
  plan->forward({x}, Mode::kCalibration);
  const Array y = plan->forward({random_array(x.shape(), 2, 3.0)}, Mode::kTraining)[0];
  Array dy = random_array(y.shape(), 77);
  for (float& value : dy.span<float>()) value += lift;
  plan->backward({dy});
  plan->ranges()->learn();
  std::vector<double> learned;
  for (const auto& range : plan->ranges()->all()) {
    const auto& momentum = range->progress().learning.momentum;
    learned.insert(learned.end(), momentum.begin(), momentum.end());
  }
  return learned;
}

void expect_same_learned(const ModelPtr& model, const Array& x, const PlanOptions& options, float lift,
                         double tolerance) {
  const auto fused = learned_of(model, x, options, lift),
             plain = learned_of(model, x, {.fused = false}, lift);
  ASSERT_EQ(fused.size(), plain.size());
  double largest = 0;
  for (const double value : plain) largest = std::max(largest, std::abs(value));
  EXPECT_GT(largest, 0);
  for (size_t i = 0; i < plain.size(); ++i) EXPECT_NEAR(fused[i], plain[i], tolerance * largest) << i;
}

TEST_P(FusedBlock, LearnedRangesAgreeWithFallbackSteps) {
  const ModelPtr quantized = quantize::quantize_model(*model());
  quantize::set_range_rule(*quantized, quantize::RangeRule::kLearned);
  expect_same_learned(quantized, random_array({3, 7, 5, 3}, 1, 2.0), {}, 0.0f,
                      GetParam().quantized_tolerance * 5);
}

TEST(FusedPlan, LearnedRangesOfChainsProductsAndJoinedTensors) {
  const Tensor in = nudge::input({8, 8, 3});
  const Tensor x = conv2d(in, {.filters = 6, .kernel_size = 1, .name = "first"});
  const Tensor curved = activation(x, {.activation = ActivationFunction::kSilu, .name = "curved"});
  const Tensor product = multiply({x, curved}, {.name = "product"});
  const Tensor joined = concatenate({product, relu(add({x, curved}), {.name = "sum"})}, {.name = "joined"});
  const ModelPtr model = make_model(in, conv2d(joined, {.filters = 4, .kernel_size = 1, .name = "second"}));
  model->initialize(6);
  const ModelPtr quantized = quantize::quantize_model(*model);
  quantize::set_range_rule(*quantized, quantize::RangeRule::kLearned);
  expect_same_learned(quantized, random_array({4, 8, 8, 3}, 1, 2.0), {}, 1.0f, 1e-2);
}

// A value beside a limit may be inside after rounding to bfloat16: one of many.
TEST(FusedPlan, LearnedRangesAgreeInBfloat16) {
  const Tensor in = nudge::input({24, 24, 3});
  Tensor x = conv2d(in, {.filters = 8, .kernel_size = 3, .use_bias = false, .name = "first"});
  x = relu(batch_normalization(x, {.name = "norm"}), {.max_value = 6.0, .name = "relu"});
  const ModelPtr model = make_model(in, conv2d(x, {.filters = 6, .kernel_size = 1, .name = "second"}));
  model->initialize(6);
  const ModelPtr quantized = quantize::quantize_model(*model);
  quantize::set_range_rule(*quantized, quantize::RangeRule::kLearned);
  expect_same_learned(quantized, random_array({4, 24, 24, 3}, 1, 2.0), {.precision = Precision::kBfloat16},
                      1.0f, 0.05);
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

TEST(FusedPlan, FrozenStatisticsStayAndScalesHaveGradients) {
  const Tensor in = nudge::input({5, 5, 3});
  const Tensor stem = conv2d(in, {.filters = 4, .kernel_size = 3});
  const ModelPtr original = make_model(in, relu(batch_normalization(stem, {.name = "norm"})));
  original->initialize(3);
  const Array x = random_array({2, 5, 5, 3}, 1, 2.0);
  std::vector<std::vector<Array>> gradients;
  for (const bool fused : {true, false}) {
    const ModelPtr model = std::dynamic_pointer_cast<Model>(original->clone());
    const Array& mean = model->layer("norm").weight("moving_mean").value;
    const auto plan = compile(model, {.fused = fused});
    plan->forward({x}, Mode::kTraining);
    const Array kept = mean.clone();
    plan->freeze_statistics(true);
    const Array y = plan->forward({x}, Mode::kTraining)[0];
    EXPECT_TRUE(identical(mean, kept));
    plan->backward({random_array(y.shape(), 77)});
    for (const Parameter& parameter : plan->parameters()) {
      if (fused) gradients.emplace_back();
      gradients[static_cast<size_t>(&parameter - plan->parameters().data())].push_back(
          parameter.gradient.clone());
    }
    EXPECT_TRUE(near(y, plan->forward({x}, Mode::kInference)[0], 1e-6));
    plan->freeze_statistics(false);
    plan->forward({x}, Mode::kTraining);
    EXPECT_FALSE(identical(mean, kept));
  }
  for (const auto& both : gradients) {
    EXPECT_GT(norm(both[0]), 0);
    EXPECT_TRUE(near(both[0], both[1], 1e-5));
  }
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
