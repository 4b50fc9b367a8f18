// Layers that draw in training: what they draw, and that gradients pass as values did.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/threads.h"
#include "nudge/layers/layers.h"
#include "nudge/plan/plan_testing.h"

namespace nudge::plan {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Array gradient_of_ones(const Array& array) { return Array::full<float>(array.shape(), 1.0f); }

Array normal_array(const Shape& shape, uint64_t seed) {
  Array array(shape);
  Random random(seed);
  for (float& x : array.span<float>()) x = static_cast<float>(random.normal());
  return array;
}

struct Moments {
  double mean = 0;
  double deviation = 0;
};

Moments moments_of(const Array& array) {
  double sum = 0, squares = 0;
  for (const float x : array.span<float>()) {
    sum += static_cast<double>(x);
    squares += static_cast<double>(x) * static_cast<double>(x);
  }
  const auto n = static_cast<double>(array.size());
  return {sum / n, std::sqrt(squares / n - sum / n * (sum / n))};
}

using Call = std::function<Tensor(const Tensor&)>;

// What training makes of `x` by one layer.
Array trained(const Call& layer, const Array& x, uint64_t seed = 1) {
  const Tensor in = nudge::input(Shape(x.shape().begin() + 1, x.shape().end()));
  return compile(make_model(in, layer(in)), {.seed = seed})->forward({x}, Mode::kTraining)[0];
}

TEST(Noise, DropoutFollowsTheSeedAndIsOffOutsideTraining) {
  const Tensor in = nudge::input({10000});
  const ModelPtr model = make_model(in, layers::dropout(in, {.rate = 0.25}));
  const Array x = gradient_of_ones(Array({1, 10000}));
  const auto first = compile(model, {.seed = 1})->forward({x}, Mode::kTraining)[0];
  const auto plan = compile(model, {.seed = 1});
  EXPECT_TRUE(identical(first, plan->forward({x}, Mode::kTraining)[0]));
  EXPECT_FALSE(identical(first, plan->forward({x}, Mode::kTraining)[0])) << "another step, another mask";
  EXPECT_FALSE(identical(first, compile(model, {.seed = 2})->forward({x}, Mode::kTraining)[0]));
  EXPECT_TRUE(identical(x, plan->forward({x}, Mode::kInference)[0]));
  int zeros = 0;
  for (const float v : first.span<float>()) {
    zeros += v == 0.0f ? 1 : 0;
    EXPECT_FLOAT_EQ(v, v == 0.0f ? 0.0f : 1.0f / 0.75f);
  }
  EXPECT_NEAR(zeros, 2500, 150);
}

// Drops its input three times, the last by a draw of its own.
class ThreeDropouts : public ClonableLayer<ThreeDropouts> {
 public:
  ThreeDropouts() : ClonableLayer("three", "ThreeDropouts") {}
  std::string class_name() const override { return "ThreeDropouts"; }
  Json config() const override { return base_config(); }
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override {
    return {3, inputs.front()};
  }
  void expand(ops::Expansion& call) const override {
    std::vector<ops::ValueId> made;
    for (const int64_t draw : {1, 1, 2}) {
      made.push_back(call.add(ops::Dropout{.rate = 0.5, .draw = draw}, {call.input()}));
    }
    call.outputs(made);
  }
};

TEST(Noise, DropoutsOfOneDrawLoseTheSame) {
  const Tensor in = nudge::input({100});
  const ModelPtr model = make_model({in}, std::make_shared<ThreeDropouts>()->call_all({in}));
  const auto outputs =
      compile(model, {.seed = 1})->forward({gradient_of_ones(Array({1, 100}))}, Mode::kTraining);
  EXPECT_TRUE(identical(outputs[0], outputs[1]));
  EXPECT_FALSE(identical(outputs[0], outputs[2]));
}

TEST(Noise, DropoutsGradientPassesWhereItsValuesDid) {
  const Tensor in = nudge::input({1});
  const Tensor x = layers::dense(in, {.units = 1000, .use_bias = false});
  const ModelPtr model = make_model(in, layers::dropout(x, {.rate = 0.25}));
  model->initialize(3);
  const auto plan = compile(model, {.seed = 1});
  Array& kernel = plan->parameters()[0].weight->value;
  kernel = gradient_of_ones(kernel);
  // With ones everywhere the kernel's gradient is mask / (1 - rate), as the output is.
  const Array kept = plan->forward({gradient_of_ones(Array({1, 1}))}, Mode::kTraining)[0];
  plan->backward({gradient_of_ones(kept)});
  const Array& gradient = plan->parameters()[0].gradient;
  int zeros = 0;
  for (int64_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(gradient.data<float>()[i], kept.data<float>()[i]) << i;
    zeros += kept.data<float>()[i] == 0.0f ? 1 : 0;
  }
  EXPECT_GT(zeros, 200);
  EXPECT_LT(zeros, 300);
}

TEST(Noise, GaussianNoiseIsAdded) {
  const Array x = random_array({4, 50, 50, 2}, 1);
  Array noise = trained([](const Tensor& t) { return layers::gaussian_noise(t, {.stddev = 0.3}); }, x);
  for (int64_t i = 0; i < x.size(); ++i) noise.data<float>()[i] -= x.data<float>()[i];
  EXPECT_NEAR(moments_of(noise).mean, 0.0, 0.01);
  EXPECT_NEAR(moments_of(noise).deviation, 0.3, 0.01);
}

TEST(Noise, GaussianDropoutMultiplies) {
  const Array x = Array::full<float>({4, 5000}, -2.0f);
  const Array y = trained([](const Tensor& t) { return layers::gaussian_dropout(t, {.rate = 0.2}); }, x);
  EXPECT_NEAR(moments_of(y).mean, -2.0, 0.03);
  EXPECT_NEAR(moments_of(y).deviation, 2.0 * std::sqrt(0.2 / 0.8), 0.03);
}

TEST(Noise, AlphaDropoutKeepsMeanAndVariance) {
  const double rate = 0.3;
  const Array x = normal_array({4, 5000}, 3);
  const Array y = trained([&](const Tensor& t) { return layers::alpha_dropout(t, {.rate = rate}); }, x);
  EXPECT_NEAR(moments_of(y).mean, moments_of(x).mean, 0.03);
  EXPECT_NEAR(moments_of(y).deviation, moments_of(x).deviation, 0.03);
  // Keras's own formulas, element by element.
  const double lowest = -1.6732632423543772 * 1.0507009873554805;
  const double a = std::pow((1 - rate) * (1 + rate * lowest * lowest), -0.5), b = -a * lowest * rate;
  int dropped = 0;
  for (int64_t i = 0; i < x.size(); ++i) {
    const double kept = a * static_cast<double>(x.data<float>()[i]) + b;
    const auto value = static_cast<double>(y.data<float>()[i]);
    if (std::abs(value - kept) < 1e-5) continue;
    EXPECT_NEAR(value, a * lowest + b, 1e-5) << i;
    ++dropped;
  }
  EXPECT_NEAR(dropped, rate * static_cast<double>(x.size()), 250);
}

// Counts the zeros of ones after dropout; checks that elements of a group are all zero or none is.
int dropped_groups(const Array& y, int64_t groups, const std::function<int64_t(int64_t)>& group_of) {
  std::vector<float> value(static_cast<size_t>(groups), -1.0f);
  for (int64_t i = 0; i < y.size(); ++i) {
    float& first = value[static_cast<size_t>(group_of(i))];
    if (first < 0) first = y.data<float>()[i];
    EXPECT_EQ(y.data<float>()[i], first) << "element " << i;
  }
  return static_cast<int>(std::count(value.begin(), value.end(), 0.0f));
}

TEST(Noise, SpatialDropoutTakesWholeChannels) {
  const auto call = [](const Tensor& t) { return layers::spatial_dropout2d(t, {.rate = 0.25}); };
  const Array y = trained(call, Array::full<float>({20, 3, 2, 50}, 1.0f));
  const int zeros = dropped_groups(y, 1000, [](int64_t i) { return i / 300 * 50 + i % 50; });
  EXPECT_NEAR(zeros, 250, 50);
}

TEST(Noise, StochasticDepthTakesWholeImages) {
  const auto call = [](const Tensor& t) { return layers::stochastic_depth(t, {.drop_path_rate = 0.25}); };
  const Array y = trained(call, Array::full<float>({1000, 3, 2, 5}, 1.0f));
  EXPECT_NEAR(dropped_groups(y, 1000, [](int64_t i) { return i / 30; }), 250, 50);
  for (const float v : y.span<float>()) EXPECT_FLOAT_EQ(v, v == 0.0f ? 0.0f : 1.0f / 0.75f);
}

TEST(Noise, NoiseShapeSharesDraws) {
  const auto call = [](const Tensor& t) {
    return layers::dropout(t, {.rate = 0.5, .noise_shape = {1, 40, 1}, .name = "d"});
  };
  const Array y = trained(call, Array::full<float>({3, 40, 6}, 1.0f));
  EXPECT_NEAR(dropped_groups(y, 40, [](int64_t i) { return i / 6 % 40; }), 20, 13);
  const auto fixed = [](const Tensor& t) {
    return layers::dropout(t, {.noise_shape = {4, kUnknown, 1}, .name = "d"});
  };
  EXPECT_THAT(
      [&] {
        trained(fixed, Array({3, 40, 6}));
      },
      ThrowsMessage<ShapeError>(HasSubstr("layer 'd' (Dropout): noise_shape (4, None, 1)")));
}

TEST(Noise, IsTheSameAtAnyThreadCount) {
  const int threads = thread_count();
  const Array x = random_array({6, 30, 30, 3}, 1);
  for (const Call& call : std::vector<Call>{
           [](const Tensor& t) { return layers::gaussian_noise(t, {.stddev = 0.3, .name = "n"}); },
           [](const Tensor& t) { return layers::spatial_dropout2d(t, {.rate = 0.3, .name = "n"}); },
           [](const Tensor& t) { return layers::alpha_dropout(t, {.rate = 0.3, .name = "n"}); }}) {
    set_thread_count(1);
    const Array one = trained(call, x);
    set_thread_count(3);
    EXPECT_TRUE(identical(one, trained(call, x)));
  }
  set_thread_count(threads);
}

TEST(Noise, GradientsAgreeWithFiniteDifferences) {
  const Tensor in = nudge::input({4, 3});
  Tensor x = layers::dense(in, {.units = 4});
  x = layers::dropout(x, {.rate = 0.3, .noise_shape = {kUnknown, 1, kUnknown}});
  x = layers::alpha_dropout(layers::dense(x, {.units = 4}), {.rate = 0.3});
  x = layers::gaussian_dropout(layers::dense(x, {.units = 4}), {.rate = 0.3});
  x = layers::gaussian_noise(layers::dense(x, {.units = 4}), {.stddev = 0.3});
  x = layers::spatial_dropout1d(x, {.rate = 0.3});
  const ModelPtr model = make_model(in, layers::stochastic_depth(x, {.drop_path_rate = 0.2}));
  model->initialize(4);
  const auto plan = compile(model, {.seed = 3});
  expect_gradients(*plan, {random_array({5, 4, 3}, 1)}, 2e-3);
  bool any = false;
  for (const Parameter& parameter : plan->parameters()) {
    for (const float g : parameter.gradient.span<float>()) any = any || g != 0.0f;
  }
  EXPECT_TRUE(any);
}

}  // namespace
}  // namespace nudge::plan
