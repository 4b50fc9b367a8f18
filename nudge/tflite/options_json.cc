#include <nlohmann/json.hpp>

#include "nudge/tflite/inspect.h"

namespace nudge::tflite {

namespace {

std::string text(TfLitePadding padding) { return padding == TfLitePadding::kSame ? "SAME" : "VALID"; }

std::string text(FusedActivation activation) {
  switch (activation) {
    case FusedActivation::kNone:
      return "NONE";
    case FusedActivation::kRelu:
      return "RELU";
    case FusedActivation::kReluN1To1:
      return "RELU_N1_TO_1";
    case FusedActivation::kRelu6:
      return "RELU6";
    case FusedActivation::kTanh:
      return "TANH";
    case FusedActivation::kSignBit:
      return "SIGN_BIT";
  }
  return "?";
}

Json strides(int32_t height, int32_t width) { return Json::array({height, width}); }

// One overload for each struct of the Options variant.
struct ToJson {
  Json operator()(const std::monostate&) const { return Json::object(); }
  Json operator()(const TfLiteConv2dOptions& o) const {
    return {{"padding", text(o.padding)},
            {"strides", strides(o.stride_h, o.stride_w)},
            {"dilation", strides(o.dilation_h, o.dilation_w)},
            {"activation", text(o.activation)}};
  }
  Json operator()(const TfLiteDepthwiseConv2dOptions& o) const {
    return {{"padding", text(o.padding)},
            {"strides", strides(o.stride_h, o.stride_w)},
            {"dilation", strides(o.dilation_h, o.dilation_w)},
            {"depth_multiplier", o.depth_multiplier},
            {"activation", text(o.activation)}};
  }
  Json operator()(const TfLitePool2dOptions& o) const {
    return {{"padding", text(o.padding)},
            {"strides", strides(o.stride_h, o.stride_w)},
            {"window", strides(o.filter_h, o.filter_w)},
            {"activation", text(o.activation)}};
  }
  Json operator()(const TfLiteConv3dOptions& o) const {
    return {{"padding", text(o.padding)},
            {"strides", {o.stride_d, o.stride_h, o.stride_w}},
            {"dilation", {o.dilation_d, o.dilation_h, o.dilation_w}},
            {"activation", text(o.activation)}};
  }
  Json operator()(const TfLiteTransposeConvOptions& o) const {
    return {{"padding", text(o.padding)},
            {"strides", strides(o.stride_h, o.stride_w)},
            {"activation", text(o.activation)}};
  }
  Json operator()(const TfLiteFullyConnectedOptions& o) const {
    return {{"keep_num_dims", o.keep_num_dims}, {"activation", text(o.activation)}};
  }
  Json operator()(const TfLiteSoftmaxOptions& o) const { return {{"beta", o.beta}}; }
  Json operator()(const TfLiteConcatenationOptions& o) const {
    return {{"axis", o.axis}, {"activation", text(o.activation)}};
  }
  Json operator()(const TfLiteAddOptions& o) const { return {{"activation", text(o.activation)}}; }
  Json operator()(const TfLiteSubOptions& o) const { return {{"activation", text(o.activation)}}; }
  Json operator()(const TfLiteMulOptions& o) const { return {{"activation", text(o.activation)}}; }
  Json operator()(const TfLiteDivOptions& o) const { return {{"activation", text(o.activation)}}; }
  Json operator()(const TfLiteL2NormOptions& o) const { return {{"activation", text(o.activation)}}; }
  Json operator()(const TfLiteResizeBilinearOptions& o) const {
    return {{"align_corners", o.align_corners}, {"half_pixel_centers", o.half_pixel_centers}};
  }
  Json operator()(const TfLiteResizeNearestNeighborOptions& o) const {
    return {{"align_corners", o.align_corners}, {"half_pixel_centers", o.half_pixel_centers}};
  }
  Json operator()(const TfLiteReshapeOptions& o) const { return {{"new_shape", o.new_shape}}; }
  Json operator()(const TfLiteReducerOptions& o) const { return {{"keep_dims", o.keep_dims}}; }
  Json operator()(const TfLiteSqueezeOptions& o) const { return {{"squeeze_dims", o.squeeze_dims}}; }
  Json operator()(const TfLiteStridedSliceOptions& o) const {
    return {{"begin_mask", o.begin_mask},
            {"end_mask", o.end_mask},
            {"ellipsis_mask", o.ellipsis_mask},
            {"new_axis_mask", o.new_axis_mask},
            {"shrink_axis_mask", o.shrink_axis_mask}};
  }
  Json operator()(const TfLiteSplitOptions& o) const { return {{"num_splits", o.num_splits}}; }
  Json operator()(const TfLiteShapeOptions& o) const { return {{"out_type", to_string(o.out_type)}}; }
  Json operator()(const TfLitePackOptions& o) const {
    return {{"values_count", o.values_count}, {"axis", o.axis}};
  }
  Json operator()(const TfLiteUnpackOptions& o) const { return {{"num", o.num}, {"axis", o.axis}}; }
  Json operator()(const TfLiteGatherOptions& o) const {
    return {{"axis", o.axis}, {"batch_dims", o.batch_dims}};
  }
  Json operator()(const TfLiteCastOptions& o) const {
    return {{"in_data_type", to_string(o.in_data_type)}, {"out_data_type", to_string(o.out_data_type)}};
  }
  Json operator()(const TfLiteLeakyReluOptions& o) const { return {{"alpha", o.alpha}}; }
  Json operator()(const TfLiteBatchMatMulOptions& o) const {
    return {{"adj_x", o.adj_x}, {"adj_y", o.adj_y}};
  }
  Json operator()(const TfLiteBlockOptions& o) const { return {{"block_size", o.block_size}}; }
  Json operator()(const TfLiteSvdfOptions& o) const {
    return {{"rank", o.rank}, {"activation", text(o.activation)}};
  }
  Json operator()(const TfLiteLocalResponseNormalizationOptions& o) const {
    return {{"radius", o.radius}, {"bias", o.bias}, {"alpha", o.alpha}, {"beta", o.beta}};
  }
  Json operator()(const TfLiteOneHotOptions& o) const { return {{"axis", o.axis}}; }
  Json operator()(const TfLiteMirrorPadOptions& o) const {
    return {{"mode", o.symmetric ? "SYMMETRIC" : "REFLECT"}};
  }
  Json operator()(const TfLiteCumsumOptions& o) const {
    return {{"exclusive", o.exclusive}, {"reverse", o.reverse}};
  }
  Json operator()(const TfLiteGeluOptions& o) const { return {{"approximate", o.approximate}}; }
  Json operator()(const TfLiteArgMaxOptions& o) const { return {{"output_type", to_string(o.output_type)}}; }
  Json operator()(const TfLiteUnidirectionalSequenceLstmOptions& o) const {
    return {{"activation", text(o.activation)},
            {"cell_clip", o.cell_clip},
            {"proj_clip", o.proj_clip},
            {"time_major", o.time_major}};
  }
  Json operator()(const UnknownOptions& o) const { return {{"unknown", o.union_type}}; }
};

}  // namespace

Json options_json(const Options& options) { return std::visit(ToJson{}, options); }

}  // namespace nudge::tflite
