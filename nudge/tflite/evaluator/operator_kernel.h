// How the evaluator turns an operator into something that runs: checked once, run often.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/tflite/model.h"

namespace nudge::tflite {

// Every tensor of the subgraph by its index; kernels read their inputs and fill their outputs, which have
// the shapes that were inferred.
using Arrays = std::vector<Array>;
using Kernel = std::function<void(Arrays&)>;

// Clamp of a fused activation in codes or reals.
template <typename T>
struct ActivationRange {
  T low;
  T high;
};

// Whether kernels are made that can run, or everything is checked and weights are not packed for it.
enum class Extent { kWhole, kChecks };

// Types of codes: int8, uint8 and int16.
bool is_code(TensorType type);

// One operator while it is prepared: its tensors, options and checks.  Every check throws InputError naming
// the file and operator, or UnsupportedError for what is valid but not computed here.
class Preparation {
 public:
  Preparation(SubGraph& graph, const Operator& op, std::string where, Extent extent)
      : graph_(graph), op_(op), where_(std::move(where)), extent_(extent) {}

  // Then a kernel is never run, and need not hold weights.
  bool only_checks() const { return extent_ == Extent::kChecks; }

  BuiltinOperator op() const { return op_.op; }
  int32_t version() const { return op_.version; }
  size_t input_count() const { return op_.inputs.size(); }
  size_t output_count() const { return op_.outputs.size(); }
  bool has_input(size_t i) const { return i < op_.inputs.size() && op_.inputs[i] >= 0; }

  // Indexes into Arrays.
  size_t input_index(size_t i) const;
  size_t output_index(size_t i = 0) const;
  const TfLiteTensor& input(size_t i) const { return graph_.tensors[input_index(i)]; }
  const TfLiteTensor& output(size_t i = 0) const { return graph_.tensors[output_index(i)]; }

  // Tensors that only tell scales.
  const TfLiteTensor& intermediate(size_t i) const;

  // Fails where nothing of such a shape can be kept: a negative dimension, or more than any model needs.
  void expect_possible(const Shape& shape) const;
  // The inferred shape replaces what the file says.
  void set_output_shape(Shape shape, size_t i = 0) const;

  template <typename T>
  const T& options() const {
    const T* options = std::get_if<T>(&op_.options);
    if (options == nullptr) fail("has the options of another operator, or none");
    return *options;
  }
  // The same, or the defaults where the operator has none.
  template <typename T>
  T options_or_default() const {
    if (std::holds_alternative<std::monostate>(op_.options)) return T{};
    return options<T>();
  }

  bool is(const TfLiteTensor& tensor, TensorType type) const { return tensor.type == type; }
  void expect_type(const TfLiteTensor& tensor, TensorType type) const;
  void expect_rank(const TfLiteTensor& tensor, size_t rank) const;
  // Input 0 and output 0 both codes of one type (true) or both float32 (false); anything else is unsupported.
  bool is_integer_operator() const;

  // Per tensor; the zero point fits the tensor's type.
  float scale(const TfLiteTensor& tensor) const;
  int32_t zero_point(const TfLiteTensor& tensor) const;
  // One scale, or as many as `channels` along `dimension`; repeated to `channels`.  Zero points are 0 but for
  // those of uint8, which have one scale.
  std::vector<float> channel_scales(const TfLiteTensor& weights, int32_t dimension, int64_t channels) const;
  void expect_same_quantization(const TfLiteTensor& a, const TfLiteTensor& b) const;

  // Bytes of an element; fails for types that no kernel reads.
  size_t element_size(const TfLiteTensor& tensor) const;

  // A constant input of int32, or of int64 that fits.
  std::vector<int32_t> constant_ints(size_t i) const;
  // The same of one number.
  int32_t constant_int(size_t i) const;
  // -1 is the last one; throws when out of range.
  size_t axis(int64_t axis, size_t rank) const;

  // A fused activation on an output of this scale and zero point; of a float output.
  ActivationRange<int32_t> code_range(FusedActivation activation, const TfLiteTensor& output) const;
  ActivationRange<int32_t> code_range(ActivationRange<float> real, const TfLiteTensor& output) const;
  ActivationRange<float> real_range(FusedActivation activation) const;

  // What starts the messages, for a kernel that finds out only when it runs.
  const std::string& where() const { return where_; }
  [[noreturn]] void fail(const std::string& what) const;
  [[noreturn]] void unsupported(const std::string& what) const;

 private:
  SubGraph& graph_;
  const Operator& op_;
  std::string where_;
  Extent extent_;
};

// By one of those below; throws UnsupportedError for an operator that none computes.
Kernel prepare_operator(const Preparation& op);

// The kernels, a family a file.
Kernel prepare_conv(const Preparation& op);
Kernel prepare_depthwise(const Preparation& op);
Kernel prepare_conv_3d(const Preparation& op);
Kernel prepare_transpose_conv(const Preparation& op);  // TRANSPOSE_CONV, CONV_3D_TRANSPOSE
Kernel prepare_fully_connected(const Preparation& op);
Kernel prepare_batch_matmul(const Preparation& op);
Kernel prepare_arg_extremum(const Preparation& op);  // ARG_MAX, ARG_MIN
Kernel prepare_arithmetic(const Preparation& op);    // ADD, SUB, MUL, DIV, POW, FLOOR_DIV, ATAN2, ...
Kernel prepare_extremum(const Preparation& op);      // MAXIMUM, MINIMUM
// The same of int32 and int64, which prepare_arithmetic and prepare_extremum leave to it.
bool has_whole_numbers(const TfLiteTensor& tensor);
Kernel prepare_whole_numbers(const Preparation& op);
Kernel prepare_pool(const Preparation& op);           // AVERAGE_POOL_2D, MAX_POOL_2D, L2_POOL_2D
Kernel prepare_reduction(const Preparation& op);      // MEAN, SUM, REDUCE_MAX, REDUCE_MIN
Kernel prepare_concatenation(const Preparation& op);  // CONCATENATION, PACK
Kernel prepare_split(const Preparation& op);          // SPLIT, SPLIT_V, UNPACK
Kernel prepare_view(
    const Preparation& op);  // TRANSPOSE, SLICE, STRIDED_SLICE, REVERSE_V2, BROADCAST_TO, TILE
Kernel prepare_gather(const Preparation& op);
Kernel prepare_gather_nd(const Preparation& op);
Kernel prepare_scatter_nd(const Preparation& op);
Kernel prepare_one_hot(const Preparation& op);
Kernel prepare_cumsum(const Preparation& op);
Kernel prepare_top_k(const Preparation& op);
Kernel prepare_mirror_pad(const Preparation& op);
Kernel prepare_local_response_normalization(const Preparation& op);
Kernel prepare_shape(const Preparation& op);  // SHAPE, RANK
Kernel prepare_fill(const Preparation& op);   // FILL, ZEROS_LIKE, RANGE
Kernel prepare_space(
    const Preparation& op);  // SPACE_TO_DEPTH, DEPTH_TO_SPACE, SPACE_TO_BATCH_ND, BATCH_TO_SPACE_ND
Kernel prepare_cast(const Preparation& op);
Kernel prepare_reshape(const Preparation& op);  // RESHAPE, SQUEEZE, EXPAND_DIMS
Kernel prepare_pad(const Preparation& op);      // PAD, PADV2
Kernel prepare_softmax(const Preparation& op);
Kernel prepare_log_softmax(const Preparation& op);
Kernel prepare_unary(const Preparation& op);  // ABS, EXP, LOGISTIC, ...: functions of one value
Kernel prepare_comparison(
    const Preparation& op);                     // EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL
Kernel prepare_logical(const Preparation& op);  // LOGICAL_AND, LOGICAL_OR, LOGICAL_NOT
Kernel prepare_selection(const Preparation& op);  // SELECT, SELECT_V2
Kernel prepare_l2_normalization(const Preparation& op);
Kernel prepare_relu(const Preparation& op);  // RELU, RELU6, RELU_N1_TO_1, RELU_0_TO_1
Kernel prepare_leaky_relu(const Preparation& op);
Kernel prepare_prelu(const Preparation& op);
Kernel prepare_hard_swish(const Preparation& op);
Kernel prepare_quantize(const Preparation& op);
Kernel prepare_dequantize(const Preparation& op);
Kernel prepare_resize(const Preparation& op);
Kernel prepare_sequence_lstm(const Preparation& op);
Kernel prepare_svdf(const Preparation& op);

}  // namespace nudge::tflite
