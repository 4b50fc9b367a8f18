#include "nudge/tflite/evaluator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <mutex>

#include "nudge/base/error.h"
#include "nudge/base/threads.h"
#include "nudge/tflite/operator_kernel.h"
#include "nudge/tflite/validate.h"

namespace nudge::tflite {

namespace {

Kernel prepare(const Preparation& op) {
  using Op = BuiltinOperator;
  switch (op.op()) {
    case Op::kConv2d:
      return prepare_conv(op);
    case Op::kDepthwiseConv2d:
      return prepare_depthwise(op);
    case Op::kFullyConnected:
      return prepare_fully_connected(op);
    case Op::kBatchMatmul:
      return prepare_batch_matmul(op);
    case Op::kArgMax:
    case Op::kArgMin:
      return prepare_arg_extremum(op);
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kDiv:
    case Op::kPow:
    case Op::kFloorDiv:
    case Op::kSquaredDifference:
      return prepare_arithmetic(op);
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
      return prepare_comparison(op);
    case Op::kLogicalAnd:
    case Op::kLogicalOr:
    case Op::kLogicalNot:
      return prepare_logical(op);
    case Op::kSelect:
    case Op::kSelectV2:
      return prepare_selection(op);
    case Op::kMaximum:
    case Op::kMinimum:
      return prepare_extremum(op);
    case Op::kConv3d:
      return prepare_conv_3d(op);
    case Op::kTransposeConv:
    case Op::kConv3dTranspose:
      return prepare_transpose_conv(op);
    case Op::kLeakyRelu:
      return prepare_leaky_relu(op);
    case Op::kPrelu:
      return prepare_prelu(op);
    case Op::kHardSwish:
      return prepare_hard_swish(op);
    case Op::kResizeBilinear:
    case Op::kResizeNearestNeighbor:
      return prepare_resize(op);
    case Op::kMaxPool2d:
    case Op::kAveragePool2d:
      return prepare_pool(op);
    case Op::kMean:
    case Op::kSum:
    case Op::kReduceMax:
    case Op::kReduceMin:
      return prepare_reduction(op);
    case Op::kConcatenation:
    case Op::kPack:
      return prepare_concatenation(op);
    case Op::kSplit:
    case Op::kSplitV:
    case Op::kUnpack:
      return prepare_split(op);
    case Op::kTranspose:
    case Op::kSlice:
    case Op::kStridedSlice:
    case Op::kReverseV2:
    case Op::kBroadcastTo:
    case Op::kTile:
      return prepare_view(op);
    case Op::kGather:
      return prepare_gather(op);
    case Op::kCast:
      return prepare_cast(op);
    case Op::kReshape:
    case Op::kSqueeze:
    case Op::kExpandDims:
      return prepare_reshape(op);
    case Op::kPad:
    case Op::kPadV2:
      return prepare_pad(op);
    case Op::kSoftmax:
      return prepare_softmax(op);
    case Op::kLogSoftmax:
      return prepare_log_softmax(op);
    case Op::kAbs:
    case Op::kCeil:
    case Op::kCos:
    case Op::kElu:
    case Op::kExp:
    case Op::kFloor:
    case Op::kGelu:
    case Op::kLog:
    case Op::kLogistic:
    case Op::kNeg:
    case Op::kRound:
    case Op::kRsqrt:
    case Op::kSign:
    case Op::kSin:
    case Op::kSqrt:
    case Op::kSquare:
    case Op::kTanh:
      return prepare_unary(op);
    case Op::kL2Normalization:
      return prepare_l2_normalization(op);
    case Op::kRelu:
    case Op::kRelu6:
    case Op::kReluN1To1:
    case Op::kRelu0To1:
      return prepare_relu(op);
    case Op::kQuantize:
      return prepare_quantize(op);
    case Op::kDequantize:
      return prepare_dequantize(op);
    default:
      op.unsupported("the evaluator does not compute this operator");
  }
}

}  // namespace

class Evaluator::Plan {
 public:
  Plan(TfLiteModel model, EvaluatorOptions options) : model_(std::move(model)), options_(std::move(options)) {
    validate(model_, options_.name);
    prepare_steps();
  }

  const TfLiteModel& model() const { return model_; }

  std::vector<Array> run(const std::vector<Array>& inputs) {
    const int64_t batches = count_batches(inputs);
    const SubGraph& graph = model_.main();
    kept_.assign(graph.tensors.size(), Array());
    if (batches == 1) {
      std::unique_ptr<Arrays> state = acquire();
      run_batch(inputs, 0, *state);
      for (size_t i = 0; i < state->size(); ++i) kept_[i] = (*state)[i];
      std::vector<Array> outputs;
      for (const int32_t index : graph.outputs) outputs.push_back(kept_[static_cast<size_t>(index)].clone());
      release(std::move(state));  // kept_ shares its bytes until the next run
      return outputs;
    }
    std::vector<int32_t> wanted = graph.outputs;
    if (options_.keep_tensors) {
      for (size_t i = 0; i < graph.tensors.size(); ++i) {
        if (is_computed_[i]) wanted.push_back(static_cast<int32_t>(i));
      }
    }
    for (const int32_t index : wanted) {
      Array& stacked = kept_[static_cast<size_t>(index)];
      if (stacked.empty()) stacked = Array(stacked_shape(index, batches), types_[static_cast<size_t>(index)]);
    }
    parallel_for(batches, 1, [&](int64_t begin, int64_t end) {
      std::unique_ptr<Arrays> state = acquire();
      for (int64_t batch = begin; batch < end; ++batch) {
        run_batch(inputs, batch, *state);
        for (const int32_t index : wanted) {
          const Array& part = (*state)[static_cast<size_t>(index)];
          std::memcpy(
              kept_[static_cast<size_t>(index)].bytes() + part.byte_size() * static_cast<size_t>(batch),
              part.bytes(), part.byte_size());
        }
      }
      release(std::move(state));
    });
    std::vector<Array> outputs;
    for (const int32_t index : graph.outputs) outputs.push_back(kept_[static_cast<size_t>(index)].clone());
    return outputs;
  }

  Array tensor(int32_t index) const {
    if (index < 0 || static_cast<size_t>(index) >= model_.main().tensors.size()) {
      throw ValueError(fmt::format("{}: there is no tensor {}", options_.name, index));
    }
    const auto i = static_cast<size_t>(index);
    if (!constants_[i].empty()) return constants_[i];
    if (kept_.empty() || kept_[i].empty()) {
      throw ValueError(
          fmt::format("{}: tensor {} was not kept by the last run; set keep_tensors", options_.name, index));
    }
    return kept_[i].clone();
  }

 private:
  void prepare_steps() {
    SubGraph& graph = model_.main();
    const size_t count = graph.tensors.size();
    std::vector<bool> available(count, false);
    is_computed_.assign(count, false);
    for (size_t i = 0; i < count; ++i)
      available[i] = graph.tensors[i].is_constant() || element_count(graph.tensors[i].shape) == 0;
    for (const int32_t index : graph.inputs) {
      available[static_cast<size_t>(index)] = true;
      is_computed_[static_cast<size_t>(index)] = true;
    }
    for (size_t i = 0; i < graph.operators.size(); ++i) {
      const Operator& op = graph.operators[i];
      const Preparation preparation(graph, op,
                                    fmt::format("{}: operator {} {}", options_.name, i, to_string(op.op)));
      for (const int32_t index : op.inputs) {
        if (index >= 0 && !available[static_cast<size_t>(index)]) {
          preparation.fail(fmt::format("its input {} is computed by no operator before it", index));
        }
      }
      for (const int32_t index : op.outputs) {
        const bool is_input = std::find(op.inputs.begin(), op.inputs.end(), index) != op.inputs.end();
        if (is_input || graph.tensors[static_cast<size_t>(index)].is_constant() ||
            is_computed_[static_cast<size_t>(index)]) {
          preparation.fail(fmt::format("its output {} has a value already", index));
        }
        is_computed_[static_cast<size_t>(index)] = true;
      }
      steps_.push_back(prepare(preparation));
      for (const int32_t index : op.outputs) {
        available[static_cast<size_t>(index)] = true;
      }
    }
    for (const int32_t index : graph.outputs) {
      if (!available[static_cast<size_t>(index)]) {
        throw InputError(fmt::format("{}: output {} is computed by no operator", options_.name, index));
      }
    }
    check_size();
    constants_.resize(count);
    types_.resize(count);
    for (size_t i = 0; i < count; ++i) {
      const TfLiteTensor& tensor = graph.tensors[i];
      if (!available[i]) continue;
      types_[i] = data_type(tensor.type);
      if (!is_computed_[i]) constants_[i] = to_array(tensor);
    }
  }

  // A file may ask for more memory than there is; image models need some hundred megabytes.
  void check_size() const {
    constexpr double kMostBytes = 16e9;
    const SubGraph& graph = model_.main();
    double bytes = 0;
    for (size_t i = 0; i < graph.tensors.size(); ++i) {
      if (!is_computed_[i]) continue;
      double here = static_cast<double>(size_of(data_type(graph.tensors[i].type)));
      for (const int64_t size : graph.tensors[i].shape) here *= static_cast<double>(size);
      bytes += here;
    }
    if (bytes > kMostBytes) {
      throw InputError(
          fmt::format("{}: its tensors would take {:.0f} GB of memory", options_.name, bytes / 1e9));
    }
  }

  // How many of the model's own batches the inputs hold.
  int64_t count_batches(const std::vector<Array>& inputs) const {
    const SubGraph& graph = model_.main();
    if (inputs.size() != graph.inputs.size()) {
      throw ValueError(
          fmt::format("{}: has {} inputs, {} given", options_.name, graph.inputs.size(), inputs.size()));
    }
    int64_t batches = -1;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const TfLiteTensor& tensor = graph.tensors[static_cast<size_t>(graph.inputs[i])];
      const Shape& given = inputs[i].shape();
      const std::string expected = fmt::format("{}: input '{}' is {} {}", options_.name, tensor.name,
                                               to_string(tensor.type), to_string(tensor.shape));
      if (inputs[i].empty() || inputs[i].type() != data_type(tensor.type)) {
        throw ValueError(fmt::format("{}, given {}", expected, to_string(inputs[i].type())));
      }
      int64_t here = 1;
      if (given != tensor.shape) {
        const bool fits = !given.empty() && given.size() == tensor.shape.size() && tensor.shape[0] > 0 &&
                          given[0] > 0 && given[0] % tensor.shape[0] == 0 &&
                          with_batch(given, tensor.shape[0]) == tensor.shape;
        if (!fits) throw ShapeError(fmt::format("{}, given {}", expected, to_string(given)));
        here = given[0] / tensor.shape[0];
      }
      if (batches >= 0 && here != batches) {
        throw ShapeError(fmt::format("{}, given {}: another number of batches than the inputs before",
                                     expected, to_string(given)));
      }
      batches = here;
    }
    return std::max<int64_t>(batches, 1);
  }

  Shape stacked_shape(int32_t index, int64_t batches) const {
    Shape shape = model_.main().tensors[static_cast<size_t>(index)].shape;
    if (shape.empty()) return {batches};
    shape[0] *= batches;
    return shape;
  }

  void run_batch(const std::vector<Array>& inputs, int64_t batch, Arrays& state) const {
    const SubGraph& graph = model_.main();
    for (size_t i = 0; i < inputs.size(); ++i) {
      Array& target = state[static_cast<size_t>(graph.inputs[i])];
      if (target.byte_size() == 0) continue;
      std::memcpy(target.bytes(), inputs[i].bytes() + target.byte_size() * static_cast<size_t>(batch),
                  target.byte_size());
    }
    for (const Kernel& step : steps_) step(state);
  }

  std::unique_ptr<Arrays> acquire() {
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        auto state = std::move(free_.back());
        free_.pop_back();
        return state;
      }
    }
    const SubGraph& graph = model_.main();
    auto state = std::make_unique<Arrays>(constants_);
    for (size_t i = 0; i < graph.tensors.size(); ++i) {
      if (is_computed_[i]) (*state)[i] = Array(graph.tensors[i].shape, types_[i]);
    }
    return state;
  }

  void release(std::unique_ptr<Arrays> state) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(state));
  }

  TfLiteModel model_;
  EvaluatorOptions options_;
  std::vector<Kernel> steps_;
  std::vector<bool> is_computed_;  // inputs and what operators write
  std::vector<DataType> types_;
  Arrays constants_;
  Arrays kept_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Arrays>> free_;
};

Evaluator::Evaluator(TfLiteModel model, EvaluatorOptions options)
    : plan_(std::make_unique<Plan>(std::move(model), std::move(options))) {}
Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;
Evaluator& Evaluator::operator=(Evaluator&&) noexcept = default;

std::vector<Array> Evaluator::run(const std::vector<Array>& inputs) { return plan_->run(inputs); }

Array Evaluator::tensor(int32_t index) const { return plan_->tensor(index); }

const TfLiteModel& Evaluator::model() const { return plan_->model(); }

}  // namespace nudge::tflite
