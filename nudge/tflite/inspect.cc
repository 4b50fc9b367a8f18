#include "nudge/tflite/inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "nudge/tflite/versions.h"

namespace nudge::tflite {

namespace {

// What the file says, else what its operators need.
std::string runtime_version(const TfLiteModel& model) {
  for (const Metadata& entry : model.metadata) {
    if (entry.name != kMinRuntimeVersion) continue;
    const std::string text(reinterpret_cast<const char*>(entry.data.data()), entry.data.size());
    return text.substr(0, text.find('\0'));
  }
  return min_runtime_version(model);
}

Json tensor_map(const std::vector<std::pair<std::string, int32_t>>& map) {
  Json json = Json::object();
  for (const auto& [name, index] : map) json[name] = index;
  return json;
}

// What the format calls scales that are not read.
std::string details_text(int32_t details) {
  static constexpr std::array<const char*, 4> kDetails{"", "custom", "blockwise", "multi_axis"};
  return details >= 0 && details < std::ssize(kDetails) ? kDetails[static_cast<size_t>(details)] : "unknown";
}

Json quantization_json(const std::optional<Quantization>& quantization) {
  if (!quantization) return nullptr;
  Json json = {{"scale", quantization->scale},
               {"zero_point", quantization->zero_point},
               {"dimension", quantization->dimension}};
  if (quantization->details != 0) json["details"] = details_text(quantization->details);
  return json;
}

}  // namespace

std::string operator_name(const Operator& op) {
  return op.op == BuiltinOperator::kCustom ? "CUSTOM " + op.custom_code : to_string(op.op);
}

std::string quantization_text(const std::optional<Quantization>& quantization) {
  if (quantization && quantization->details != 0)
    return details_text(quantization->details) + " quantization";
  if (!quantization || quantization->scale.empty()) return "";
  if (quantization->scale.size() == 1) {
    return fmt::format("scale {:.9g} zero {}", quantization->scale[0], quantization->zero_point[0]);
  }
  const auto [low, high] = std::minmax_element(quantization->scale.begin(), quantization->scale.end());
  return fmt::format("{} scales {:.4g} to {:.4g} along {}", quantization->scale.size(), *low, *high,
                     quantization->dimension);
}

Json inspect_json(const TfLiteModel& model, size_t file_bytes) {
  const SubGraph& graph = model.main();
  Json signatures = Json::array();
  for (const Signature& signature : model.signatures) {
    signatures.push_back({{"key", signature.key},
                          {"inputs", tensor_map(signature.inputs)},
                          {"outputs", tensor_map(signature.outputs)}});
  }
  Json ops = Json::array();
  for (size_t i = 0; i < graph.operators.size(); ++i) {
    const Operator& op = graph.operators[i];
    ops.push_back({{"index", i},
                   {"op", operator_name(op)},
                   {"version", op.version},
                   {"inputs", op.inputs},
                   {"outputs", op.outputs},
                   {"options", options_json(op.options)}});
  }
  Json tensors = Json::array();
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    const TfLiteTensor& tensor = graph.tensors[i];
    tensors.push_back({{"index", i},
                       {"name", tensor.name},
                       {"type", to_string(tensor.type)},
                       {"shape", tensor.shape},
                       {"bytes", tensor.data.size()},
                       {"quantization", quantization_json(tensor.quantization)}});
  }
  return {{"bytes", file_bytes},
          {"description", model.description},
          {"min_runtime_version", runtime_version(model)},
          {"subgraphs", model.subgraphs.size()},
          {"inputs", graph.inputs},
          {"outputs", graph.outputs},
          {"signatures", signatures},
          {"ops", ops},
          {"tensors", tensors}};
}

std::string inspect_text(const TfLiteModel& model, size_t file_bytes) {
  const SubGraph& graph = model.main();
  std::string text = fmt::format("{} bytes, {} operators, {} tensors, needs runtime {}\n", file_bytes,
                                 graph.operators.size(), graph.tensors.size(), runtime_version(model));
  text +=
      fmt::format("inputs [{}], outputs [{}]\n", fmt::join(graph.inputs, " "), fmt::join(graph.outputs, " "));
  for (const Signature& signature : model.signatures) {
    text += fmt::format("signature '{}': inputs {}, outputs {}\n", signature.key,
                        dump_json(tensor_map(signature.inputs)), dump_json(tensor_map(signature.outputs)));
  }
  text += "\nOperators\n";
  for (size_t i = 0; i < graph.operators.size(); ++i) {
    const Operator& op = graph.operators[i];
    text += fmt::format("{:>4}  {:<24} v{:<2} [{}] -> [{}]  {}\n", i, operator_name(op), op.version,
                        fmt::join(op.inputs, " "), fmt::join(op.outputs, " "),
                        dump_json(options_json(op.options)));
  }
  text += "\nTensors\n";
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    const TfLiteTensor& tensor = graph.tensors[i];
    text += fmt::format("{:>4}  {:<8} {:<20} {:<10} {:<40} {}\n", i, to_string(tensor.type),
                        to_string(tensor.shape), tensor.is_constant() ? "constant" : "",
                        quantization_text(tensor.quantization), tensor.name);
  }
  return text;
}

}  // namespace nudge::tflite
