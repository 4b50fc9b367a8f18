// Activation functions that stand alone.
#include <cmath>

#include "nudge/base/error.h"
#include "nudge/convert/emit.h"
#include "nudge/quantize/placed_program.h"

namespace nudge::convert {
namespace {

using ops::Activation;
using ops::Function;
using tflite::BuiltinOperator;
using tflite::Quantization;

// The grids that TFLite's kernels insist on.
std::optional<Quantization> fixed_grid(Function function) {
  switch (function) {
    case Function::kSigmoid:
    case Function::kSoftmax:
      return tflite::per_tensor(1.0f / 256.0f, -128);
    case Function::kTanh:
      return tflite::per_tensor(1.0f / 128.0f, 0);
    case Function::kLinear:
    case Function::kRelu:
      break;
  }
  return std::nullopt;
}

void check_relu(const Activation& relu, const std::string& where) {
  if (relu.threshold == 0.0 && (relu.negative_slope == 0.0 || !relu.max_value)) return;
  throw UnsupportedError(where +
                         "TFLite has no ReLU with a threshold, nor one with both a slope and a maximum");
}

BuiltinOperator operator_of(const Activation& activation, const std::string& where) {
  switch (activation.function) {
    case Function::kSigmoid:
      return BuiltinOperator::kLogistic;
    case Function::kTanh:
      return BuiltinOperator::kTanh;
    case Function::kSoftmax:
      return BuiltinOperator::kSoftmax;
    case Function::kLinear:
    case Function::kRelu:
      break;
  }
  check_relu(activation, where);
  if (activation.negative_slope != 0.0) return BuiltinOperator::kLeakyRelu;
  return activation.max_value == 6.0 ? BuiltinOperator::kRelu6 : BuiltinOperator::kRelu;
}

tflite::Options options_of(const Activation& activation) {
  if (activation.function == Function::kSoftmax) return tflite::TfLiteSoftmaxOptions{};
  if (activation.negative_slope == 0.0) return {};
  return tflite::TfLiteLeakyReluOptions{static_cast<float>(activation.negative_slope)};
}

void check_axis(const Activation& activation, size_t rank, const std::string& where) {
  const bool last = activation.axis == -1 || activation.axis == static_cast<int64_t>(rank) - 1;
  if (activation.function == Function::kSoftmax && !last) {
    throw UnsupportedError(where + "TFLite's SOFTMAX acts on the last axis only");
  }
}

bool computes_in_8_bits(Function function, const Quantization& from, const Quantization& to) {
  const auto scale = static_cast<double>(from.scale[0]);
  if (function == Function::kSigmoid || function == Function::kTanh) return true;  // looked up
  // Below, the fixed-point softmax has no bits left for differences.
  constexpr double kLeastSoftmaxScale = 1e-6;
  if (function == Function::kSoftmax) return scale > kLeastSoftmaxScale;
  return within_reach(scale, static_cast<double>(to.scale[0]));
}

// The upper limit of a ReLU that no operator has: MINIMUM with a constant.  On a grid that ends at or below
// the limit every code is allowed already.
int32_t clipped(Emitter& emitter, int32_t index, double max, const std::string& name) {
  const auto quantization = emitter.graph().tensors[static_cast<size_t>(index)].quantization;
  const Shape shape = emitter.shape_of(index);
  if (!quantization) {
    const int32_t limit =
        emitter.add_constant(name + "/max", Array::of<float>({1}, {static_cast<float>(max)}));
    return emitter.add_operator(BuiltinOperator::kMinimum, {index, limit}, name, shape, std::nullopt);
  }
  const double code = std::floor(max / static_cast<double>(quantization->scale[0]) + 0.5) +
                      static_cast<double>(quantization->zero_point[0]);
  if (code >= 127) return index;
  const int32_t limit =
      emitter.add_constant(name + "/max", Array::of<int8_t>({1}, {static_cast<int8_t>(code)}), quantization);
  return emitter.add_operator(BuiltinOperator::kMinimum, {index, limit}, name, shape, quantization);
}

}  // namespace

int32_t emit_activation(Emitter& emitter, const Activation& activation, int32_t index,
                        const std::string& name, const std::optional<Quantization>& target,
                        const std::string& where) {
  if (activation.linear()) return index;
  const BuiltinOperator op = operator_of(activation, where);
  std::optional<Quantization> grid;
  if (const auto given = emitter.graph().tensors[static_cast<size_t>(index)].quantization) {
    grid = fixed_grid(activation.function);
    if (!grid) grid = target ? target : given;
    if ((target && !same_grid(*grid, *target)) || !computes_in_8_bits(activation.function, *given, *grid)) {
      // Training chose another grid than the kernel's own, or one that it cannot reach.
      index = emitter.dequantized(index);
      grid = std::nullopt;
    }
  }
  const bool clip = activation.max_value && op == BuiltinOperator::kRelu;
  const int32_t result = emitter.add_operator(op, {index}, clip ? name + "/relu" : name,
                                              emitter.shape_of(index), grid, options_of(activation));
  return clip ? clipped(emitter, result, *activation.max_value, name) : result;
}

void emit(Emitter& emitter, const Run& run, const ops::Activate& activate) {
  const ops::ValueId source = run.input();
  const std::string where = ops::Program::where(*run.head);
  check_axis(activate.activation, emitter.shape(source).size(), where);
  const auto target = emitter.grid_of(run.output);
  // A layer that quantization left out stays a float island even between 8-bit tensors.
  const bool integer = emitter.is_integer(source) && quantize::is_wrapped(*run.head->layer) &&
                       (target || fixed_grid(activate.activation.function));
  const int32_t input = integer ? emitter.integer(source) : emitter.real(source);
  emitter.finish(run.output, emit_activation(emitter, activate.activation, input, run.name, target, where));
}

}  // namespace nudge::convert
