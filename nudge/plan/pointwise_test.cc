// Chains of functions of single elements: against libtorch's, on floats and on codes.

#include "nudge/base/error.h"
#include "nudge/layers/layers.h"
#include "nudge/plan/plan_comparison.h"
#include "nudge/plan/pointwise_function.h"
#include "nudge/plan/pointwise_step.h"
#include "nudge/quantize/quantize.h"

namespace nudge::plan {
namespace {

using namespace nudge::layers;

TEST(PointwiseFunction, SlopesAreThoseOfDifferences) {
  using ops::Function;
  std::vector<ops::Activation> functions{
      {.function = Function::kRelu, .negative_slope = 0.1, .threshold = 0.25, .max_value = 1.5},
      {.function = Function::kClip, .min_value = -0.6, .max_value = 0.9}};
  for (int f = 0; f <= static_cast<int>(Function::kSign); ++f) {
    functions.push_back({.function = static_cast<Function>(f)});
  }
  for (const ops::Activation& form : functions) {
    SCOPED_TRACE(static_cast<int>(form.function));
    if (!is_pointwise(form)) {
      float x = 1.0f;
      EXPECT_THROW(apply_pointwise(form, &x, 1, &x, nullptr), UnsupportedError);
      continue;
    }
    const bool positive = form.function == Function::kLog || form.function == Function::kSqrt ||
                          form.function == Function::kRsqrt;
    std::vector<float> x, y(400), slope(400), above(400), below(400);
    for (int i = 0; i < 400; ++i) x.push_back((positive ? 0.503f : -3.997f) + 0.02f * static_cast<float>(i));
    const auto moved = [&](float by) {
      std::vector<float> to = x;
      for (float& v : to) v += by;
      return to;
    };
    apply_pointwise(form, x.data(), 400, y.data(), slope.data());
    apply_pointwise(form, moved(1e-3f).data(), 400, above.data(), nullptr);
    apply_pointwise(form, moved(-1e-3f).data(), 400, below.data(), nullptr);
    for (size_t i = 0; i < 400; ++i) {
      const double difference = (static_cast<double>(above[i]) - static_cast<double>(below[i])) / 2e-3;
      if (std::abs(difference) > 100.0) continue;  // a step of floor or sign
      EXPECT_NEAR(static_cast<double>(slope[i]), difference, 3e-3 * std::max(1.0, std::abs(difference)))
          << "at " << x[i];
    }
  }
}

struct ChainCase {
  const char* name;
  Tensor (*build)(const Tensor& x);
  size_t steps;  // that are left of it, quantized
};

Tensor activated(const Tensor& x, ActivationFunction function) {
  return activation(x, {.activation = function});
}

const ChainCase kChains[] = {
    {"swish", [](const Tensor& x) { return activated(x, ActivationFunction::kSilu); }, 1},
    {"hard_swish", [](const Tensor& x) { return activated(x, ActivationFunction::kHardSilu); }, 1},
    {"gelu", [](const Tensor& x) { return activated(x, ActivationFunction::kGelu); }, 1},
    {"elu", [](const Tensor& x) { return activated(x, ActivationFunction::kElu); }, 1},
    {"tanh", [](const Tensor& x) { return activated(x, ActivationFunction::kTanh); }, 1},
    {"two_in_a_row",
     [](const Tensor& x) {
       return activated(activated(x, ActivationFunction::kSigmoid), ActivationFunction::kSilu);
     },
     1},
    // What two read ends a chain.
    {"shared",
     [](const Tensor& x) {
       const Tensor y = activated(x, ActivationFunction::kTanh);
       return concatenate({activated(y, ActivationFunction::kSilu), y});
     },
     3},
};

class Pointwise : public testing::TestWithParam<ChainCase> {
 protected:
  ~Pointwise() override { set_thread_count(threads_); }

  static ModelPtr model(int64_t filters) {
    reset_layer_names();  // initial weights follow from them
    const Tensor in = nudge::input({9, 7, 3});
    const Tensor stem = conv2d(in, {.filters = filters, .kernel_size = 1, .name = "stem"});
    const Tensor top = conv2d(GetParam().build(stem), {.filters = 3, .kernel_size = 1, .name = "top"});
    const ModelPtr made = make_model(in, top);
    made->initialize(4);
    return made;
  }

 private:
  int threads_ = thread_count();
};

TEST_P(Pointwise, FloatAgreesWithFallbackSteps) {
  for (const int threads : {1, 2, 3, 5, 8}) {
    set_thread_count(threads);
    expect_same(model(5 * threads), random_array({6, 9, 7, 3}, 1, 4.0), 1e-5, 1e-4);
  }
}

// A code on the edge between two may round either way, as the two ways to a function's last bit differ.
TEST_P(Pointwise, QuantizedAgreesWithFallbackSteps) {
  for (const int threads : {1, 2, 3, 5, 8}) {
    set_thread_count(threads);
    expect_same(quantize::quantize_model(*model(5 * threads)), random_array({6, 9, 7, 3}, 2, 4.0), 1e-2,
                2e-2);
  }
}

TEST_P(Pointwise, IsOneStep) {
  const ModelPtr made = model(4);
  for (const ModelPtr& each : {made, quantize::quantize_model(*made)}) {
    size_t steps = 0;
    for (const StepDescription& step : compile(each)->describe()) {
      const auto is = [&](const char* part) { return step.name.find(part) != std::string::npos; };
      EXPECT_NE(step.kind, "fallback") << step.name;
      if (step.flops > 0 && !is("stem") && !is("top") && !is("quantize_layer")) ++steps;
    }
    EXPECT_EQ(steps, GetParam().steps);
  }
}

// The function behind it reads one of the two, but does not follow from both.
TEST(PointwiseChain, OfTwoValuesNoneBegins) {
  reset_layer_names();
  const Tensor in = nudge::input({9, 7, 3});
  const Tensor a = conv2d(in, {.filters = 4, .kernel_size = 1, .name = "a"});
  const Tensor b = conv2d(in, {.filters = 4, .kernel_size = 1, .name = "b"});
  const ModelPtr made = make_model({in}, {maximum({a, b}), activated(a, ActivationFunction::kSilu)});
  made->initialize(4);
  expect_same(made, random_array({2, 9, 7, 3}, 1), 1e-5, 1e-4);
}

TEST_P(Pointwise, Bfloat16IsWithinItsRounding) {
  const ModelPtr made = model(6);
  const Array x = random_array({3, 9, 7, 3}, 3, 2.0);
  const Trained wide = train(made, x, {}), narrow = train(made, x, {.precision = Precision::kBfloat16});
  EXPECT_LT(mean_distance(narrow.outputs, wide.outputs), 2e-2);
  EXPECT_LT(mean_distance(narrow.gradients, wide.gradients), 5e-2);
}

INSTANTIATE_TEST_SUITE_P(Chains, Pointwise, testing::ValuesIn(kChains),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace nudge::plan
