#include "nudge/deploy/test_small_model.h"

#include "nudge/tflite/test_model.h"

namespace nudge::deploy {

using tflite::BuiltinOperator;
using tflite::TensorType;

tflite::TfLiteModel small_model(TensorType ends) {
  tflite::TestModel model(20261127);
  const int32_t input = model.input({1, 8, 8, 3}, ends);
  int32_t image = input;
  if (ends == TensorType::kFloat32) {
    image = model.activation(tflite::per_tensor(1 / 255.0f, -128));
    model.add(BuiltinOperator::kQuantize, {input}, {image});
  }
  const int32_t kernel = model.weights({4, 3, 3, 3}, 0, /*per_channel=*/true);
  const int32_t conv = model.product_output(image, kernel, 27);
  model.add(BuiltinOperator::kConv2d, {image, kernel, model.bias(4, 27)}, {conv},
            tflite::TfLiteConv2dOptions{.activation = tflite::FusedActivation::kRelu});
  const int32_t pool = model.same_scale(conv);
  model.add(BuiltinOperator::kMaxPool2d, {conv}, {pool},
            tflite::TfLitePool2dOptions{.padding = tflite::TfLitePadding::kValid,
                                        .stride_w = 2,
                                        .stride_h = 2,
                                        .filter_w = 2,
                                        .filter_h = 2});
  const int32_t row = model.same_scale(pool);
  model.add(BuiltinOperator::kReshape, {pool, model.ints({1, 64})}, {row},
            tflite::TfLiteReshapeOptions{{1, 64}});
  const int32_t weights = model.weights({5, 64}, 0, /*per_channel=*/false);
  const int32_t logits = model.product_output(row, weights, 64);
  model.add(BuiltinOperator::kFullyConnected, {row, weights, model.bias(5, 64)}, {logits},
            tflite::TfLiteFullyConnectedOptions{});
  int32_t output = model.activation(tflite::per_tensor(1 / 256.0f, -128));
  model.add(BuiltinOperator::kSoftmax, {logits}, {output}, tflite::TfLiteSoftmaxOptions{.beta = 1});
  if (ends == TensorType::kFloat32) {
    const int32_t floats = model.activation(TensorType::kFloat32);
    model.add(BuiltinOperator::kDequantize, {output}, {floats});
    output = floats;
  }
  tflite::TfLiteModel file = model.finish();
  const auto name = [&](int32_t tensor, const char* given) {
    file.main().tensors[static_cast<size_t>(tensor)].name = given;
  };
  name(input, "image");
  name(conv, "conv");
  name(output, "classes");
  file.main().outputs = {output};
  file.signatures.push_back({.inputs = {{"image", input}}, .outputs = {{"classes", output}}});
  return file;
}

}  // namespace nudge::deploy
