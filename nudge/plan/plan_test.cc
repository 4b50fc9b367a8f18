#include "nudge/plan/plan.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/threads.h"
#include "nudge/graph/sequential.h"
#include "nudge/layers/layers.h"
#include "nudge/plan/plan_testing.h"

namespace nudge::plan {
namespace {

using namespace nudge::layers;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

ModelPtr initialized(const Tensor& in, const Tensor& out, uint64_t seed = 3) {
  ModelPtr model = make_model(in, out);
  model->initialize(seed);
  return model;
}

ModelPtr small_network(bool dropout = false) {
  reset_layer_names();  // the weights follow from the names, which must not follow from other tests
  const Tensor in = nudge::input({9, 7, 3});
  Tensor x = conv2d(in, {.filters = 4, .kernel_size = 3, .strides = 2, .padding = Padding::kSame});
  x = batch_normalization(x, {.momentum = 0.9});
  x = relu(x, {.max_value = 6.0});
  x = depthwise_conv2d(
      x, {.kernel_size = 3, .padding = Padding::kSame, .activation = ActivationFunction::kTanh});
  x = global_average_pooling2d(x);
  if (dropout) x = layers::dropout(x, {.rate = 0.4});
  return initialized(in, dense(x, {.units = 3, .activation = ActivationFunction::kSoftmax}));
}

Array ones_like(const Array& array) { return Array::full<float>(array.shape(), 1.0f); }

TEST(Plan, GradientsAgreeWithFiniteDifferences) {
  const auto plan = compile(small_network(), {.fused = false});
  expect_gradients(*plan, {random_array({3, 9, 7, 3}, 1)}, 2e-3, 1e-3f);
}

TEST(Plan, GradientsOfAValueWithSeveralConsumersAdd) {
  const Tensor in = nudge::input({4, 4, 2});
  const Tensor stem = conv2d(in, {.filters = 3, .kernel_size = 1});
  const Tensor left = conv2d(stem, {.filters = 3, .kernel_size = 3, .padding = Padding::kSame});
  const Tensor sum = add({stem, left, stem});
  const auto plan = compile(initialized(in, concatenate({sum, stem})), {.fused = false});
  expect_gradients(*plan, {random_array({2, 4, 4, 2}, 1)}, 2e-3);
}

TEST(Plan, GradientsOfASharedLayerAdd) {
  const Tensor in = nudge::input({5});
  auto shared = std::make_shared<Dense>(DenseOptions{.units = 5, .activation = ActivationFunction::kTanh});
  const auto plan = compile(initialized(in, shared->call(shared->call(in))), {.fused = false});
  EXPECT_EQ(plan->parameters().size(), 2u);
  expect_gradients(*plan, {random_array({3, 5}, 1)}, 2e-3);
}

TEST(Plan, ViewsPassGradientsOn) {
  const Tensor in = nudge::input({4, 6});
  Tensor x = dense(in, {.units = 3});
  const Tensor seen_twice = reshape(x, {.target_shape = {2, 6}});
  x = add({layers::flatten(seen_twice), layers::flatten(x)});
  const auto plan = compile(initialized(in, dense(x, {.units = 2})), {.fused = false});
  expect_gradients(*plan, {random_array({2, 4, 6}, 1)}, 2e-3);
}

TEST(Plan, SeveralInputsAndOutputs) {
  const Tensor a = nudge::input({3}), b = nudge::input({4});
  const Tensor hidden = concatenate({dense(a, {.units = 2}), dense(b, {.units = 2})});
  ModelPtr model = make_model({a, b}, {dense(hidden, {.units = 3}), hidden});
  model->initialize(1);
  const auto plan = compile(model, {.fused = false});
  const std::vector<Array> inputs{random_array({2, 3}, 1), random_array({2, 4}, 2)};
  const auto outputs = plan->forward(inputs, Mode::kTraining);
  ASSERT_EQ(outputs.size(), 2u);
  EXPECT_THAT(outputs[0].shape(), ElementsAre(2, 3));
  EXPECT_THAT(outputs[1].shape(), ElementsAre(2, 4));
  expect_gradients(*plan, inputs, 2e-3);
}

TEST(Plan, NestedModelsTrainTheirOwnLayers) {
  const Tensor inner_in = nudge::input({6});
  const ModelPtr inner = make_model(inner_in, dense(inner_in, {.units = 4, .name = "hidden"}), "inner");
  const ModelPtr model = sequential({inner, std::make_shared<Dense>(DenseOptions{.units = 2})});
  model->initialize(4);
  const auto plan = compile(model, {.fused = false});
  expect_gradients(*plan, {random_array({3, 6}, 1)}, 2e-3);
  EXPECT_EQ(plan->parameters()[0].weight, &inner->layer("hidden").weight("kernel"));
  EXPECT_THAT(plan->layer_output("hidden").shape(), ElementsAre(3, 4));
}

TEST(Plan, FrozenLayersHaveNoParametersAndStandStill) {
  const ModelPtr model = small_network();
  for (const LayerPtr& layer : model->layers()) {
    if (layer->class_name() == "BatchNormalization") layer->set_trainable(false);
  }
  const auto plan = compile(model, {.fused = false});
  for (const Parameter& parameter : plan->parameters()) {
    EXPECT_THAT(parameter.layer, testing::Not(HasSubstr("batch_norm")));
  }
  std::vector<Array> before;
  for (const Weight* weight : model->weights()) before.push_back(weight->value.clone());
  const Array x = random_array({3, 9, 7, 3}, 1);
  const auto outputs = plan->forward({x}, Mode::kTraining);
  plan->backward({ones_like(outputs[0])});
  for (size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(identical(before[i], model->weights()[i]->value));
}

TEST(Plan, StatisticsModeAveragesBatches) {
  const Tensor in = nudge::input({2});
  const ModelPtr model = initialized(in, batch_normalization(in));
  const auto plan = compile(model, {.fused = false});
  plan->set_statistics_momentum(0.0);
  plan->forward({Array::of<float>({2, 2}, {1, 2, 3, 6})}, Mode::kStatistics);
  plan->set_statistics_momentum(0.5);
  plan->forward({Array::of<float>({2, 2}, {3, 4, 5, 8})}, Mode::kStatistics);
  const Layer& layer = *model->layers()[1];
  EXPECT_THAT(layer.weight("moving_mean").value.span<float>(), ElementsAre(3.0f, 5.0f));
  EXPECT_THAT(layer.weight("moving_variance").value.span<float>(), ElementsAre(1.0f, 4.0f));
  EXPECT_THROW(plan->set_statistics_momentum(1.5), ValueError);
}

TEST(Plan, TwoRunsGiveTheSameBits) {
  std::vector<std::vector<Array>> runs;
  for (int run = 0; run < 2; ++run) {
    reset_layer_names();
    const auto plan = compile(small_network(/*dropout=*/true), {.seed = 5});
    for (int step = 0; step < 3; ++step) {
      const auto outputs = plan->forward({random_array({4, 9, 7, 3}, 10)}, Mode::kTraining);
      plan->backward({random_array(outputs[0].shape(), 11)});
      for (Parameter& parameter : plan->parameters()) {
        for (int64_t i = 0; i < parameter.gradient.size(); ++i) {
          parameter.weight->value.data<float>()[i] -= 0.1f * parameter.gradient.data<float>()[i];
        }
      }
    }
    runs.emplace_back();
    for (const Parameter& parameter : plan->parameters()) runs.back().push_back(parameter.weight->value);
  }
  for (size_t i = 0; i < runs[0].size(); ++i) EXPECT_TRUE(identical(runs[0][i], runs[1][i]));
}

TEST(Plan, AnyBatchSizeAndReplacedWeights) {
  const ModelPtr model = small_network();
  const auto plan = compile(model);
  const Array big = random_array({5, 9, 7, 3}, 1);
  const Array all = plan->forward({big}, Mode::kInference)[0];
  const Array part = plan->forward({big.slice(1, 3)}, Mode::kInference)[0];
  EXPECT_TRUE(near(part, all.slice(1, 3), 1e-6));
  Weight* bias = model->weights().back();
  bias->value = Array::of<float>({3}, {5, 0, 0});
  EXPECT_FALSE(near(plan->forward({big}, Mode::kInference)[0], all, 1e-3));
  bias->value = Array({4});
  EXPECT_THROW(plan->forward({big}, Mode::kInference), ShapeError);
}

TEST(Plan, StepsAreDescribedAndTimed) {
  const auto plan = compile(small_network(), {.fused = false});
  const auto outputs = plan->forward({random_array({2, 9, 7, 3}, 1)}, Mode::kTraining);
  plan->backward({ones_like(outputs[0])});
  double forward = 0, backward = 0;
  for (const StepDescription& step : plan->describe()) {
    EXPECT_FALSE(step.name.empty());
    forward += step.forward_seconds;
    backward += step.backward_seconds;
  }
  EXPECT_GT(forward, 0.0);
  EXPECT_GT(backward, 0.0);
  plan->reset_timings();
  EXPECT_EQ(plan->describe()[0].forward_seconds, 0.0);
}

TEST(Plan, WrongCallsAreNamed) {
  const Tensor in = nudge::input({4}, "features");
  const ModelPtr model = make_model(in, dense(in, {.units = 2, .name = "top"}));
  EXPECT_THAT([&] { compile(model); }, ThrowsMessage<ValueError>(HasSubstr("'top': weight 'kernel'")));
  model->initialize(1);
  const auto plan = compile(model);
  EXPECT_THROW(plan->backward({Array({1, 2})}), ValueError);
  EXPECT_THROW(plan->forward({}, Mode::kInference), ShapeError);
  EXPECT_THAT(
      [&] {
        plan->forward({Array({2, 5})}, Mode::kInference);
      },
      ThrowsMessage<ShapeError>(HasSubstr("'features': expected shape (None, 4), given (2, 5)")));
  EXPECT_THROW(plan->forward({Array({0, 4})}, Mode::kInference), ShapeError);
  EXPECT_THROW(plan->forward({Array({2, 4}, DataType::kInt8)}, Mode::kInference), ValueError);
  EXPECT_THROW(plan->layer_output("top"), ValueError);
  plan->forward({Array({2, 4})}, Mode::kTraining);
  EXPECT_THROW(plan->backward({Array({2, 3})}), ShapeError);
  EXPECT_THROW(plan->backward({}), ShapeError);
  EXPECT_THROW(plan->layer_output("nothing"), ValueError);
}

class Unknown : public ClonableLayer<Unknown> {
 public:
  Unknown() : ClonableLayer("mystery", "Unknown") {}
  std::string class_name() const override { return "Unknown"; }
  Json config() const override { return base_config(); }
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override { return inputs; }
};

TEST(Plan, ALayerWithoutAStepIsNamed) {
  const Tensor in = nudge::input({4});
  const ModelPtr model = make_model(in, std::make_shared<Unknown>()->call(in));
  EXPECT_THAT([&] { compile(model); },
              ThrowsMessage<UnsupportedError>(HasSubstr("layer 'mystery' (Unknown)")));
}

}  // namespace
}  // namespace nudge::plan
