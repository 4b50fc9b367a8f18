// What has several inputs.
#include <algorithm>

#include "nudge/convert/emit.h"
#include "nudge/convert/portable_codes.h"

namespace nudge::convert {
namespace {

using tflite::BuiltinOperator;

bool all_integer(const Emitter& emitter, const Run& run) {
  return std::all_of(run.inputs().begin(), run.inputs().end(),
                     [&](ops::ValueId input) { return emitter.is_integer(input); });
}

// ADD, SUB or MUL.
template <typename OptionsType>
void emit_pair(Emitter& emitter, const Run& run, BuiltinOperator op) {
  const auto& inputs = run.inputs();
  const auto grid = emitter.grid_of(run.output);
  bool integer = grid && all_integer(emitter, run);
  if (integer) {
    const auto scale = [&](ops::ValueId t) {
      return static_cast<double>(emitter.quantization(emitter.integer(t)).scale[0]);
    };
    const double a = scale(inputs[0]), b = scale(inputs[1]);
    const double unit = op == BuiltinOperator::kMul ? a * b : std::max(a, b);
    integer = within_reach(unit, static_cast<double>(grid->scale[0]));
  }
  const auto operand = [&](ops::ValueId t) { return integer ? emitter.integer(t) : emitter.real(t); };
  const auto fused = fused_form(run.activation);
  OptionsType options;
  options.activation = fused.value_or(tflite::FusedActivation::kNone);
  int32_t result =
      emitter.add_operator(op, {operand(inputs[0]), operand(inputs[1])}, run.name + (fused ? "" : "/product"),
                           emitter.shape(run.head->output), integer ? grid : std::nullopt, options);
  if (!fused) {
    result = emit_activation(emitter, run.activation, result, run.name, grid, ops::Program::where(*run.head));
  }
  emitter.finish(run.output, result);
}

// On one grid, that of the result: the kernels compare codes.
void emit_extremum(Emitter& emitter, const Run& run, BuiltinOperator op) {
  const auto grid = emitter.grid_of(run.output);
  const bool integer = grid && all_integer(emitter, run);
  const auto operand = [&](ops::ValueId t) {
    return integer ? emitter.requantized(emitter.integer(t), *grid) : emitter.real(t);
  };
  emitter.finish(run.output,
                 emitter.add_operator(op, {operand(run.inputs()[0]), operand(run.inputs()[1])}, run.name,
                                      emitter.shape(run.output), integer ? grid : std::nullopt));
}

// What has no 8-bit kernel.
int32_t real_pair(Emitter& emitter, const Run& run, BuiltinOperator op, const std::string& name) {
  return emitter.add_operator(op, {emitter.real(run.inputs()[0]), emitter.real(run.inputs()[1])}, name,
                              emitter.shape(run.head->output), std::nullopt);
}

// 1 and 0 for TFLite's true and false.
void emit_comparison(Emitter& emitter, const Run& run, BuiltinOperator op) {
  const int32_t truth = real_pair(emitter, run, op, run.name + "/truth");
  emitter.graph().tensors[static_cast<size_t>(truth)].type = tflite::TensorType::kBool;
  emitter.finish(run.output, emitter.add_operator(BuiltinOperator::kCast, {truth}, run.name,
                                                  emitter.shape(run.output), std::nullopt));
}

}  // namespace

void emit(Emitter& emitter, const Run& run, const ops::Combine& combine) {
  switch (combine.how) {
    case ops::Combination::kAdd:
      return emit_pair<tflite::TfLiteAddOptions>(emitter, run, BuiltinOperator::kAdd);
    case ops::Combination::kSubtract:
      return emit_pair<tflite::TfLiteSubOptions>(emitter, run, BuiltinOperator::kSub);
    case ops::Combination::kMultiply:
      return emit_pair<tflite::TfLiteMulOptions>(emitter, run, BuiltinOperator::kMul);
    case ops::Combination::kDivide:
      return emitter.finish(run.output, real_pair(emitter, run, BuiltinOperator::kDiv, run.name));
    case ops::Combination::kPower:
      return emitter.finish(run.output, real_pair(emitter, run, BuiltinOperator::kPow, run.name));
    case ops::Combination::kMaximum:
      return emit_extremum(emitter, run, BuiltinOperator::kMaximum);
    case ops::Combination::kMinimum:
      return emit_extremum(emitter, run, BuiltinOperator::kMinimum);
    case ops::Combination::kGreater:
      return emit_comparison(emitter, run, BuiltinOperator::kGreater);
    case ops::Combination::kGreaterEqual:
      return emit_comparison(emitter, run, BuiltinOperator::kGreaterEqual);
  }
}

void emit(Emitter& emitter, const Run& run, const ops::Constant& constant) {
  emitter.finish(run.output,
                 emitter.add_real_constant(run.name, constant.value, emitter.grid_of(run.output)));
}

void emit(Emitter& emitter, const Run& run, const ops::BatchMatMul& product) {
  const auto grid = emitter.grid_of(run.output);
  bool integer = grid && all_integer(emitter, run);
  CodeGrid right;
  if (integer) {
    const auto operand = [&](size_t i) {
      return code_grid(emitter.quantization(emitter.integer(run.inputs()[i])));
    };
    right = around_zero(operand(1));
    integer = within_reach(static_cast<double>(operand(0).scale) * static_cast<double>(right.scale),
                           static_cast<double>(grid->scale[0]));
  }
  std::vector<int32_t> inputs;
  for (const ops::ValueId input : run.inputs()) {
    inputs.push_back(integer ? emitter.integer(input) : emitter.real(input));
  }
  if (integer) inputs[1] = emitter.requantized(inputs[1], tflite::per_tensor(right.scale, right.zero_point));
  emitter.finish(run.output,
                 emitter.add_operator(BuiltinOperator::kBatchMatmul, inputs, run.name,
                                      emitter.shape(run.output), integer ? grid : std::nullopt,
                                      tflite::TfLiteBatchMatMulOptions{.adj_x = product.transpose_a,
                                                                       .adj_y = product.transpose_b}));
}

void emit(Emitter& emitter, const Run& run, const ops::Concatenate& concatenate) {
  const auto grid = emitter.grid_of(run.output);
  const bool integer = grid && all_integer(emitter, run);
  std::vector<int32_t> inputs;
  for (const ops::ValueId input : run.inputs()) {
    inputs.push_back(integer ? emitter.requantized(emitter.integer(input), *grid) : emitter.real(input));
  }
  const auto rank = static_cast<int64_t>(emitter.shape(run.output).size());
  const int64_t axis = concatenate.axis;
  emitter.finish(run.output, emitter.add_operator(BuiltinOperator::kConcatenation, inputs, run.name,
                                                  emitter.shape(run.output), integer ? grid : std::nullopt,
                                                  tflite::TfLiteConcatenationOptions{
                                                      static_cast<int32_t>(axis < 0 ? axis + rank : axis)}));
}

}  // namespace nudge::convert
