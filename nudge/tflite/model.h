// A .tflite file in memory: plain structs, filled by the reader or by hand, checked by the writer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/tflite/builtin_operator.h"

namespace nudge::tflite {

// The format's own numbers.
enum class TensorType : int8_t {
  kFloat32 = 0,
  kFloat16 = 1,
  kInt32 = 2,
  kUInt8 = 3,
  kInt64 = 4,
  kString = 5,
  kBool = 6,
  kInt16 = 7,
  kComplex64 = 8,
  kInt8 = 9,
  kFloat64 = 10,
  kComplex128 = 11,
  kUInt64 = 12,
  kResource = 13,
  kVariant = 14,
  kUInt32 = 15,
  kUInt16 = 16,
  kInt4 = 17,
  kBFloat16 = 18,
  kInt2 = 19,
  kUInt4 = 20,
  kFloat8E4M3Fn = 21,
  kFloat8E5M2 = 22,
};

// "INT8": the format's name.
std::string to_string(TensorType type);
TensorType tensor_type(DataType type);
// Throws UnsupportedError for a type that an Array cannot hold (strings, float16, 4 bits, ...).
DataType data_type(TensorType type);
bool has_data_type(TensorType type);
// Bytes that `count` elements take; nullopt where the type has no fixed size (strings, resources).
std::optional<size_t> byte_size(TensorType type, int64_t count);

enum class TfLitePadding : int8_t { kSame = 0, kValid = 1 };
enum class FusedActivation : int8_t {
  kNone = 0,
  kRelu = 1,
  kReluN1To1 = 2,
  kRelu6 = 3,
  kTanh = 4,
  kSignBit = 5
};

// real = scale * (code - zero_point).  One entry: the whole tensor; several: one for each index of
// `dimension`.
struct Quantization {
  std::vector<float> scale;
  std::vector<int64_t> zero_point;  // as many as scales
  int32_t dimension = 0;
  std::vector<float> min;  // usually absent; nothing computes with them
  std::vector<float> max;
  // Scales of another kind (1 custom, 2 blockwise, 3 along several dimensions), whose table is not read: such
  // a tensor can be neither computed with nor written again.
  int32_t details = 0;

  bool operator==(const Quantization&) const = default;
};

Quantization per_tensor(float scale, int64_t zero_point);
// Symmetric: all zero points 0.
Quantization per_channel(std::vector<float> scales, int32_t dimension);

struct TfLiteTensor {
  std::string name;
  Shape shape;            // [] is a scalar; an unknown batch is stored as 1
  Shape shape_signature;  // the same with -1 where unknown; empty when all is known
  TensorType type = TensorType::kFloat32;
  std::vector<std::byte> data;  // a constant's elements, little endian; empty for an activation
  std::optional<Quantization> quantization;
  bool is_variable = false;

  bool is_constant() const { return !data.empty(); }
  bool operator==(const TfLiteTensor&) const = default;
};

// A constant of the array's shape, type and elements.
TfLiteTensor constant(std::string name, const Array& array,
                      std::optional<Quantization> quantization = std::nullopt);
// A constant's elements; throws ValueError when it has none, UnsupportedError when no Array can hold the
// type.
Array to_array(const TfLiteTensor& tensor);

// Options of the operators that have some; defaults are the format's unless a comment says otherwise.

struct TfLiteConv2dOptions {
  TfLitePadding padding = TfLitePadding::kSame;
  int32_t stride_w = 1;  // the format's default is 0, which no kernel accepts
  int32_t stride_h = 1;
  FusedActivation activation = FusedActivation::kNone;
  int32_t dilation_w = 1;
  int32_t dilation_h = 1;
  bool operator==(const TfLiteConv2dOptions&) const = default;
};

struct TfLiteDepthwiseConv2dOptions {
  TfLitePadding padding = TfLitePadding::kSame;
  int32_t stride_w = 1;
  int32_t stride_h = 1;
  int32_t depth_multiplier = 1;
  FusedActivation activation = FusedActivation::kNone;
  int32_t dilation_w = 1;
  int32_t dilation_h = 1;
  bool operator==(const TfLiteDepthwiseConv2dOptions&) const = default;
};

struct TfLitePool2dOptions {
  TfLitePadding padding = TfLitePadding::kSame;
  int32_t stride_w = 1;
  int32_t stride_h = 1;
  int32_t filter_w = 1;
  int32_t filter_h = 1;
  FusedActivation activation = FusedActivation::kNone;
  bool operator==(const TfLitePool2dOptions&) const = default;
};

// CONV_3D and CONV_3D_TRANSPOSE.
struct TfLiteConv3dOptions {
  TfLitePadding padding = TfLitePadding::kSame;
  int32_t stride_d = 1;
  int32_t stride_w = 1;
  int32_t stride_h = 1;
  FusedActivation activation = FusedActivation::kNone;
  int32_t dilation_d = 1;
  int32_t dilation_w = 1;
  int32_t dilation_h = 1;
  bool operator==(const TfLiteConv3dOptions&) const = default;
};

struct TfLiteTransposeConvOptions {
  TfLitePadding padding = TfLitePadding::kSame;
  int32_t stride_w = 1;
  int32_t stride_h = 1;
  FusedActivation activation = FusedActivation::kNone;
  bool operator==(const TfLiteTransposeConvOptions&) const = default;
};

struct TfLiteFullyConnectedOptions {
  FusedActivation activation = FusedActivation::kNone;
  int8_t weights_format = 0;   // 0: plain
  bool keep_num_dims = false;  // false: the input is flattened to (-1, in)
  bool asymmetric_quantize_inputs = false;
  bool operator==(const TfLiteFullyConnectedOptions&) const = default;
};

struct TfLiteSoftmaxOptions {
  float beta = 1.0F;  // the format's default is 0
  bool operator==(const TfLiteSoftmaxOptions&) const = default;
};

struct TfLiteConcatenationOptions {
  int32_t axis = 0;  // may be negative
  FusedActivation activation = FusedActivation::kNone;
  bool operator==(const TfLiteConcatenationOptions&) const = default;
};

struct TfLiteAddOptions {
  FusedActivation activation = FusedActivation::kNone;
  bool pot_scale_int16 = true;
  bool operator==(const TfLiteAddOptions&) const = default;
};

struct TfLiteSubOptions {
  FusedActivation activation = FusedActivation::kNone;
  bool pot_scale_int16 = true;
  bool operator==(const TfLiteSubOptions&) const = default;
};

struct TfLiteMulOptions {
  FusedActivation activation = FusedActivation::kNone;
  bool operator==(const TfLiteMulOptions&) const = default;
};

struct TfLiteDivOptions {
  FusedActivation activation = FusedActivation::kNone;
  bool operator==(const TfLiteDivOptions&) const = default;
};

struct TfLiteL2NormOptions {
  FusedActivation activation = FusedActivation::kNone;
  bool operator==(const TfLiteL2NormOptions&) const = default;
};

struct TfLiteResizeBilinearOptions {
  bool align_corners = false;
  bool half_pixel_centers = false;
  bool operator==(const TfLiteResizeBilinearOptions&) const = default;
};

struct TfLiteResizeNearestNeighborOptions {
  bool align_corners = false;
  bool half_pixel_centers = false;
  bool operator==(const TfLiteResizeNearestNeighborOptions&) const = default;
};

struct TfLiteReshapeOptions {
  std::vector<int32_t> new_shape;  // used only when there is no shape input
  bool operator==(const TfLiteReshapeOptions&) const = default;
};

// MEAN, SUM, REDUCE_MAX and the other reductions.
struct TfLiteReducerOptions {
  bool keep_dims = false;
  bool operator==(const TfLiteReducerOptions&) const = default;
};

struct TfLiteSqueezeOptions {
  std::vector<int32_t> squeeze_dims;  // empty: every dimension of 1
  bool operator==(const TfLiteSqueezeOptions&) const = default;
};

struct TfLiteStridedSliceOptions {
  int32_t begin_mask = 0;
  int32_t end_mask = 0;
  int32_t ellipsis_mask = 0;
  int32_t new_axis_mask = 0;
  int32_t shrink_axis_mask = 0;
  bool offset = false;
  bool operator==(const TfLiteStridedSliceOptions&) const = default;
};

// SPLIT and SPLIT_V.
struct TfLiteSplitOptions {
  int32_t num_splits = 0;
  bool operator==(const TfLiteSplitOptions&) const = default;
};

struct TfLiteShapeOptions {
  TensorType out_type = TensorType::kInt32;
  bool operator==(const TfLiteShapeOptions&) const = default;
};

struct TfLitePackOptions {
  int32_t values_count = 0;
  int32_t axis = 0;
  bool operator==(const TfLitePackOptions&) const = default;
};

struct TfLiteUnpackOptions {
  int32_t num = 0;  // outputs
  int32_t axis = 0;
  bool operator==(const TfLiteUnpackOptions&) const = default;
};

struct TfLiteGatherOptions {
  int32_t axis = 0;
  int32_t batch_dims = 0;
  bool operator==(const TfLiteGatherOptions&) const = default;
};

struct TfLiteCastOptions {
  TensorType in_data_type = TensorType::kFloat32;
  TensorType out_data_type = TensorType::kFloat32;
  bool operator==(const TfLiteCastOptions&) const = default;
};

struct TfLiteLeakyReluOptions {
  float alpha = 0.0F;
  bool operator==(const TfLiteLeakyReluOptions&) const = default;
};

struct TfLiteBatchMatMulOptions {
  bool adj_x = false;
  bool adj_y = false;
  bool asymmetric_quantize_inputs = false;
  bool operator==(const TfLiteBatchMatMulOptions&) const = default;
};

struct TfLiteGeluOptions {
  bool approximate = false;
  bool operator==(const TfLiteGeluOptions&) const = default;
};

// SPACE_TO_DEPTH and DEPTH_TO_SPACE.
struct TfLiteBlockOptions {
  int32_t block_size = 0;
  bool operator==(const TfLiteBlockOptions&) const = default;
};

struct TfLiteSvdfOptions {
  int32_t rank = 0;
  FusedActivation activation = FusedActivation::kNone;
  bool asymmetric_quantize_inputs = false;
  bool operator==(const TfLiteSvdfOptions&) const = default;
};

struct TfLiteLocalResponseNormalizationOptions {
  int32_t radius = 0;
  float bias = 0.0F;
  float alpha = 0.0F;
  float beta = 0.0F;
  bool operator==(const TfLiteLocalResponseNormalizationOptions&) const = default;
};

struct TfLiteOneHotOptions {
  int32_t axis = 0;  // -1: the last
  bool operator==(const TfLiteOneHotOptions&) const = default;
};

struct TfLiteMirrorPadOptions {
  bool symmetric = false;  // the edge is mirrored too
  bool operator==(const TfLiteMirrorPadOptions&) const = default;
};

struct TfLiteCumsumOptions {
  bool exclusive = false;
  bool reverse = false;
  bool operator==(const TfLiteCumsumOptions&) const = default;
};

// ARG_MAX and ARG_MIN.
struct TfLiteArgMaxOptions {
  TensorType output_type = TensorType::kInt32;
  bool operator==(const TfLiteArgMaxOptions&) const = default;
};

struct TfLiteUnidirectionalSequenceLstmOptions {
  FusedActivation activation = FusedActivation::kNone;
  float cell_clip = 0.0F;
  float proj_clip = 0.0F;
  bool time_major = false;
  bool asymmetric_quantize_inputs = false;
  bool diagonal_recurrent_tensors = false;
  bool operator==(const TfLiteUnidirectionalSequenceLstmOptions&) const = default;
};

// What a file holds for an operator that has no struct here.  It cannot be written again.
struct UnknownOptions {
  int32_t union_type = 0;
  bool operator==(const UnknownOptions&) const = default;
};

// monostate: the operator has no options, or an empty table of them (PAD, TRANSPOSE, QUANTIZE, ...).
using Options =
    std::variant<std::monostate, TfLiteConv2dOptions, TfLiteDepthwiseConv2dOptions, TfLitePool2dOptions,
                 TfLiteConv3dOptions, TfLiteUnpackOptions, TfLiteGatherOptions, TfLiteCastOptions,
                 TfLiteTransposeConvOptions, TfLiteFullyConnectedOptions, TfLiteSoftmaxOptions,
                 TfLiteConcatenationOptions, TfLiteAddOptions, TfLiteSubOptions, TfLiteMulOptions,
                 TfLiteDivOptions, TfLiteL2NormOptions, TfLiteResizeBilinearOptions,
                 TfLiteResizeNearestNeighborOptions, TfLiteReshapeOptions, TfLiteReducerOptions,
                 TfLiteSqueezeOptions, TfLiteStridedSliceOptions, TfLiteSplitOptions, TfLiteShapeOptions,
                 TfLitePackOptions, TfLiteLeakyReluOptions, TfLiteBatchMatMulOptions, TfLiteGeluOptions,
                 TfLiteArgMaxOptions, TfLiteUnidirectionalSequenceLstmOptions, TfLiteBlockOptions,
                 TfLiteSvdfOptions, TfLiteLocalResponseNormalizationOptions, TfLiteOneHotOptions,
                 TfLiteMirrorPadOptions, TfLiteCumsumOptions, UnknownOptions>;

struct Operator {
  BuiltinOperator op = BuiltinOperator::kAdd;
  int32_t version = 1;          // set_lowest_versions() of versions.h chooses it
  std::vector<int32_t> inputs;  // indexes of tensors; -1: an optional input left out
  std::vector<int32_t> outputs;
  Options options;
  std::string custom_code;  // the name of a CUSTOM operator
  std::vector<std::byte> custom_options;
  std::vector<int32_t> intermediates;

  bool operator==(const Operator&) const = default;
};

struct SubGraph {
  std::string name;
  std::vector<TfLiteTensor> tensors;
  std::vector<int32_t> inputs;
  std::vector<int32_t> outputs;
  std::vector<Operator> operators;  // in the order they run

  // Adds and returns its index.
  int32_t add(TfLiteTensor tensor);

  bool operator==(const SubGraph&) const = default;
};

// Names for the inputs and outputs of a subgraph: name, index of the tensor.
struct Signature {
  std::string key = "serving_default";
  std::vector<std::pair<std::string, int32_t>> inputs;
  std::vector<std::pair<std::string, int32_t>> outputs;
  int32_t subgraph = 0;

  bool operator==(const Signature&) const = default;
};

// A named blob.  "min_runtime_version" is written by the writer when absent.
struct Metadata {
  std::string name;
  std::vector<std::byte> data;

  bool operator==(const Metadata&) const = default;
};

struct TfLiteModel {
  std::string description;
  std::vector<SubGraph> subgraphs;  // the first one is what runs
  std::vector<Signature> signatures;
  std::vector<Metadata> metadata;

  // The first subgraph; throws ValueError when there is none.
  const SubGraph& main() const;
  SubGraph& main();

  bool operator==(const TfLiteModel&) const = default;
};

}  // namespace nudge::tflite
