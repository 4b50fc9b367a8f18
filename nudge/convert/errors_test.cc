// Models that cannot be converted, and what the messages say.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/convert/convert.h"
#include "nudge/convert/test_models.h"
#include "nudge/graph/sequential.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/listed_quantize_config.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/quantizers.h"
#include "nudge/tflite/evaluator.h"

namespace nudge::convert {
namespace {

using quantize::QuantizerOptions;

template <typename Kind>
std::string refusal(const Model& model) {
  try {
    convert(model).file;
  } catch (const Kind& error) {
    return error.what();
  }
  return "none";
}

class Mystery : public ClonableLayer<Mystery> {
 public:
  Mystery() : ClonableLayer("mystery", "Mystery") {}
  std::string class_name() const override { return "Mystery"; }
  Json config() const override { return base_config(); }
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override { return inputs; }
};

TEST(Errors, ALayerThatDoesNotExpand) {
  const Tensor x = input({4}, "x");
  EXPECT_EQ(refusal<UnsupportedError>(*make_model(x, std::make_shared<Mystery>()->call(x))),
            "layer 'mystery' (Mystery): this class does not say what it computes, so nothing can run it");
}

TEST(Errors, WeightsWithoutValuesAlsoInANestedModel) {
  const Tensor x = input({4}, "x");
  const ModelPtr inner = make_model(x, layers::dense(x, {.units = 2, .name = "dense"}));
  const std::string message =
      "layer 'dense': weight 'kernel' has no value; initialize or load the model first";
  EXPECT_EQ(refusal<ValueError>(*inner), message);
  const ModelPtr outer = sequential({inner, std::make_shared<layers::Flatten>()});
  EXPECT_NE(refusal<ValueError>(*outer).find("weight 'kernel' has no value"), std::string::npos);
}

// A Conv2D with these quantizers, ranges calibrated.
ModelPtr conv_with(const quantize::QuantizerPtr& weights, const quantize::QuantizerPtr& output) {
  const auto config = std::make_shared<quantize::ListedQuantizeConfig>(
      "Own", quantize::ListedQuantizers{.weights = {{"kernel", weights}}, .output = output});
  const auto layer = std::make_shared<layers::Conv2D>(layers::Conv2DOptions{.filters = 4, .name = "conv"});
  const Tensor x = input({6, 6, 3}, "x");
  const ModelPtr model = make_model(x, quantize::quantize_annotate_layer(layer, config)->call(x));
  const Tensor y = input({6, 6, 3}, "x");
  const ModelPtr plain = make_model(y, layers::conv2d(y, {.filters = 4, .name = "conv"}));
  randomize(*plain, 2);
  for (size_t i = 0; i < plain->weights().size(); ++i)
    model->weights()[i]->value = plain->weights()[i]->value;
  const ModelPtr quantized = quantize::quantize_apply(*model);
  calibrate(*quantized, *plain, random_inputs(*plain, 10, 3));
  return quantized;
}

quantize::QuantizerPtr weights(QuantizerOptions options) {
  return std::make_shared<quantize::LastValueQuantizer>(options);
}
quantize::QuantizerPtr activations(QuantizerOptions options = {}) {
  return std::make_shared<quantize::MovingAverageQuantizer>(options, 0.999, true);
}

TEST(Errors, AnActivationThatInt8CannotHold) {
  const auto fine = weights({.symmetric = true, .narrow_range = true});
  const std::string message =
      "quantizer 'quant_conv/output': a .tflite activation has 8 bits, the full range and one scale; convert "
      "needs num_bits 8, narrow_range false and per_axis false";
  EXPECT_EQ(refusal<UnsupportedError>(*conv_with(fine, activations({.num_bits = 4}))), message);
  EXPECT_EQ(refusal<UnsupportedError>(*conv_with(fine, activations({.num_bits = 16}))), message);
  EXPECT_EQ(refusal<UnsupportedError>(*conv_with(fine, activations({.narrow_range = true}))), message);
}

TEST(Errors, WeightsThatInt8CannotHold) {
  const std::string message =
      "quantizer 'quant_conv/kernel': .tflite weights are int8 around zero; convert needs at most 8 bits and "
      "symmetric true";
  EXPECT_EQ(refusal<UnsupportedError>(*conv_with(weights({}), activations())), message);
  EXPECT_EQ(
      refusal<UnsupportedError>(*conv_with(weights({.num_bits = 10, .symmetric = true}), activations())),
      message);
}

TEST(CustomQuantizers, FewerBitsAndTheWholeRangeOfCodesConvert) {
  for (const QuantizerOptions& options :
       {QuantizerOptions{.num_bits = 4, .symmetric = true, .narrow_range = true},
        QuantizerOptions{.num_bits = 4, .per_axis = true, .symmetric = true},
        QuantizerOptions{.num_bits = 8, .symmetric = true}}) {
    SCOPED_TRACE(std::to_string(options.num_bits) + " bits");
    const ModelPtr model = conv_with(weights(options), activations());
    const tflite::TfLiteModel file = convert(*model).file;
    const int32_t index = file.main().operators.at(1).inputs[1];
    const Array codes = tflite::to_array(file.main().tensors.at(static_cast<size_t>(index)));
    const int limit = 1 << (options.num_bits - 1);
    for (const int8_t code : codes.span<int8_t>()) {
      EXPECT_GE(code, -limit);
      EXPECT_LT(code, limit);
    }
    expect_agrees_with_litert(*model, 10, 4);
  }
}

}  // namespace
}  // namespace nudge::convert
