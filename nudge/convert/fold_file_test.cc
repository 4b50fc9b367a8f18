// BatchNormalization folded into whole files: the integer file against the affine map in double.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nudge/base/random.h"
#include "nudge/convert/test_models.h"
#include "nudge/kernels/elementwise/fake_quant.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/ranges.h"
#include "nudge/tflite/evaluator.h"

namespace nudge::convert {
namespace {

constexpr int64_t kChannels = 8;

struct FoldCase {
  std::string name;
  double gamma, beta, mean, variance;
};

// What every channel but the first of a model gets; the first stays ordinary.
const std::vector<FoldCase> kCases{
    {"negative gamma", -1.3, 0.2, 0.1, 0.8},       {"zero gamma", 0, 0.7, 0.1, 0.8},
    {"tiny gamma", 1e-9, 0.4, 0.1, 0.8},           {"tiny negative gamma", -1e-12, -0.4, 0.1, 0.8},
    {"denormal gamma", 1e-40, 0.3, 0, 1},          {"large offset", 1, 900, -30, 0.5},
    {"tiny gamma, large offset", 1e-7, 900, 0, 1}, {"no variance", 1, 0.1, 0.2, 0},
    {"large variance", 1, 0.1, 50, 1e6},           {"large gamma", 300, -2, 0, 1},
};

enum class Product { kConv2D, kDepthwiseConv2D, kDense };

// 1x1 products, so that the truth is a matrix product.
ModelPtr model_of(Product product) {
  const Tensor x = product == Product::kDense ? input({kChannels}, "x") : input({1, 1, kChannels}, "x");
  Tensor y = x;
  if (product == Product::kConv2D) y = layers::conv2d(x, {.filters = kChannels, .name = "product"});
  if (product == Product::kDepthwiseConv2D) y = layers::depthwise_conv2d(x, {.name = "product"});
  if (product == Product::kDense) y = layers::dense(x, {.units = kChannels, .name = "product"});
  return make_model(x, layers::batch_normalization(y, {.epsilon = 1e-3, .name = "bn"}));
}

void set(Layer& bn, const char* weight, double value) {
  for (float& each : bn.weight(weight).value.span<float>().subspan(1)) each = static_cast<float>(value);
}

// y = gamma * (sum of x * w + bias - mean) / sqrt(variance + epsilon) + beta on the grids of the quantized
// model.
double exact(Model& model, const quantize::Range& kernel, const float* x, size_t channel, bool depthwise) {
  const auto value = [&](const char* layer, const char* weight) {
    return static_cast<double>(model.layer(layer).weight(weight).value.span<float>()[channel]);
  };
  const auto weights =
      model.layer("quant_product").weight(depthwise ? "depthwise_kernel" : "kernel").value.span<float>();
  double sum = value("quant_product", "bias");
  for (size_t i = 0; i < static_cast<size_t>(kChannels); ++i) {
    if (depthwise && i != channel) continue;
    const size_t at = depthwise ? channel : i * static_cast<size_t>(kChannels) + channel;
    float weight = weights[at];
    kernels::fake_quantize(&weight, 1, kernel.grid(kernel.count() == 1 ? 0 : channel), &weight);
    sum += static_cast<double>(x[i]) * static_cast<double>(weight);
  }
  const double scale = value("quant_bn", "gamma") / std::sqrt(value("quant_bn", "moving_variance") + 1e-3);
  return (sum - value("quant_bn", "moving_mean")) * scale + value("quant_bn", "beta");
}

void check(Product product, const FoldCase& given, uint64_t seed) {
  SCOPED_TRACE(given.name + ", product " + std::to_string(static_cast<int>(product)));
  const ModelPtr model = model_of(product);
  randomize(*model, seed);
  Layer& bn = model->layer("bn");
  set(bn, "gamma", given.gamma);
  set(bn, "beta", given.beta);
  set(bn, "moving_mean", given.mean);
  set(bn, "moving_variance", given.variance);
  const ModelPtr quantized = quantize::quantize_model(*model);
  std::vector<Array> inputs = random_inputs(*model, 50, seed + 1);
  calibrate(*quantized, *model, inputs);

  const quantize::Ranges ranges(*quantized);
  const bool depthwise = product == Product::kDepthwiseConv2D;
  const Layer& layer = quantized->layer("quant_product");
  const auto& kernel = *ranges.find(layer, depthwise ? "depthwise_kernel" : "kernel");
  const kernels::Grid in = ranges.find(quantized->layer("quantize_layer"), "quantize_layer")->grid();
  const kernels::Grid out = ranges.find(quantized->layer("quant_bn"), "output")->grid();
  const Array result =
      tflite::Evaluator(convert(*quantized, {.portable_scales = false}).file).run(inputs).front();
  kernels::fake_quantize(inputs[0].data<float>(), inputs[0].size(), in, inputs[0].data<float>());

  int64_t different = 0;
  for (int64_t i = 0; i < result.size(); ++i) {
    const int64_t row = i / kChannels;
    const double wanted =
        std::clamp(exact(*quantized, kernel, inputs[0].data<float>() + row * kChannels,
                         static_cast<size_t>(i % kChannels), depthwise),
                   static_cast<double>(out.nudged_min), static_cast<double>(out.nudged_max));
    const double steps =
        std::abs(wanted - static_cast<double>(result.data<float>()[i])) / static_cast<double>(out.scale);
    ASSERT_LE(steps, 0.5 + 0.02) << "value " << i << ": " << result.data<float>()[i] << " for " << wanted;
    different += steps > 0.5 ? 1 : 0;
  }
  EXPECT_LE(different, result.size() / 50);
  expect_agrees_with_litert(*quantized, 20, seed + 2);
  expect_agrees_with_litert(*quantized, 20, seed + 2, {.portable_scales = false});
}

TEST(FoldFile, EveryKindOfChannelIsExactToARoundingTie) {
  uint64_t seed = 100;
  for (const FoldCase& given : kCases) {
    for (const Product product : {Product::kConv2D, Product::kDepthwiseConv2D, Product::kDense}) {
      check(product, given, seed += 10);
    }
  }
}

TEST(FoldFile, AKernelOfZerosLeavesTheOffset) {
  const ModelPtr model = model_of(Product::kConv2D);
  randomize(*model, 7);
  Array& kernel = model->layer("product").weight("kernel").value;
  std::fill_n(kernel.data<float>(), kernel.size(), 0.0f);
  const ModelPtr quantized = quantize::quantize_model(*model);
  const auto inputs = random_inputs(*model, 5, 8);
  calibrate(*quantized, *model, inputs);
  const Array expected = tflite::Evaluator(convert(*model).file).run(inputs).front();
  const Array result = tflite::Evaluator(convert(*quantized).file).run(inputs).front();
  for (int64_t i = 0; i < result.size(); ++i) {
    EXPECT_NEAR(result.data<float>()[i], expected.data<float>()[i], 0.01f);
  }
}

}  // namespace
}  // namespace nudge::convert
