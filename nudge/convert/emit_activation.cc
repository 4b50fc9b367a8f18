// Activation functions that stand alone.
#include <cmath>

#include "nudge/base/error.h"
#include "nudge/convert/emit.h"
#include "nudge/layers/softmax.h"

namespace nudge::convert {
namespace {

using tflite::BuiltinOperator;
using tflite::Quantization;
using Kind = ActivationSpec::Kind;

// The grids that TFLite's kernels insist on.
std::optional<Quantization> fixed_grid(Kind kind) {
  switch (kind) {
    case Kind::kSigmoid:
    case Kind::kSoftmax:
      return tflite::per_tensor(1.0f / 256.0f, -128);
    case Kind::kTanh:
      return tflite::per_tensor(1.0f / 128.0f, 0);
    default:
      return std::nullopt;
  }
}

BuiltinOperator operator_of(const ActivationSpec& spec) {
  switch (spec.kind) {
    case Kind::kSigmoid:
      return BuiltinOperator::kLogistic;
    case Kind::kTanh:
      return BuiltinOperator::kTanh;
    case Kind::kSoftmax:
      return BuiltinOperator::kSoftmax;
    case Kind::kLeakyRelu:
      return BuiltinOperator::kLeakyRelu;
    default:
      return spec.max == 6.0 ? BuiltinOperator::kRelu6 : BuiltinOperator::kRelu;
  }
}

tflite::Options options_of(const ActivationSpec& spec) {
  if (spec.kind == Kind::kSoftmax) return tflite::SoftmaxOptions{};
  if (spec.kind == Kind::kLeakyRelu) return tflite::LeakyReluOptions{static_cast<float>(spec.negative_slope)};
  return {};
}

void check_axis(const Layer& layer, size_t rank) {
  const auto* softmax = dynamic_cast<const layers::Softmax*>(&layer);
  if (softmax == nullptr) return;
  const int64_t axis = softmax->options().axis;
  if (axis != -1 && axis != static_cast<int64_t>(rank) - 1) {
    throw UnsupportedError("layer '" + layer.name() +
                           "' (Softmax): TFLite's SOFTMAX acts on the last axis only");
  }
}

bool computes_in_8_bits(Kind kind, const Quantization& from, const Quantization& to) {
  const auto scale = static_cast<double>(from.scale[0]);
  if (kind == Kind::kSigmoid || kind == Kind::kTanh) return true;  // looked up
  // Below, the fixed-point softmax has no bits left for differences.
  constexpr double kLeastSoftmaxScale = 1e-6;
  if (kind == Kind::kSoftmax) return scale > kLeastSoftmaxScale;
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

int32_t emit_activation(Emitter& emitter, const ActivationSpec& spec, int32_t index, const std::string& name,
                        const std::optional<Quantization>& target) {
  if (spec.kind == Kind::kLinear) return index;
  std::optional<Quantization> grid;
  if (const auto given = emitter.graph().tensors[static_cast<size_t>(index)].quantization) {
    grid = fixed_grid(spec.kind);
    if (!grid) grid = target ? target : given;
    if ((target && !same_grid(*grid, *target)) || !computes_in_8_bits(spec.kind, *given, *grid)) {
      // Training chose another grid than the kernel's own, or one that it cannot reach.
      index = emitter.dequantized(index);
      grid = std::nullopt;
    }
  }
  const bool clip = spec.kind == Kind::kRelu && spec.max && *spec.max != 6.0;
  const int32_t result = emitter.add_operator(operator_of(spec), {index}, clip ? name + "/relu" : name,
                                              emitter.shape_of(index), grid, options_of(spec));
  return clip ? clipped(emitter, result, *spec.max, name) : result;
}

void emit_activation_layer(Emitter& emitter, const Run& run) {
  const Tensor& source = run.head->inputs.front();
  check_axis(computing_layer(*run.head->layer), source.shape().size());
  const ActivationSpec spec = *activation_layer(computing_layer(*run.head->layer));
  if (spec.kind == Kind::kLinear) return emit_identity(emitter, run);
  const auto target = emitter.grid_of(run.output);
  // A layer that quantization left out stays a float island even between 8-bit tensors.
  const bool integer =
      emitter.is_integer(source) && is_wrapped(*run.head->layer) && (target || fixed_grid(spec.kind));
  const int32_t input = integer ? emitter.integer(source) : emitter.real(source);
  emitter.finish(run.output, emit_activation(emitter, spec, input, run_name(run), target));
}

}  // namespace nudge::convert
