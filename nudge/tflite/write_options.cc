#include <fmt/format.h>

#include "nudge/base/error.h"
#include "nudge/tflite/operator_options-inl.h"

namespace nudge::tflite {

namespace {

int8_t code(TfLitePadding padding) { return static_cast<int8_t>(padding); }
int8_t code(FusedActivation activation) { return static_cast<int8_t>(activation); }
int8_t code(TensorType type) { return static_cast<int8_t>(type); }

using Written = std::pair<fbs::BuiltinOptions, flatbuffers::Offset<void>>;

template <typename Table>
Written done(flatbuffers::Offset<Table> table) {
  return {fbs::BuiltinOptionsTraits<Table>::enum_value, table.Union()};
}

// One overload for each struct of the Options variant.
struct OptionsWriter {
  flatbuffers::FlatBufferBuilder& builder;
  const Operator& op;

  Written operator()(const std::monostate&) const {
    switch (op.op) {
      case BuiltinOperator::kPad:
        return done(fbs::CreatePadOptions(builder));
      case BuiltinOperator::kPadV2:
        return done(fbs::CreatePadV2Options(builder));
      case BuiltinOperator::kTranspose:
        return done(fbs::CreateTransposeOptions(builder));
      case BuiltinOperator::kDequantize:
        return done(fbs::CreateDequantizeOptions(builder));
      case BuiltinOperator::kMaximum:
      case BuiltinOperator::kMinimum:
        return done(fbs::CreateMaximumMinimumOptions(builder));
      case BuiltinOperator::kSlice:
        return done(fbs::CreateSliceOptions(builder));
      case BuiltinOperator::kTile:
        return done(fbs::CreateTileOptions(builder));
      case BuiltinOperator::kExpandDims:
        return done(fbs::CreateExpandDimsOptions(builder));
      case BuiltinOperator::kSquaredDifference:
        return done(fbs::CreateSquaredDifferenceOptions(builder));
      case BuiltinOperator::kQuantize:
        return done(fbs::CreateQuantizeOptions(builder));
      case BuiltinOperator::kHardSwish:
        return done(fbs::CreateHardSwishOptions(builder));
      default:
        return {fbs::BuiltinOptions_NONE, 0};
    }
  }
  Written operator()(const TfLiteConv2dOptions& o) const {
    return done(fbs::CreateConv2DOptions(builder, code(o.padding), o.stride_w, o.stride_h, code(o.activation),
                                         o.dilation_w, o.dilation_h));
  }
  Written operator()(const TfLiteDepthwiseConv2dOptions& o) const {
    return done(fbs::CreateDepthwiseConv2DOptions(builder, code(o.padding), o.stride_w, o.stride_h,
                                                  o.depth_multiplier, code(o.activation), o.dilation_w,
                                                  o.dilation_h));
  }
  Written operator()(const TfLitePool2dOptions& o) const {
    return done(fbs::CreatePool2DOptions(builder, code(o.padding), o.stride_w, o.stride_h, o.filter_w,
                                         o.filter_h, code(o.activation)));
  }
  Written operator()(const TfLiteTransposeConvOptions& o) const {
    return done(fbs::CreateTransposeConvOptions(builder, code(o.padding), o.stride_w, o.stride_h,
                                                code(o.activation)));
  }
  Written operator()(const TfLiteFullyConnectedOptions& o) const {
    return done(fbs::CreateFullyConnectedOptions(builder, code(o.activation), o.weights_format,
                                                 o.keep_num_dims, o.asymmetric_quantize_inputs));
  }
  Written operator()(const TfLiteSoftmaxOptions& o) const {
    return done(fbs::CreateSoftmaxOptions(builder, o.beta));
  }
  Written operator()(const TfLiteConcatenationOptions& o) const {
    return done(fbs::CreateConcatenationOptions(builder, o.axis, code(o.activation)));
  }
  Written operator()(const TfLiteAddOptions& o) const {
    return done(fbs::CreateAddOptions(builder, code(o.activation), o.pot_scale_int16));
  }
  Written operator()(const TfLiteSubOptions& o) const {
    return done(fbs::CreateSubOptions(builder, code(o.activation), o.pot_scale_int16));
  }
  Written operator()(const TfLiteMulOptions& o) const {
    return done(fbs::CreateMulOptions(builder, code(o.activation)));
  }
  Written operator()(const TfLiteDivOptions& o) const {
    return done(fbs::CreateDivOptions(builder, code(o.activation)));
  }
  Written operator()(const TfLiteL2NormOptions& o) const {
    return done(fbs::CreateL2NormOptions(builder, code(o.activation)));
  }
  Written operator()(const TfLiteResizeBilinearOptions& o) const {
    return done(fbs::CreateResizeBilinearOptions(builder, o.align_corners, o.half_pixel_centers));
  }
  Written operator()(const TfLiteResizeNearestNeighborOptions& o) const {
    return done(fbs::CreateResizeNearestNeighborOptions(builder, o.align_corners, o.half_pixel_centers));
  }
  Written operator()(const TfLiteReshapeOptions& o) const {
    return done(fbs::CreateReshapeOptions(builder, builder.CreateVector(o.new_shape)));
  }
  Written operator()(const TfLiteReducerOptions& o) const {
    return done(fbs::CreateReducerOptions(builder, o.keep_dims));
  }
  Written operator()(const TfLiteSqueezeOptions& o) const {
    return done(fbs::CreateSqueezeOptions(builder, builder.CreateVector(o.squeeze_dims)));
  }
  Written operator()(const TfLiteStridedSliceOptions& o) const {
    return done(fbs::CreateStridedSliceOptions(builder, o.begin_mask, o.end_mask, o.ellipsis_mask,
                                               o.new_axis_mask, o.shrink_axis_mask, o.offset));
  }
  Written operator()(const TfLiteSplitOptions& o) const {
    return done(fbs::CreateSplitOptions(builder, o.num_splits));
  }
  Written operator()(const TfLiteShapeOptions& o) const {
    return done(fbs::CreateShapeOptions(builder, code(o.out_type)));
  }
  Written operator()(const TfLitePackOptions& o) const {
    return done(fbs::CreatePackOptions(builder, o.values_count, o.axis));
  }
  Written operator()(const TfLiteLeakyReluOptions& o) const {
    return done(fbs::CreateLeakyReluOptions(builder, o.alpha));
  }
  Written operator()(const TfLiteBatchMatMulOptions& o) const {
    return done(fbs::CreateBatchMatMulOptions(builder, o.adj_x, o.adj_y, o.asymmetric_quantize_inputs));
  }
  Written operator()(const TfLiteGeluOptions& o) const {
    return done(fbs::CreateGeluOptions(builder, o.approximate));
  }
  Written operator()(const TfLiteArgMaxOptions& o) const {
    return done(fbs::CreateArgMaxOptions(builder, code(o.output_type)));
  }
  Written operator()(const TfLiteUnidirectionalSequenceLstmOptions& o) const {
    return done(fbs::CreateUnidirectionalSequenceLSTMOptions(
        builder, code(o.activation), o.cell_clip, o.proj_clip, o.time_major, o.asymmetric_quantize_inputs,
        o.diagonal_recurrent_tensors));
  }
  Written operator()(const UnknownOptions& o) const {
    throw UnsupportedError(fmt::format("operator {} has options (number {}) that cannot be written",
                                       to_string(op.op), o.union_type));
  }
};

}  // namespace

Written write_options(flatbuffers::FlatBufferBuilder& builder, const Operator& op) {
  return std::visit(OptionsWriter{builder, op}, op.options);
}

}  // namespace nudge::tflite
