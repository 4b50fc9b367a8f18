#include "nudge/edgetpu/prediction.h"

#include <fmt/format.h>

#include <algorithm>

#include "nudge/edgetpu/limits.h"
#include "nudge/edgetpu/operator_rules.h"
#include "nudge/edgetpu/partition.h"
#include "nudge/tflite/inspect.h"
#include "nudge/tflite/validate.h"

namespace nudge::edgetpu {
namespace {

using Op = tflite::BuiltinOperator;
using tflite::TensorType;
using tflite::TfLiteTensor;

bool contains(const std::vector<int32_t>& indexes, int32_t index) {
  return std::find(indexes.begin(), indexes.end(), index) != indexes.end();
}

bool is_float(const TfLiteTensor* tensor) {
  return tensor != nullptr && tensor->type == TensorType::kFloat32;
}

bool is_float_end(const OperatorView& op, const tflite::SubGraph& graph) {
  if (op.op().op == Op::kQuantize) return is_float(op.input(0)) && contains(graph.inputs, op.op().inputs[0]);
  return op.op().op == Op::kDequantize && is_float(op.output(0)) &&
         contains(graph.outputs, op.op().outputs[0]);
}

// Only the first part for the Edge TPU is kept.
void keep_first_part(const tflite::SubGraph& graph, Prediction& prediction) {
  std::vector<bool> supported;
  for (const OperatorPrediction& op : prediction.operators) supported.push_back(op.status == Status::kMapped);
  std::vector<bool> kept(supported.size(), false);
  for (const Part& part : partition(graph, supported)) {
    if (!part.delegated || ++prediction.subgraphs > 1) continue;
    for (const size_t op : part.operators) kept[op] = true;
  }
  for (OperatorPrediction& op : prediction.operators) {
    if (op.status != Status::kMapped || kept[op.index]) continue;
    op.status = Status::kSecondSubgraph;
    op.reason = "it needs what an operator on the CPU computes";
  }
}

int64_t parameter_bytes(const GraphView& view, const Prediction& prediction) {
  const tflite::SubGraph& graph = view.graph();
  std::vector<bool> counted(graph.tensors.size(), false);
  int64_t bytes = 0;
  for (const OperatorPrediction& op : prediction.operators) {
    if (op.status != Status::kMapped) continue;
    for (const int32_t input : graph.operators[op.index].inputs) {
      if (input < 0 || view.is_computed(input) || counted[static_cast<size_t>(input)]) continue;
      counted[static_cast<size_t>(input)] = true;
      bytes += static_cast<int64_t>(graph.tensors[static_cast<size_t>(input)].data.size());
    }
  }
  return bytes;
}

// Per-channel weights and int8 at the ends need runtime 12, variables 14.
int runtime_version(const GraphView& view, const Prediction& prediction) {
  const tflite::SubGraph& graph = view.graph();
  int version = 10;
  for (const OperatorPrediction& op : prediction.operators) {
    if (op.status != Status::kMapped) continue;
    for (const int32_t input : graph.operators[op.index].inputs) {
      if (input < 0) continue;
      const TfLiteTensor& tensor = graph.tensors[static_cast<size_t>(input)];
      if (tensor.type == TensorType::kInt8) version = std::max(version, 12);
      if (tensor.is_variable) version = std::max(version, 14);
    }
  }
  return version;
}

void note_costs(const GraphView& view, Prediction& prediction) {
  const double mib = static_cast<double>(prediction.parameter_bytes) / (1024.0 * 1024.0);
  if (prediction.parameter_bytes > kLeastParameterMemory) {
    prediction.notes.push_back(fmt::format(
        "{:.2f} MiB of parameters {} on the chip, which has room for 6 to 7.9 MiB; the rest is sent anew for "
        "every image, which is slow",
        mib, prediction.parameter_bytes > kMostParameterMemory ? "do not fit" : "may not fit"));
  }
  const tflite::SubGraph& graph = view.graph();
  for (const OperatorPrediction& op : prediction.operators) {
    if (op.status != Status::kMapped) continue;
    const tflite::Operator& found = graph.operators[op.index];
    if (found.op == Op::kTranspose) {
      prediction.notes.push_back(
          fmt::format("operator {} TRANSPOSE is often refused, for reasons unknown", op.index));
    }
    for (const int32_t output : found.outputs) {
      const int64_t bytes = count_elements(graph.tensors[static_cast<size_t>(output)]);
      if (bytes <= kLargestKnownActivation) continue;
      prediction.notes.push_back(fmt::format(
          "operator {} {} writes {:.1f} MiB; compilation may fail for large activation tensors, as "
          "models of more than {:.0f} MiB have: make the images smaller",
          op.index, op.op, static_cast<double>(bytes) / (1024.0 * 1024.0),
          static_cast<double>(kLargestKnownActivation) / (1024.0 * 1024.0)));
    }
  }
}

}  // namespace

std::string to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kMapped:
      return "mapped";
    case Outcome::kCpuOperators:
      return "cpu_operators";
    case Outcome::kFails:
      return "fails";
  }
  return "";
}

size_t Prediction::mapped() const {
  return static_cast<size_t>(
      std::count_if(operators.begin(), operators.end(),
                    [](const OperatorPrediction& op) { return op.status == Status::kMapped; }));
}

Outcome Prediction::outcome() const {
  if (!failures.empty()) return Outcome::kFails;
  const bool all = std::all_of(operators.begin(), operators.end(), [](const OperatorPrediction& op) {
    return op.status == Status::kMapped || op.float_end;
  });
  return all && mapped() > 0 ? Outcome::kMapped : Outcome::kCpuOperators;
}

Prediction predict(const tflite::TfLiteModel& model) {
  tflite::validate(model, "model", tflite::Scales::kAny);
  const tflite::SubGraph& graph = model.main();
  const GraphView view(graph);
  Prediction prediction;
  prediction.failures = find_failures(model);
  for (size_t i = 0; i < graph.operators.size(); ++i) {
    const OperatorView op(view, i);
    Verdict verdict = judge(op);
    prediction.operators.push_back({.index = i,
                                    .op = tflite::operator_name(op.op()),
                                    .version = op.op().version,
                                    .status = verdict.status,
                                    .reason = std::move(verdict.reason),
                                    .float_end = is_float_end(op, graph)});
  }
  keep_first_part(graph, prediction);
  prediction.parameter_bytes = parameter_bytes(view, prediction);
  prediction.min_runtime_version = runtime_version(view, prediction);
  note_costs(view, prediction);
  return prediction;
}

}  // namespace nudge::edgetpu
