// Convolutions over volumes, which TFLite computes in floats alone.
#include "nudge/convert/emit.h"

namespace nudge::convert {
namespace {

using tflite::BuiltinOperator;

tflite::TfLiteConv3dOptions options_of(ops::Padding padding, const std::array<int64_t, 3>& strides,
                                       const std::array<int64_t, 3>& dilations) {
  return {.padding =
              padding == ops::Padding::kSame ? tflite::TfLitePadding::kSame : tflite::TfLitePadding::kValid,
          .stride_d = static_cast<int32_t>(strides[0]),
          .stride_w = static_cast<int32_t>(strides[2]),
          .stride_h = static_cast<int32_t>(strides[1]),
          .dilation_d = static_cast<int32_t>(dilations[0]),
          .dilation_w = static_cast<int32_t>(dilations[2]),
          .dilation_h = static_cast<int32_t>(dilations[1])};
}

void emit_volume(Emitter& emitter, const Run& run, BuiltinOperator op, std::vector<int32_t> inputs,
                 const tflite::Options& options) {
  for (size_t i = 2; i < run.inputs().size(); ++i) inputs.push_back(emitter.real(run.inputs()[i]));
  emitter.finish(run.output, emitter.add_operator(op, std::move(inputs), run.name, emitter.shape(run.output),
                                                  std::nullopt, options));
}

}  // namespace

void emit(Emitter& emitter, const Run& run, const ops::Conv3D& conv) {
  emit_volume(emitter, run, BuiltinOperator::kConv3d,
              {emitter.real(run.input()), emitter.real(run.inputs()[1])},
              options_of(conv.padding, conv.strides, conv.dilations));
}

void emit(Emitter& emitter, const Run& run, const ops::ConvTranspose3D& conv) {
  const Shape& shape = emitter.shape(run.output);
  std::vector<int32_t> sizes{1};
  for (size_t i = 1; i < shape.size(); ++i) sizes.push_back(static_cast<int32_t>(shape[i]));
  const int32_t target = emitter.add_constant(run.name + "/shape", Array::of<int32_t>({5}, sizes));
  emit_volume(emitter, run, BuiltinOperator::kConv3dTranspose,
              {target, emitter.real(run.inputs()[1]), emitter.real(run.input())},
              options_of(conv.padding, conv.strides, {1, 1, 1}));
}

}  // namespace nudge::convert
