#include <fmt/format.h>

#include <algorithm>

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
    const auto* const entry = std::ranges::find(kEmptyTables, op.op, &EmptyTable::op);
    if (entry == kEmptyTables.end()) return {fbs::BuiltinOptions_NONE, 0};
    const flatbuffers::uoffset_t table = builder.EndTable(builder.StartTable());
    return {static_cast<fbs::BuiltinOptions>(entry->number), flatbuffers::Offset<void>(table)};
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
  Written operator()(const TfLiteConv3dOptions& o) const {
    return done(fbs::CreateConv3DOptions(builder, code(o.padding), o.stride_d, o.stride_w, o.stride_h,
                                         code(o.activation), o.dilation_d, o.dilation_w, o.dilation_h));
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
    if (op.op == BuiltinOperator::kSplitV) return done(fbs::CreateSplitVOptions(builder, o.num_splits));
    return done(fbs::CreateSplitOptions(builder, o.num_splits));
  }
  Written operator()(const TfLiteShapeOptions& o) const {
    return done(fbs::CreateShapeOptions(builder, code(o.out_type)));
  }
  Written operator()(const TfLitePackOptions& o) const {
    return done(fbs::CreatePackOptions(builder, o.values_count, o.axis));
  }
  Written operator()(const TfLiteUnpackOptions& o) const {
    return done(fbs::CreateUnpackOptions(builder, o.num, o.axis));
  }
  Written operator()(const TfLiteGatherOptions& o) const {
    return done(fbs::CreateGatherOptions(builder, o.axis, o.batch_dims));
  }
  Written operator()(const TfLiteCastOptions& o) const {
    return done(fbs::CreateCastOptions(builder, code(o.in_data_type), code(o.out_data_type)));
  }
  Written operator()(const TfLiteLeakyReluOptions& o) const {
    return done(fbs::CreateLeakyReluOptions(builder, o.alpha));
  }
  Written operator()(const TfLiteBatchMatMulOptions& o) const {
    return done(fbs::CreateBatchMatMulOptions(builder, o.adj_x, o.adj_y, o.asymmetric_quantize_inputs));
  }
  Written operator()(const TfLiteBlockOptions& o) const {
    if (op.op == BuiltinOperator::kSpaceToDepth)
      return done(fbs::CreateSpaceToDepthOptions(builder, o.block_size));
    return done(fbs::CreateDepthToSpaceOptions(builder, o.block_size));
  }
  Written operator()(const TfLiteSvdfOptions& o) const {
    return done(fbs::CreateSVDFOptions(builder, o.rank, code(o.activation), o.asymmetric_quantize_inputs));
  }
  Written operator()(const TfLiteLocalResponseNormalizationOptions& o) const {
    return done(fbs::CreateLocalResponseNormalizationOptions(builder, o.radius, o.bias, o.alpha, o.beta));
  }
  Written operator()(const TfLiteOneHotOptions& o) const {
    return done(fbs::CreateOneHotOptions(builder, o.axis));
  }
  Written operator()(const TfLiteMirrorPadOptions& o) const {
    return done(fbs::CreateMirrorPadOptions(builder, o.symmetric ? 1 : 0));
  }
  Written operator()(const TfLiteCumsumOptions& o) const {
    return done(fbs::CreateCumsumOptions(builder, o.exclusive, o.reverse));
  }
  Written operator()(const TfLiteGeluOptions& o) const {
    return done(fbs::CreateGeluOptions(builder, o.approximate));
  }
  Written operator()(const TfLiteArgMaxOptions& o) const {
    if (op.op == BuiltinOperator::kArgMin)
      return done(fbs::CreateArgMinOptions(builder, code(o.output_type)));
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
