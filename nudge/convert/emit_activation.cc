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
    case Function::kLogSoftmax:
      return tflite::per_tensor(1.0f / 16.0f, 127);
    default:
      return std::nullopt;
  }
}

BuiltinOperator operator_of(const Activation& activation) {
  switch (activation.function) {
    case Function::kSigmoid:
      return BuiltinOperator::kLogistic;
    case Function::kTanh:
      return BuiltinOperator::kTanh;
    case Function::kSoftmax:
      return BuiltinOperator::kSoftmax;
    case Function::kLogSoftmax:
      return BuiltinOperator::kLogSoftmax;
    case Function::kGelu:
    case Function::kGeluTanh:
      return BuiltinOperator::kGelu;
    case Function::kHardSwish:
      return BuiltinOperator::kHardSwish;
    case Function::kExp:
      return BuiltinOperator::kExp;
    case Function::kLog:
      return BuiltinOperator::kLog;
    case Function::kSqrt:
      return BuiltinOperator::kSqrt;
    case Function::kRsqrt:
      return BuiltinOperator::kRsqrt;
    case Function::kSquare:
      return BuiltinOperator::kMul;  // by itself
    case Function::kAbs:
      return BuiltinOperator::kAbs;
    case Function::kNegative:
      return BuiltinOperator::kNeg;
    case Function::kSin:
      return BuiltinOperator::kSin;
    case Function::kCos:
      return BuiltinOperator::kCos;
    case Function::kFloor:
      return BuiltinOperator::kFloor;
    case Function::kSign:
      return BuiltinOperator::kSign;
    case Function::kLinear:
    case Function::kElu:   // emit_elu
    case Function::kClip:  // emit_clip
    case Function::kRelu:
      break;
  }
  if (activation.negative_slope != 0.0) return BuiltinOperator::kLeakyRelu;
  return activation.max_value == 6.0 ? BuiltinOperator::kRelu6 : BuiltinOperator::kRelu;
}

tflite::Options options_of(const Activation& activation) {
  switch (activation.function) {
    case Function::kSoftmax:
      return tflite::TfLiteSoftmaxOptions{};
    case Function::kGelu:
    case Function::kGeluTanh:
      return tflite::TfLiteGeluOptions{.approximate = activation.function == Function::kGeluTanh};
    case Function::kSquare:
      return tflite::TfLiteMulOptions{};
    default:
      break;
  }
  if (activation.negative_slope == 0.0) return {};
  return tflite::TfLiteLeakyReluOptions{static_cast<float>(activation.negative_slope)};
}

void check_axis(const Activation& activation, size_t rank, const std::string& where) {
  const bool last = activation.axis == -1 || activation.axis == static_cast<int64_t>(rank) - 1;
  const bool softmax =
      activation.function == Function::kSoftmax || activation.function == Function::kLogSoftmax;
  if (softmax && !last) throw UnsupportedError(where + "TFLite's SOFTMAX acts on the last axis only");
}

bool computes_in_8_bits(Function function, const Quantization& from, const Quantization& to) {
  const auto scale = static_cast<double>(from.scale[0]), result = static_cast<double>(to.scale[0]);
  // Below, the fixed-point softmax has no bits left for differences.
  constexpr double kLeastSoftmaxScale = 1e-6;
  switch (function) {
    case Function::kSigmoid:  // looked up
    case Function::kTanh:
    case Function::kGelu:
    case Function::kGeluTanh:
    case Function::kExp:
      return true;
    case Function::kSoftmax:
    case Function::kLogSoftmax:
      return scale > kLeastSoftmaxScale;
    case Function::kRelu:
    case Function::kHardSwish:
      return within_reach(scale, result);
    case Function::kSquare:
      return within_reach(scale * scale, result);
    case Function::kClip:  // the codes are compared
      return same_grid(from, to);
    default:
      return false;
  }
}

// MINIMUM or MAXIMUM with a constant.  On a grid that ends at or before the limit every code is within it.
int32_t limited(Emitter& emitter, int32_t index, BuiltinOperator op, double limit, const std::string& name) {
  const auto quantization = emitter.graph().tensors[static_cast<size_t>(index)].quantization;
  const bool upper = op == BuiltinOperator::kMinimum;
  if (quantization) {
    const double code = std::floor(limit / static_cast<double>(quantization->scale[0]) + 0.5) +
                        static_cast<double>(quantization->zero_point[0]);
    if (upper ? code >= 127 : code <= -128) return index;
  }
  const int32_t constant = emitter.add_real_constant(
      name + (upper ? "/max" : "/min"), Array::of<float>({1}, {static_cast<float>(limit)}), quantization);
  return emitter.add_operator(op, {index, constant}, name, emitter.shape_of(index), quantization);
}

int32_t emit_clip(Emitter& emitter, const Activation& clip, int32_t index, const std::string& name) {
  if (clip.min_value) {
    const std::string made = clip.max_value ? name + "/low" : name;
    index = limited(emitter, index, BuiltinOperator::kMaximum, *clip.min_value, made);
  }
  if (!clip.max_value) return index;
  return limited(emitter, index, BuiltinOperator::kMinimum, *clip.max_value, name);
}

// max(x, 0) + e^min(x, 0) - 1, in floats: the reference kernels have no ELU.
int32_t emit_elu(Emitter& emitter, int32_t x, const std::string& name) {
  const Shape shape = emitter.shape_of(x);
  const auto number = [&](const std::string& what, float value) {
    return emitter.add_constant(name + what, Array::of<float>({1}, {value}));
  };
  const auto made = [&](BuiltinOperator op, std::vector<int32_t> inputs, const std::string& part,
                        tflite::Options options) {
    return emitter.add_operator(op, std::move(inputs), name + part, shape, std::nullopt, std::move(options));
  };
  const int32_t above = made(BuiltinOperator::kRelu, {x}, "/above", {});
  const int32_t below = made(BuiltinOperator::kMinimum, {x, number("/zero", 0.0f)}, "/below", {});
  const int32_t power = made(BuiltinOperator::kExp, {below}, "/power", {});
  const int32_t step =
      made(BuiltinOperator::kSub, {power, number("/one", 1.0f)}, "/step", tflite::TfLiteSubOptions{});
  return made(BuiltinOperator::kAdd, {above, step}, "", tflite::TfLiteAddOptions{});
}

// A ReLU with a threshold, or with a slope and a maximum: x or slope * (x - threshold), by a comparison, in
// floats.
int32_t emit_general_relu(Emitter& emitter, const Activation& relu, int32_t x, const std::string& name) {
  const Shape shape = emitter.shape_of(x);
  const auto number = [&](const std::string& what, double value) {
    return emitter.add_constant(name + what, Array::of<float>({1}, {static_cast<float>(value)}));
  };
  const auto made = [&](BuiltinOperator op, int32_t a, int32_t b, const std::string& part,
                        tflite::Options options) {
    return emitter.add_operator(op, {a, b}, name + part, shape, std::nullopt, std::move(options));
  };
  const int32_t threshold = number("/threshold", relu.threshold);
  const int32_t above = made(BuiltinOperator::kGreaterEqual, x, threshold, "/above", {});
  emitter.graph().tensors[static_cast<size_t>(above)].type = tflite::TensorType::kBool;
  const int32_t distance = made(BuiltinOperator::kSub, x, threshold, "/distance", tflite::TfLiteSubOptions{});
  const int32_t below = made(BuiltinOperator::kMul, distance, number("/slope", relu.negative_slope), "/below",
                             tflite::TfLiteMulOptions{});
  const int32_t result = emitter.add_operator(BuiltinOperator::kSelectV2, {above, x, below},
                                              relu.max_value ? name + "/relu" : name, shape, std::nullopt);
  if (!relu.max_value) return result;
  return limited(emitter, result, BuiltinOperator::kMinimum, *relu.max_value, name);
}

// PRELU with one slope for all channels: of LEAKY_RELU's codes every runtime has its own.
int32_t emit_slope(Emitter& emitter, const Activation& relu, int32_t x, const std::string& name,
                   const Quantization& grid) {
  constexpr float kLargestCode = 127;
  const Shape shape = emitter.shape_of(x);
  const auto slope = static_cast<float>(relu.negative_slope);
  const int32_t slopes = emitter.add_real_constant(name + "/slope", Array::full<float>({shape.back()}, slope),
                                                   tflite::per_tensor(std::abs(slope) / kLargestCode, 0));
  return emitter.add_operator(BuiltinOperator::kPrelu, {x, slopes}, name, shape, grid);
}

}  // namespace

int32_t emit_activation(Emitter& emitter, const Activation& activation, int32_t index,
                        const std::string& name, const std::optional<Quantization>& target,
                        const std::string& where) {
  if (activation.linear()) return index;
  check_axis(activation, emitter.shape_of(index).size(), where);
  const Function function = activation.function;
  const bool relu = function == Function::kRelu;
  const bool general =
      relu && (activation.threshold != 0.0 || (activation.negative_slope != 0.0 && activation.max_value));
  std::optional<Quantization> grid;
  if (const auto given = emitter.graph().tensors[static_cast<size_t>(index)].quantization) {
    if (function == Function::kClip && target) index = emitter.requantized(index, *target);
    grid = fixed_grid(function);
    if (!grid) grid = target ? target : given;
    const Quantization from = function == Function::kClip ? *grid : *given;
    if (general || (target && !same_grid(*grid, *target)) || !computes_in_8_bits(function, from, *grid)) {
      // Training chose another grid than the kernel's own, or one that it cannot reach.
      index = emitter.dequantized(index);
      grid = std::nullopt;
    }
  }
  if (function == Function::kElu) return emit_elu(emitter, index, name);
  if (general) return emit_general_relu(emitter, activation, index, name);
  if (function == Function::kClip) return emit_clip(emitter, activation, index, name);
  const BuiltinOperator op = operator_of(activation);
  if (op == BuiltinOperator::kLeakyRelu && grid) return emit_slope(emitter, activation, index, name, *grid);
  const bool clip = relu && activation.max_value && op == BuiltinOperator::kRelu;
  std::vector<int32_t> inputs{index};
  if (function == Function::kSquare) inputs.push_back(index);
  const int32_t result = emitter.add_operator(op, inputs, clip ? name + "/relu" : name,
                                              emitter.shape_of(index), grid, options_of(activation));
  return clip ? limited(emitter, result, BuiltinOperator::kMinimum, *activation.max_value, name) : result;
}

void emit(Emitter& emitter, const Run& run, const ops::Activate& activate) {
  const ops::ValueId source = run.input();
  const std::string where = ops::Program::where(*run.head);
  const auto target = emitter.grid_of(run.output);
  // A layer that quantization left out stays a float island even between 8-bit tensors.
  const bool integer = emitter.is_integer(source) && quantize::is_wrapped(*run.head->layer) &&
                       (target || fixed_grid(activate.activation.function));
  const int32_t input = integer ? emitter.integer(source) : emitter.real(source);
  emitter.finish(run.output, emit_activation(emitter, activate.activation, input, run.name, target, where));
}

}  // namespace nudge::convert
