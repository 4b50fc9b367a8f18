// Quantized models: ranges move when they should, values sit on their grids, gradients go straight through.
#include <algorithm>

#include "nudge/applications/applications.h"
#include "nudge/kernels/channels/min_max.h"
#include "nudge/kernels/elementwise/fake_quant.h"
#include "nudge/layers/layers.h"
#include "nudge/plan/plan_testing.h"
#include "nudge/quantize/quantize.h"

namespace nudge::plan {
namespace {

using namespace nudge::layers;

std::vector<float> range_values(const quantize::Ranges& ranges) {
  std::vector<float> values;
  for (const auto& range : ranges.all()) {
    values.insert(values.end(), range->min().begin(), range->min().end());
    values.insert(values.end(), range->max().begin(), range->max().end());
  }
  return values;
}

ModelPtr quantized_network() {
  const Tensor in = nudge::input({6, 6, 3});
  Tensor x = conv2d(in, {.filters = 4, .kernel_size = 3, .name = "conv"});
  x = batch_normalization(x);
  x = relu(x, {.max_value = 6.0, .name = "act"});
  x = layers::flatten(x);
  const ModelPtr model = make_model(in, dense(x, {.units = 3, .name = "top"}));
  model->initialize(2);
  return quantize::quantize_model(*model);
}

// Distance of every value from the nearest value of the grid, in steps.
double off_grid(const Array& values, const kernels::Grid& grid) {
  double worst = 0;
  for (const float v : values.span<float>()) {
    const double steps = static_cast<double>(v) / static_cast<double>(grid.scale);
    worst = std::max(worst, std::abs(steps - std::round(steps)));
    EXPECT_GE(v, grid.nudged_min - 1e-6f);
    EXPECT_LE(v, grid.nudged_max + 1e-6f);
  }
  return worst;
}

TEST(QuantizedPlan, RangesMoveInTrainingAndCalibrationOnly) {
  const ModelPtr model = quantized_network();
  const auto plan = compile(model, {.fused = false});
  ASSERT_NE(plan->ranges(), nullptr);
  const Array x = random_array({4, 6, 6, 3}, 1);
  const auto start = range_values(*plan->ranges());
  plan->forward({x}, Mode::kInference);
  plan->forward({x}, Mode::kStatistics);
  EXPECT_EQ(range_values(*plan->ranges()), start);
  plan->forward({x}, Mode::kCalibration);
  const auto calibrated = range_values(*plan->ranges());
  EXPECT_NE(calibrated, start);
  plan->forward({random_array({4, 6, 6, 3}, 2, 3.0)}, Mode::kTraining);
  EXPECT_NE(range_values(*plan->ranges()), calibrated);
}

TEST(QuantizedPlan, ValuesSitOnTheirGrids) {
  const ModelPtr model = quantized_network();
  const auto plan = compile(model, {.fused = false});
  const Array x = random_array({4, 6, 6, 3}, 1);
  for (const Mode mode : {Mode::kTraining, Mode::kInference}) {
    plan->forward({x}, mode);
    for (const auto& [layer, slot] :
         {std::pair("quant_act", "output"), std::pair("quant_top", "post_activation")}) {
      const quantize::Range* range = plan->ranges()->find(model->layer(layer), slot);
      ASSERT_NE(range, nullptr);
      EXPECT_LT(off_grid(plan->layer_output(layer), range->grid()), 1e-4) << layer;
    }
  }
}

TEST(QuantizedPlan, CalibrationLeavesActivationsFloat) {
  const ModelPtr model = quantized_network();
  const auto plan = compile(model, {.fused = false});
  plan->forward({random_array({4, 6, 6, 3}, 1)}, Mode::kCalibration);
  const Array output = plan->layer_output("quant_act");
  const quantize::Range* range = plan->ranges()->find(model->layer("quant_act"), "output");
  EXPECT_GT(off_grid(output, range->grid()), 0.2);
  const kernels::MinMax seen = kernels::min_max_of(output.data<float>(), output.size());
  EXPECT_FLOAT_EQ(range->max()[0], seen.max);
}

// One quantized layer by hand: y = fq(fq(x) * fq(w)), straight through where inside.
TEST(QuantizedPlan, GradientsGoStraightThrough) {
  const Tensor in = nudge::input({3});
  const ModelPtr model = make_model(in, dense(in, {.units = 2, .use_bias = false, .name = "top"}));
  model->initialize(2);
  const ModelPtr quantized = quantize::quantize_model(*model);
  const auto plan = compile(quantized, {.fused = false});
  const Array x = random_array({5, 3}, 1);
  plan->forward({x}, Mode::kTraining);
  plan->forward({random_array({5, 3}, 2, 0.2)}, Mode::kTraining);  // the moving range is wider than this
  const Array again = random_array({5, 3}, 3, 2.0);                // and narrower than this: some are outside
  const Array y = plan->forward({again}, Mode::kTraining)[0];
  const Array dy = random_array({5, 2}, 4);
  plan->backward({dy});

  const auto& top = quantized->layer("quant_top");
  const Array kernel = plan->parameters()[0].weight->value;
  const kernels::Grid out = plan->ranges()->find(top, "post_activation")->grid();
  const kernels::Grid w = plan->ranges()->find(top, "kernel")->grid();
  const LayerPtr& first = quantized->layers()[1];
  const auto* quantize_layer = dynamic_cast<const quantize::QuantizedLayer*>(first.get());
  ASSERT_NE(quantize_layer, nullptr);
  const kernels::Grid input = plan->ranges()->find(*first, quantize_layer->slots()[0].name)->grid();

  std::vector<float> xq(15), wq(6), linear(10), gated(10);
  kernels::fake_quantize(again.data<float>(), 15, input, xq.data());
  kernels::fake_quantize(kernel.data<float>(), 6, w, wq.data());
  Array expected({3, 2});
  int outside = 0;
  for (size_t b = 0; b < 5; ++b) {
    for (size_t o = 0; o < 2; ++o) {
      float sum = 0;
      for (size_t i = 0; i < 3; ++i) sum += xq[b * 3 + i] * wq[i * 2 + o];
      const bool inside = sum >= out.nudged_min && sum <= out.nudged_max;
      outside += inside ? 0 : 1;
      for (size_t i = 0; i < 3 && inside; ++i) {
        expected.data<float>()[i * 2 + o] += xq[b * 3 + i] * dy.data<float>()[b * 2 + o];
      }
    }
  }
  EXPECT_GT(outside, 0) << "the case is meant to clip something";
  EXPECT_TRUE(near(plan->parameters()[0].gradient, expected, 1e-5));
  EXPECT_LT(off_grid(y, out), 1e-4);
}

TEST(QuantizedPlan, TheLossSeesASoftmaxBeforeItsFixedGrid) {
  const Tensor in = nudge::input({4});
  const ModelPtr model =
      make_model(in, dense(in, {.units = 3, .activation = ActivationFunction::kSoftmax, .name = "top"}));
  model->initialize(2);
  const auto plan = compile(quantize::quantize_model(*model), {.fused = false});
  const Array x = random_array({2, 4}, 1);
  const auto trained = plan->forward({x}, Mode::kTraining)[0];
  const kernels::Grid grid = kernels::nudge_range(0.0f, 255.0f / 256.0f);
  EXPECT_GT(off_grid(trained, grid), 1e-3);
  EXPECT_LT(off_grid(plan->forward({x}, Mode::kInference)[0], grid), 1e-4);
}

TEST(QuantizedPlan, MobileNetV2Trains) {
  const ModelPtr model = applications::build_application(
      "MobileNetV2",
      {.input_shape = {32, 32, 3}, .alpha = 0.35, .classes = 5, .head = applications::Head::kDense});
  model->initialize(1);
  const auto plan = compile(quantize::quantize_model(*model), {.fused = false});
  const Array x = random_array({4, 32, 32, 3}, 1);
  plan->forward({x}, Mode::kCalibration);
  std::vector<double> losses;
  const Array target = random_array({4, 5}, 5);
  for (int step = 0; step < 8; ++step) {
    const Array y = plan->forward({x}, Mode::kTraining)[0];
    losses.push_back(weighted_sum({y}, {target}));
    plan->backward({target});
    for (Parameter& parameter : plan->parameters()) {
      float* weight = parameter.weight->value.data<float>();
      for (int64_t i = 0; i < parameter.gradient.size(); ++i) {
        ASSERT_TRUE(std::isfinite(parameter.gradient.data<float>()[i])) << parameter.layer;
        weight[i] -= 0.02f * parameter.gradient.data<float>()[i];
      }
    }
  }
  EXPECT_LT(losses.back(), losses.front() - 0.1);
}

}  // namespace
}  // namespace nudge::plan
