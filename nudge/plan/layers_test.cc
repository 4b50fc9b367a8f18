// Every layer, fused and not, against Keras 3 with jax's gradients (testdata/make_fixtures.py).
#include "nudge/layers/layers.h"

#include <nlohmann/json.hpp>
#include <tuple>

#include "nudge/base/file.h"
#include "nudge/base/json.h"
#include "nudge/base/threads.h"
#include "nudge/graph/registry.h"
#include "nudge/plan/plan_testing.h"

namespace nudge::plan {
namespace {

constexpr double kTolerance = 1e-5;

Array array_of(const Json& json) {
  return Array::of(json.at("shape").get<Shape>(), json.at("values").get<std::vector<float>>());
}

std::vector<Array> arrays_of(const Json& json) {
  std::vector<Array> arrays;
  for (const Json& element : json) arrays.push_back(array_of(element));
  return arrays;
}

const Json& fixtures() {
  static const std::string path = std::string(NUDGE_SOURCE_DIR) + "/nudge/plan/testdata/layers.json";
  static const Json json = parse_json(read_text_file(path), path);
  return json;
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const Json& fixture : fixtures()) all.push_back(fixture.at("name").get<std::string>());
  return all;
}

struct Case {
  explicit Case(const Json& fixture_json) : fixture(fixture_json), inputs(arrays_of(fixture.at("inputs"))) {
    layers::register_layers();
    layer = layer_from_config(fixture.at("class_name").get<std::string>(), fixture.at("config"));
    std::vector<Tensor> ends, fed;
    for (const Array& x : inputs) {
      Shape shape(x.shape().begin() + 1, x.shape().end());
      ends.push_back(nudge::input(shape));
      fed.push_back(ends.back());
    }
    model = make_model(ends, {layer->call(fed)});
    const auto values = arrays_of(fixture.at("weights"));
    const auto weights = layer->weights();
    EXPECT_EQ(values.size(), weights.size());
    for (size_t i = 0; i < weights.size(); ++i) weights[i]->value = values[i].reshape(weights[i]->shape);
  }

  const Json& fixture;
  std::vector<Array> inputs;
  LayerPtr layer;
  ModelPtr model;
};

class LayerAgainstKeras : public testing::TestWithParam<std::tuple<std::string, bool>> {
 protected:
  static std::string name() { return std::get<0>(GetParam()); }
  static bool fused() { return std::get<1>(GetParam()); }
  void SetUp() override { set_thread_count(1); }  // the tensors are tiny
  Case make() const {
    for (const Json& fixture : fixtures()) {
      if (fixture.at("name") == name()) return Case(fixture);
    }
    throw std::runtime_error("no such fixture");
  }
};

TEST_P(LayerAgainstKeras, Inference) {
  Case made = make();
  const auto plan = compile(made.model, {.fused = fused()});
  EXPECT_TRUE(
      near(plan->forward(made.inputs, Mode::kInference)[0], array_of(made.fixture.at("output")), kTolerance));
}

TEST_P(LayerAgainstKeras, TrainingAndWeightGradients) {
  Case made = make();
  const auto plan = compile(made.model, {.fused = fused()});
  EXPECT_TRUE(near(plan->forward(made.inputs, Mode::kTraining)[0],
                   array_of(made.fixture.at("training_output")), kTolerance));
  const auto state = arrays_of(made.fixture.at("state"));
  size_t next = 0;
  for (const Weight* weight : made.layer->weights()) {
    if (weight->trainable && made.layer->trainable()) continue;
    EXPECT_TRUE(near(weight->value, state.at(next++).reshape(weight->shape), kTolerance)) << weight->name;
  }

  plan->backward({array_of(made.fixture.at("output_gradient"))});
  const auto gradients = arrays_of(made.fixture.at("weight_gradients"));
  ASSERT_EQ(plan->parameters().size(), gradients.size());
  for (size_t i = 0; i < gradients.size(); ++i) {
    const Parameter& parameter = plan->parameters()[i];
    EXPECT_TRUE(near(parameter.gradient, gradients[i].reshape(parameter.gradient.shape()), kTolerance))
        << parameter.weight->name;
  }
}

// Each input is multiplied by a trained array of ones, whose gradient is the sum over the batch of x * dx.
TEST_P(LayerAgainstKeras, InputGradients) {
  Case made = make();
  const auto expected = arrays_of(made.fixture.at("input_gradients"));
  const int64_t batch = made.inputs[0].shape()[0];
  std::vector<Tensor> ends, fed;
  std::vector<LayerPtr> scales;
  for (const Array& x : made.inputs) {
    const int64_t features = x.size() / batch;
    ends.push_back(nudge::input(Shape(x.shape().begin() + 1, x.shape().end())));
    const Tensor image = layers::reshape(ends.back(), {.target_shape = {1, 1, features}});
    auto scale = std::make_shared<layers::DepthwiseConv2D>(layers::DepthwiseConv2DOptions{.use_bias = false});
    const Tensor scaled = scale->call(image);
    scale->weight("depthwise_kernel").value = Array::full<float>({1, 1, features, 1}, 1.0f);
    scales.push_back(scale);
    fed.push_back(layers::reshape(scaled, {.target_shape = Shape(x.shape().begin() + 1, x.shape().end())}));
  }
  LayerPtr layer = made.layer->clone();
  const auto plan = compile(make_model(ends, {layer->call(fed)}), {.fused = fused()});
  plan->forward(made.inputs, Mode::kTraining);
  plan->backward({array_of(made.fixture.at("output_gradient"))});

  for (size_t i = 0; i < scales.size(); ++i) {
    const int64_t features = expected[i].size() / batch;
    Array sum({1, 1, features, 1});
    for (int64_t j = 0; j < expected[i].size(); ++j) {
      sum.data<float>()[j % features] += made.inputs[i].data<float>()[j] * expected[i].data<float>()[j];
    }
    for (const Parameter& parameter : plan->parameters()) {
      if (parameter.layer != scales[i]->name()) continue;
      EXPECT_TRUE(near(parameter.gradient, sum, kTolerance)) << "input " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Keras, LayerAgainstKeras,
                         testing::Combine(testing::ValuesIn(names()), testing::Bool()),
                         [](const auto& tested) {
                           return std::get<0>(tested.param) + (std::get<1>(tested.param) ? "_fused" : "");
                         });

}  // namespace
}  // namespace nudge::plan
