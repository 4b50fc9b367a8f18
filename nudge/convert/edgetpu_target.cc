#include "nudge/convert/edgetpu_target.h"

#include <fmt/format.h>

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/edgetpu/prediction.h"

namespace nudge::convert {
namespace {

void check_8bit(DataType type, const char* end) {
  if (type == DataType::kInt8 || type == DataType::kUInt8) return;
  throw ValueError(
      fmt::format("target edgetpu: the Edge TPU computes 8-bit values only, so the {} type must be "
                  "int8 or uint8, not {}",
                  end, to_string(type)));
}

// What is converted around a float operator is not what is wrong.
bool is_conversion(const edgetpu::OperatorPrediction& op) {
  return op.op == "QUANTIZE" || op.op == "DEQUANTIZE";
}

// An operator that could not be mapped wherever it stood.
bool is_refused(const edgetpu::OperatorPrediction& op) {
  return op.status != edgetpu::Status::kMapped && op.status != edgetpu::Status::kSecondSubgraph;
}

[[noreturn]] void refuse(const std::string& what) { throw UnsupportedError("target edgetpu: " + what); }

}  // namespace

void check_edgetpu_options(const ConvertOptions& options, bool quantized) {
  if (!quantized) {
    throw ValueError(
        "target edgetpu: the model is float; quantize it first (nudge quantize), or give representative "
        "data");
  }
  check_8bit(options.input_type, "input");
  check_8bit(options.output_type, "output");
}

void check_mapped(const Conversion& made) {
  const edgetpu::Prediction prediction = edgetpu::predict(made.file);
  if (prediction.outcome() == edgetpu::Outcome::kMapped) return;
  if (!made.islands.empty()) {
    const FloatIsland& island = made.islands.front();
    refuse(fmt::format("{} ({}) stays float, and the Edge TPU computes 8-bit values only: {}", island.name,
                       island.op, island.reason));
  }
  const auto& operators = prediction.operators;
  auto found =
      std::ranges::find_if(operators, [](const auto& op) { return is_refused(op) && !is_conversion(op); });
  if (found == operators.end()) found = std::ranges::find_if(operators, is_refused);
  if (found != operators.end()) {
    const tflite::SubGraph& graph = made.file.main();
    const int32_t output = graph.operators[found->index].outputs.front();
    refuse(fmt::format("{} ({}) would run on the CPU: {}", graph.tensors[static_cast<size_t>(output)].name,
                       found->op, found->reason));
  }
  if (!prediction.failures.empty()) {
    const edgetpu::Failure& failure = prediction.failures.front();
    refuse(fmt::format("the compiler would refuse the file, '{}': {}", failure.says, failure.reason));
  }
  refuse("the file has no operator");
}

}  // namespace nudge::convert
