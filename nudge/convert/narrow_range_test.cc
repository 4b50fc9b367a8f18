// Ranges that training saw hardly any values in: the files must still run everywhere.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "nudge/convert/test_models.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"
#include "nudge/tflite/evaluator.h"

namespace nudge::convert {
namespace {

using layers::ActivationFunction;

// Models whose layer "narrow" gets the range [0, high].
std::map<std::string, ModelPtr> models() {
  const auto model = [](auto&& build) {
    const Tensor x = input({4, 4, 8}, "x");
    return make_model(x, build(x));
  };
  const auto relu = [](const Tensor& x) { return layers::relu(x, {.name = "narrow"}); };
  return {
      {"conv", model([&](const Tensor& x) { return relu(layers::conv2d(x, {.filters = 8})); })},
      {"depthwise", model([&](const Tensor& x) { return relu(layers::depthwise_conv2d(x, {})); })},
      {"dense", model([&](const Tensor& x) { return relu(layers::dense(x, {.units = 8})); })},
      {"relu", model([&](const Tensor& x) { return relu(layers::max_pooling2d(x)); })},
      {"mean",
       model([](const Tensor& x) { return layers::global_average_pooling2d(x, {.name = "narrow"}); })},
      {"add", model([](const Tensor& x) {
         return layers::add({x, x}, {.name = "narrow"});
       })},
      {"multiply", model([](const Tensor& x) {
         return layers::multiply({x, x}, {.name = "narrow"});
       })},
      {"maximum", model([](const Tensor& x) {
         const Tensor y = layers::activation(x, {.activation = ActivationFunction::kTanh});
         return layers::maximum({x, y}, {.name = "narrow"});
       })},
      {"leaky", model([](const Tensor& x) { return layers::leaky_relu(x, {.name = "narrow"}); })},
      {"bn", model([](const Tensor& x) { return layers::batch_normalization(x, {.name = "narrow"}); })},
      {"before",
       model([&](const Tensor& x) { return layers::softmax(relu(layers::conv2d(x, {.filters = 8}))); })},
  };
}

TEST(NarrowRange, ValuesSaturateAndEveryRuntimeAgrees) {
  for (const float high : {1e-2f, 1e-4f, 1e-6f, 1e-37f, 0.0f}) {
    for (const auto& [name, model] : models()) {
      SCOPED_TRACE(name + " up to " + std::to_string(high));
      const auto made = trained_like(model, 7);
      Layer& narrow = made.quantized->layer("quant_narrow");
      narrow.weight("output_min").value.span<float>()[0] = 0;
      narrow.weight("output_max").value.span<float>()[0] = high;
      expect_agrees_with_litert(*made.quantized, 5, 8);
      if (name == "before") continue;
      const auto inputs = random_inputs(*model, 5, 9);
      const Array exact = tflite::Evaluator(convert(*model).file).run(inputs).front();
      const Array result = tflite::Evaluator(convert(*made.quantized).file).run(inputs).front();
      for (int64_t i = 0; i < result.size(); ++i) {
        // The grids before it are of ordinary width.
        const float slack = std::min(0.02f, high * 1.01f);
        EXPECT_NEAR(result.data<float>()[i], std::clamp(exact.data<float>()[i], 0.0f, high), slack);
      }
    }
  }
}

}  // namespace
}  // namespace nudge::convert
