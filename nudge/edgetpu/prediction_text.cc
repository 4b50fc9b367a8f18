#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "nudge/edgetpu/prediction.h"

namespace nudge::edgetpu {
namespace {

std::string headline(const Prediction& prediction) {
  switch (prediction.outcome()) {
    case Outcome::kFails:
      return "the compiler would refuse the model\n";
    case Outcome::kMapped:
      return fmt::format(
          "{} of {} operators on the Edge TPU{}\n", prediction.mapped(), prediction.operators.size(),
          prediction.mapped() < prediction.operators.size() ? ", its float ends on the CPU" : "");
    case Outcome::kCpuOperators:
      break;
  }
  return fmt::format("{} of {} operators on the Edge TPU, {} on the CPU\n", prediction.mapped(),
                     prediction.operators.size(), prediction.operators.size() - prediction.mapped());
}

// One row for each operator and status, as the compiler counts them.
std::string table(const Prediction& prediction) {
  std::map<std::pair<std::string, std::string>, size_t> rows;
  for (const OperatorPrediction& op : prediction.operators) {
    ++rows[{op.op.substr(0, op.op.find(' ')), to_string(op.status)}];
  }
  std::string text = fmt::format("\n{:<30} {:<10} {}\n\n", "Operator", "Count", "Status");
  for (const auto& [row, count] : rows)
    text += fmt::format("{:<30} {:<10} {}\n", row.first, count, row.second);
  return text;
}

}  // namespace

Json to_json(const Prediction& prediction) {
  Json failures = Json::array();
  for (const Failure& failure : prediction.failures) {
    failures.push_back({{"says", failure.says}, {"reason", failure.reason}});
  }
  Json ops = Json::array();
  for (const OperatorPrediction& op : prediction.operators) {
    ops.push_back({{"index", op.index},
                   {"op", op.op},
                   {"version", op.version},
                   {"mapped", op.status == Status::kMapped},
                   {"status", to_string(op.status)},
                   {"reason", op.reason}});
  }
  return {{"outcome", to_string(prediction.outcome())},
          {"mapped", prediction.mapped()},
          {"total", prediction.operators.size()},
          {"ops", ops},
          {"failures", failures},
          {"notes", prediction.notes},
          {"subgraphs", prediction.subgraphs},
          {"parameter_bytes", prediction.parameter_bytes},
          {"min_runtime_version", prediction.min_runtime_version}};
}

std::string to_text(const Prediction& prediction) {
  std::string text = headline(prediction);
  for (const Failure& failure : prediction.failures) {
    text += fmt::format("  {}: {}\n", failure.says, failure.reason);
  }
  text += fmt::format("{:.2f} MiB of parameters, needs Edge TPU runtime {}\n",
                      static_cast<double>(prediction.parameter_bytes) / (1024.0 * 1024.0),
                      prediction.min_runtime_version);
  for (const std::string& note : prediction.notes) text += "note: " + note + "\n";
  text += table(prediction);
  bool first = true;
  for (const OperatorPrediction& op : prediction.operators) {
    if (op.status == Status::kMapped) continue;
    if (first) text += "\nNot mapped\n";
    first = false;
    text += fmt::format("{:>4}  {:<24} {}: {}\n", op.index, op.op, to_string(op.status), op.reason);
  }
  return text;
}

}  // namespace nudge::edgetpu
