#include "nudge/tflite/test_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nudge/tflite/evaluator.h"
#include "nudge/tflite/litert.h"
#include "nudge/tflite/versions.h"
#include "nudge/tflite/writer.h"

namespace nudge::tflite {

namespace {

constexpr double kCodeDeviation = 73.9;  // of a code drawn evenly from its range

int64_t random_code(Random& random) { return static_cast<int64_t>(random.below(256)) - 128; }

// Of a zero point of this type.
int64_t random_zero(Random& random, TensorType type) {
  return random_code(random) + (type == TensorType::kUInt8 ? 128 : 0);
}

bool is_quantized(TensorType type) {
  return type == TensorType::kInt8 || type == TensorType::kUInt8 || type == TensorType::kInt16;
}

template <typename T>
Array random_codes(const Shape& shape, Random& random, int64_t low) {
  Array array(shape, DataTypeOf<T>::value);
  for (T& value : array.span<T>()) value = static_cast<T>(low + static_cast<int64_t>(random.below(256)));
  return array;
}

template <typename T>
Array random_below(const Shape& shape, Random& random, uint64_t limit) {
  Array array(shape, DataTypeOf<T>::value);
  for (T& value : array.span<T>()) value = static_cast<T>(random.below(limit));
  return array;
}

void expect_near_values(const Array& ours, const Array& theirs, double tolerance) {
  for (int64_t i = 0; i < ours.size(); ++i) {
    const float a = ours.data<float>()[i];
    const float b = theirs.data<float>()[i];
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    ASSERT_LE(std::abs(a - b), tolerance * static_cast<double>(std::max(1.0F, std::abs(b))))
        << "element " << i << ": " << a << " here, " << b << " there";
  }
}

void expect_equal_values(const Array& ours, const Array& theirs) {
  int64_t different = 0;
  for (size_t i = 0; i < ours.byte_size(); ++i) different += ours.bytes()[i] != theirs.bytes()[i] ? 1 : 0;
  EXPECT_EQ(different, 0) << "of " << ours.size() << " values";
}

}  // namespace

int32_t TestModel::input(Shape shape, TensorType type) {
  const int32_t index = activation(type);
  SubGraph& graph = model_.main();
  graph.tensors[static_cast<size_t>(index)].shape = std::move(shape);
  graph.inputs.push_back(index);
  return index;
}

int32_t TestModel::activation(TensorType type) {
  const double finer = type == TensorType::kInt16 ? 1.0 / 256 : 1;
  const auto scale = static_cast<float>(std::exp2(random_.uniform(-7, -3)) * finer);
  const int64_t zero_point = random_zero(random_, type);
  return activation(per_tensor(scale, type == TensorType::kInt16 ? 0 : zero_point), type);
}

int32_t TestModel::activation(const Quantization& quantization, TensorType type) {
  TfLiteTensor tensor;
  tensor.name = "tensor" + std::to_string(model_.main().tensors.size());
  tensor.type = type;
  if (is_quantized(type)) tensor.quantization = quantization;
  return model_.main().add(std::move(tensor));
}

int32_t TestModel::same_scale(int32_t other) {
  if (!tensor(other).quantization) return activation(tensor(other).type);
  return activation(*tensor(other).quantization, tensor(other).type);
}

int32_t TestModel::constant(const Array& array) {
  return model_.main().add(
      tflite::constant("constant" + std::to_string(model_.main().tensors.size()), array));
}

int32_t TestModel::constant(const Array& array, const Quantization& quantization) {
  const int32_t index = constant(array);
  model_.main().tensors[static_cast<size_t>(index)].quantization = quantization;
  return index;
}

int32_t TestModel::variable(Shape shape, TensorType type, const Quantization& quantization) {
  const int32_t index = activation(quantization, type);
  TfLiteTensor& tensor = model_.main().tensors[static_cast<size_t>(index)];
  tensor.shape = std::move(shape);
  tensor.is_variable = true;
  return index;
}

int32_t TestModel::ints(const std::vector<int32_t>& values) {
  return constant(Array::of<int32_t>({static_cast<int64_t>(values.size())}, values));
}

int32_t TestModel::floats(Shape shape) {
  Array array(std::move(shape));
  for (float& value : array.span<float>()) value = static_cast<float>(random_.normal());
  return constant(array);
}

int32_t TestModel::halves(Shape shape) {
  TfLiteTensor tensor;
  tensor.name = "constant" + std::to_string(model_.main().tensors.size());
  tensor.type = TensorType::kFloat16;
  tensor.shape = std::move(shape);
  for (int64_t i = 0; i < element_count(tensor.shape); ++i) {
    // Any but infinities and no numbers: the exponent is below the largest.
    const auto sign_and_fraction = static_cast<uint16_t>(random_.next() & 0x83FF);
    const auto bits = static_cast<uint16_t>(sign_and_fraction | random_.below(20) << 10);
    tensor.data.push_back(static_cast<std::byte>(bits & 0xFF));
    tensor.data.push_back(static_cast<std::byte>(bits >> 8));
  }
  return model_.main().add(std::move(tensor));
}

int32_t TestModel::scalar_code(int32_t other) {
  const auto code = static_cast<int8_t>(random_code(random_));
  const bool is_unsigned = tensor(other).type == TensorType::kUInt8;
  const int32_t index = constant(is_unsigned ? Array::full<uint8_t>({1}, static_cast<uint8_t>(code))
                                             : Array::full<int8_t>({1}, code));
  model_.main().tensors[static_cast<size_t>(index)].quantization = tensor(other).quantization;
  return index;
}

int32_t TestModel::weights(Shape shape, int32_t dimension, bool per_channel) {
  const int64_t channels = per_channel ? shape[static_cast<size_t>(dimension)] : 1;
  std::vector<float> scales;
  for (int64_t i = 0; i < channels; ++i)
    scales.push_back(static_cast<float>(std::exp2(random_.uniform(-9, -7))));
  Array array(std::move(shape), DataType::kInt8);
  for (int8_t& value : array.span<int8_t>())
    value = static_cast<int8_t>(static_cast<int>(random_.below(255)) - 127);
  const int32_t index = constant(array);
  model_.main().tensors[static_cast<size_t>(index)].quantization = tflite::per_channel(scales, dimension);
  return index;
}

int32_t TestModel::unsigned_weights(Shape shape) {
  Array array(std::move(shape), DataType::kUInt8);
  for (uint8_t& value : array.span<uint8_t>()) value = static_cast<uint8_t>(random_.below(256));
  const auto scale = static_cast<float>(std::exp2(random_.uniform(-9, -7)));
  const int32_t index = constant(array);
  model_.main().tensors[static_cast<size_t>(index)].quantization =
      per_tensor(scale, random_zero(random_, TensorType::kUInt8));
  return index;
}

int32_t TestModel::bias(int32_t input, int32_t weights, int64_t channels, int64_t depth) {
  const float scale = tensor(input).quantization->scale[0] * tensor(weights).quantization->scale[0];
  const int32_t index = bias(channels, depth);
  model_.main().tensors[static_cast<size_t>(index)].quantization = per_tensor(scale, 0);
  return index;
}

int32_t TestModel::bias(int64_t channels, int64_t depth) {
  const double deviation = kCodeDeviation * kCodeDeviation * std::sqrt(static_cast<double>(depth));
  std::vector<int32_t> values;
  for (int64_t i = 0; i < channels; ++i) values.push_back(static_cast<int32_t>(random_.normal() * deviation));
  return constant(Array::of<int32_t>({channels}, values));
}

int32_t TestModel::product_output(int32_t input, int32_t weights, int64_t depth) {
  const double factor = static_cast<double>(tensor(input).quantization->scale[0]) *
                        static_cast<double>(tensor(weights).quantization->scale[0]);
  const double spread = kCodeDeviation * std::sqrt(static_cast<double>(depth)) * random_.uniform(0.3, 4);
  const TensorType type = tensor(input).type;
  return activation(per_tensor(static_cast<float>(factor * spread), random_zero(random_, type)), type);
}

void TestModel::add(BuiltinOperator op, std::vector<int32_t> inputs, std::vector<int32_t> outputs,
                    Options options, std::vector<int32_t> intermediates) {
  Operator added;
  added.op = op;
  added.inputs = std::move(inputs);
  added.outputs = std::move(outputs);
  added.options = std::move(options);
  added.intermediates = std::move(intermediates);
  for (const int32_t output : added.outputs) model_.main().outputs.push_back(output);
  model_.main().operators.push_back(std::move(added));
}

TfLiteModel TestModel::finish() {
  set_lowest_versions(model_);
  return Evaluator(model_).model();
}

Array random_array(const TfLiteTensor& tensor, Random& random) {
  if (tensor.type == TensorType::kInt8) return random_codes<int8_t>(tensor.shape, random, -128);
  if (tensor.type == TensorType::kUInt8) return random_codes<uint8_t>(tensor.shape, random, 0);
  if (tensor.type == TensorType::kBool) return random_below<bool>(tensor.shape, random, 2);
  if (tensor.type == TensorType::kInt32) return random_below<int32_t>(tensor.shape, random, kInt32Inputs);
  if (tensor.type == TensorType::kInt16) {
    Array codes(tensor.shape, DataType::kInt16);
    for (int16_t& value : codes.span<int16_t>()) value = static_cast<int16_t>(random.next());
    return codes;
  }
  Array array(tensor.shape);
  for (float& value : array.span<float>()) value = static_cast<float>(random.normal() * 2);
  return array;
}

TfLiteModel with_every_output(TfLiteModel model) {
  SubGraph& graph = model.main();
  const auto custom = std::ranges::find(graph.operators, BuiltinOperator::kCustom, &Operator::op);
  graph.operators.erase(custom, graph.operators.end());
  graph.outputs.clear();
  for (const Operator& op : graph.operators)
    graph.outputs.insert(graph.outputs.end(), op.outputs.begin(), op.outputs.end());
  model.signatures.clear();
  return model;
}

void expect_same_outputs(const std::vector<Array>& ours, const std::vector<Array>& theirs,
                         double float_tolerance) {
  ASSERT_EQ(ours.size(), theirs.size());
  for (size_t i = 0; i < ours.size(); ++i) {
    SCOPED_TRACE("output " + std::to_string(i));
    ASSERT_EQ(ours[i].shape(), theirs[i].shape());
    ASSERT_EQ(ours[i].type(), theirs[i].type());
    if (ours[i].type() == DataType::kFloat32) {
      expect_near_values(ours[i], theirs[i], float_tolerance);
    } else {
      expect_equal_values(ours[i], theirs[i]);
    }
  }
}

void expect_agrees_with_litert(const TfLiteModel& model, uint64_t seed, double float_tolerance,
                               Kernels kernels) {
  if (!litert_available()) {
    GTEST_SKIP() << "LiteRT is not installed: nothing was compared with it";
  }
  LiteRtOptions options;
  options.kernels = kernels;
  LiteRt runtime(serialize(model), options);
  Evaluator evaluator(model);
  const SubGraph& graph = model.main();
  Random random(seed);
  std::vector<Array> inputs;
  for (const int32_t index : graph.inputs) {
    inputs.push_back(random_array(graph.tensors[static_cast<size_t>(index)], random));
  }
  expect_same_outputs(evaluator.run(inputs), runtime.run(inputs), float_tolerance);
}

}  // namespace nudge::tflite
