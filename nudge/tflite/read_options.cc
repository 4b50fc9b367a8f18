#include <fmt/format.h>

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/tflite/operator_options-inl.h"

namespace nudge::tflite {

namespace {

TfLitePadding padding(int8_t value, const std::string& where) {
  if (value < 0 || value > 1)
    throw InputError(fmt::format("{}: padding {} is none of the format's", where, value));
  return static_cast<TfLitePadding>(value);
}

FusedActivation activation(int8_t value, const std::string& where) {
  if (value < 0 || value > 5) {
    throw InputError(fmt::format("{}: fused activation {} is none of the format's", where, value));
  }
  return static_cast<FusedActivation>(value);
}

std::vector<int32_t> ints(const flatbuffers::Vector<int32_t>* values) {
  if (values == nullptr) return {};
  return {values->begin(), values->end()};
}

}  // namespace

Options read_options(const fbs::Operator& op, const std::string& where) {
  if (op.builtin_options_2_type() != 0) return UnknownOptions{1000 + op.builtin_options_2_type()};
  if (op.builtin_options() == nullptr) return std::monostate{};
  switch (op.builtin_options_type()) {
    case fbs::BuiltinOptions_NONE:
      return std::monostate{};
    case fbs::BuiltinOptions_Conv2DOptions: {
      const auto& o = *op.builtin_options_as_Conv2DOptions();
      return TfLiteConv2dOptions{padding(o.padding(), where),       o.stride_w(),   o.stride_h(),
                                 activation(o.activation(), where), o.dilation_w(), o.dilation_h()};
    }
    case fbs::BuiltinOptions_DepthwiseConv2DOptions: {
      const auto& o = *op.builtin_options_as_DepthwiseConv2DOptions();
      return TfLiteDepthwiseConv2dOptions{
          padding(o.padding(), where),       o.stride_w(),   o.stride_h(),  o.depth_multiplier(),
          activation(o.activation(), where), o.dilation_w(), o.dilation_h()};
    }
    case fbs::BuiltinOptions_Pool2DOptions: {
      const auto& o = *op.builtin_options_as_Pool2DOptions();
      return TfLitePool2dOptions{
          padding(o.padding(), where),      o.stride_w(), o.stride_h(), o.filter_w(), o.filter_h(),
          activation(o.activation(), where)};
    }
    case fbs::BuiltinOptions_Conv3DOptions: {
      const auto& o = *op.builtin_options_as_Conv3DOptions();
      return TfLiteConv3dOptions{
          padding(o.padding(), where),       o.stride_d(),   o.stride_w(),   o.stride_h(),
          activation(o.activation(), where), o.dilation_d(), o.dilation_w(), o.dilation_h()};
    }
    case fbs::BuiltinOptions_TransposeConvOptions: {
      const auto& o = *op.builtin_options_as_TransposeConvOptions();
      return TfLiteTransposeConvOptions{padding(o.padding(), where), o.stride_w(), o.stride_h(),
                                        activation(o.activation(), where)};
    }
    case fbs::BuiltinOptions_FullyConnectedOptions: {
      const auto& o = *op.builtin_options_as_FullyConnectedOptions();
      return TfLiteFullyConnectedOptions{activation(o.activation(), where), o.weights_format(),
                                         o.keep_num_dims(), o.asymmetric_quantize_inputs()};
    }
    case fbs::BuiltinOptions_SoftmaxOptions:
      return TfLiteSoftmaxOptions{op.builtin_options_as_SoftmaxOptions()->beta()};
    case fbs::BuiltinOptions_ConcatenationOptions: {
      const auto& o = *op.builtin_options_as_ConcatenationOptions();
      return TfLiteConcatenationOptions{o.axis(), activation(o.activation(), where)};
    }
    case fbs::BuiltinOptions_AddOptions: {
      const auto& o = *op.builtin_options_as_AddOptions();
      return TfLiteAddOptions{activation(o.activation(), where), o.pot_scale_int16()};
    }
    case fbs::BuiltinOptions_SubOptions: {
      const auto& o = *op.builtin_options_as_SubOptions();
      return TfLiteSubOptions{activation(o.activation(), where), o.pot_scale_int16()};
    }
    case fbs::BuiltinOptions_MulOptions:
      return TfLiteMulOptions{activation(op.builtin_options_as_MulOptions()->activation(), where)};
    case fbs::BuiltinOptions_DivOptions:
      return TfLiteDivOptions{activation(op.builtin_options_as_DivOptions()->activation(), where)};
    case fbs::BuiltinOptions_L2NormOptions:
      return TfLiteL2NormOptions{activation(op.builtin_options_as_L2NormOptions()->activation(), where)};
    case fbs::BuiltinOptions_ResizeBilinearOptions: {
      const auto& o = *op.builtin_options_as_ResizeBilinearOptions();
      return TfLiteResizeBilinearOptions{o.align_corners(), o.half_pixel_centers()};
    }
    case fbs::BuiltinOptions_ResizeNearestNeighborOptions: {
      const auto& o = *op.builtin_options_as_ResizeNearestNeighborOptions();
      return TfLiteResizeNearestNeighborOptions{o.align_corners(), o.half_pixel_centers()};
    }
    case fbs::BuiltinOptions_ReshapeOptions:
      return TfLiteReshapeOptions{ints(op.builtin_options_as_ReshapeOptions()->new_shape())};
    case fbs::BuiltinOptions_ReducerOptions:
      return TfLiteReducerOptions{op.builtin_options_as_ReducerOptions()->keep_dims()};
    case fbs::BuiltinOptions_SqueezeOptions:
      return TfLiteSqueezeOptions{ints(op.builtin_options_as_SqueezeOptions()->squeeze_dims())};
    case fbs::BuiltinOptions_StridedSliceOptions: {
      const auto& o = *op.builtin_options_as_StridedSliceOptions();
      return TfLiteStridedSliceOptions{o.begin_mask(),    o.end_mask(),         o.ellipsis_mask(),
                                       o.new_axis_mask(), o.shrink_axis_mask(), o.offset()};
    }
    case fbs::BuiltinOptions_SplitOptions:
      return TfLiteSplitOptions{op.builtin_options_as_SplitOptions()->num_splits()};
    case fbs::BuiltinOptions_SplitVOptions:
      return TfLiteSplitOptions{op.builtin_options_as_SplitVOptions()->num_splits()};
    case fbs::BuiltinOptions_ShapeOptions:
      return TfLiteShapeOptions{static_cast<TensorType>(op.builtin_options_as_ShapeOptions()->out_type())};
    case fbs::BuiltinOptions_PackOptions: {
      const auto& o = *op.builtin_options_as_PackOptions();
      return TfLitePackOptions{o.values_count(), o.axis()};
    }
    case fbs::BuiltinOptions_UnpackOptions: {
      const auto& o = *op.builtin_options_as_UnpackOptions();
      return TfLiteUnpackOptions{o.num(), o.axis()};
    }
    case fbs::BuiltinOptions_GatherOptions: {
      const auto& o = *op.builtin_options_as_GatherOptions();
      return TfLiteGatherOptions{o.axis(), o.batch_dims()};
    }
    case fbs::BuiltinOptions_CastOptions: {
      const auto& o = *op.builtin_options_as_CastOptions();
      return TfLiteCastOptions{static_cast<TensorType>(o.in_data_type()),
                               static_cast<TensorType>(o.out_data_type())};
    }
    case fbs::BuiltinOptions_SpaceToDepthOptions:
      return TfLiteBlockOptions{op.builtin_options_as_SpaceToDepthOptions()->block_size()};
    case fbs::BuiltinOptions_DepthToSpaceOptions:
      return TfLiteBlockOptions{op.builtin_options_as_DepthToSpaceOptions()->block_size()};
    case fbs::BuiltinOptions_SVDFOptions: {
      const auto& o = *op.builtin_options_as_SVDFOptions();
      return TfLiteSvdfOptions{o.rank(), activation(o.activation(), where), o.asymmetric_quantize_inputs()};
    }
    case fbs::BuiltinOptions_LeakyReluOptions:
      return TfLiteLeakyReluOptions{op.builtin_options_as_LeakyReluOptions()->alpha()};
    case fbs::BuiltinOptions_BatchMatMulOptions: {
      const auto& o = *op.builtin_options_as_BatchMatMulOptions();
      return TfLiteBatchMatMulOptions{o.adj_x(), o.adj_y(), o.asymmetric_quantize_inputs()};
    }
    case fbs::BuiltinOptions_GeluOptions:
      return TfLiteGeluOptions{op.builtin_options_as_GeluOptions()->approximate()};
    case fbs::BuiltinOptions_LocalResponseNormalizationOptions: {
      const auto& o = *op.builtin_options_as_LocalResponseNormalizationOptions();
      return TfLiteLocalResponseNormalizationOptions{o.radius(), o.bias(), o.alpha(), o.beta()};
    }
    case fbs::BuiltinOptions_OneHotOptions:
      return TfLiteOneHotOptions{op.builtin_options_as_OneHotOptions()->axis()};
    case fbs::BuiltinOptions_MirrorPadOptions: {
      const int8_t mode = op.builtin_options_as_MirrorPadOptions()->mode();
      if (mode < 0 || mode > 1)
        throw InputError(fmt::format("{}: mirror mode {} is none of the format's", where, mode));
      return TfLiteMirrorPadOptions{mode == 1};
    }
    case fbs::BuiltinOptions_CumsumOptions: {
      const auto& o = *op.builtin_options_as_CumsumOptions();
      return TfLiteCumsumOptions{o.exclusive(), o.reverse()};
    }
    case fbs::BuiltinOptions_ArgMaxOptions:
      return TfLiteArgMaxOptions{
          static_cast<TensorType>(op.builtin_options_as_ArgMaxOptions()->output_type())};
    case fbs::BuiltinOptions_ArgMinOptions:
      return TfLiteArgMaxOptions{
          static_cast<TensorType>(op.builtin_options_as_ArgMinOptions()->output_type())};
    case fbs::BuiltinOptions_UnidirectionalSequenceLSTMOptions: {
      const auto& o = *op.builtin_options_as_UnidirectionalSequenceLSTMOptions();
      return TfLiteUnidirectionalSequenceLstmOptions{activation(o.activation(), where),
                                                     o.cell_clip(),
                                                     o.proj_clip(),
                                                     o.time_major(),
                                                     o.asymmetric_quantize_inputs(),
                                                     o.diagonal_recurrent_tensors()};
    }
    default: {
      const auto type = static_cast<uint8_t>(op.builtin_options_type());
      if (std::ranges::find(kEmptyTables, type, &EmptyTable::number) != kEmptyTables.end())
        return std::monostate{};
      return UnknownOptions{type};
    }
  }
}

}  // namespace nudge::tflite
