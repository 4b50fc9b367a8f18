#include "nudge/tflite/inspect.h"

#include <fmt/format.h>

#include <algorithm>
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

std::string name_of(const Operator& op) {
  return op.op == BuiltinOperator::kCustom ? "CUSTOM " + op.custom_code : to_string(op.op);
}

Json tensor_map(const std::vector<std::pair<std::string, int32_t>>& map) {
  Json json = Json::object();
  for (const auto& [name, index] : map) json[name] = index;
  return json;
}

Json quantization_json(const std::optional<Quantization>& quantization) {
  if (!quantization) return nullptr;
  return {{"scale", quantization->scale},
          {"zero_point", quantization->zero_point},
          {"dimension", quantization->dimension}};
}

std::string quantization_text(const std::optional<Quantization>& quantization) {
  if (!quantization || quantization->scale.empty()) return "";
  if (quantization->scale.size() == 1) {
    return fmt::format("scale {:.9g} zero {}", quantization->scale[0], quantization->zero_point[0]);
  }
  const auto [low, high] = std::minmax_element(quantization->scale.begin(), quantization->scale.end());
  return fmt::format("{} scales {:.4g} to {:.4g} along {}", quantization->scale.size(), *low, *high,
                     quantization->dimension);
}

// Scales and zero points; ranges that some converters leave behind do not count.
bool same_quantization(const std::optional<Quantization>& a, const std::optional<Quantization>& b) {
  const Quantization none;
  const Quantization& left = a ? *a : none;
  const Quantization& right = b ? *b : none;
  return left.scale == right.scale && left.zero_point == right.zero_point &&
         (left.scale.size() <= 1 || left.dimension == right.dimension);
}

// Collects lines until there are enough.
class Differences {
 public:
  Differences(const SubGraph& a, const SubGraph& b, size_t most) : a_(a), b_(b), most_(most) {}

  std::vector<std::string> find() {
    compare_lists("model", "inputs", a_.inputs, b_.inputs);
    if (a_.operators.size() != b_.operators.size()) {
      add(fmt::format("{} operators, {} in the other", a_.operators.size(), b_.operators.size()));
    }
    const size_t count = std::min(a_.operators.size(), b_.operators.size());
    for (size_t i = 0; i < count && lines_.size() < most_; ++i) compare(i, a_.operators[i], b_.operators[i]);
    compare_lists("model", "outputs", a_.outputs, b_.outputs);
    return lines_;
  }

 private:
  void add(std::string line) {
    if (lines_.size() < most_) lines_.push_back(std::move(line));
  }

  void compare(size_t index, const Operator& a, const Operator& b) {
    const std::string where = fmt::format("operator {} {}", index, name_of(a));
    if (name_of(a) != name_of(b)) {
      add(fmt::format("{}: {} in the other", where, name_of(b)));
      return;
    }
    if (a.version != b.version)
      add(fmt::format("{}: version {}, {} in the other", where, a.version, b.version));
    if (a.options != b.options) {
      add(fmt::format("{}: options {}, {} in the other", where, dump_json(options_json(a.options)),
                      dump_json(options_json(b.options))));
    }
    compare_lists(where, "inputs", a.inputs, b.inputs);
    compare_lists(where, "outputs", a.outputs, b.outputs);
  }

  void compare_lists(const std::string& where, const char* side, const std::vector<int32_t>& a,
                     const std::vector<int32_t>& b) {
    if (a.size() != b.size()) add(fmt::format("{}: {} {}, {} in the other", where, a.size(), side, b.size()));
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
      if (a[i] >= 0 && b[i] >= 0) {
        compare(fmt::format("{}: {}[{}]", where, side, i), a_.tensors[static_cast<size_t>(a[i])],
                b_.tensors[static_cast<size_t>(b[i])]);
      } else if (a[i] != b[i]) {
        add(fmt::format("{}: {}[{}] is left out in one of them", where, side, i));
      }
    }
  }

  void compare(const std::string& where, const TfLiteTensor& a, const TfLiteTensor& b) {
    if (a.type != b.type)
      add(fmt::format("{}: {}, {} in the other", where, to_string(a.type), to_string(b.type)));
    if (a.shape != b.shape) {
      add(fmt::format("{}: shape {}, {} in the other", where, to_string(a.shape), to_string(b.shape)));
    }
    if (!same_quantization(a.quantization, b.quantization)) {
      add(fmt::format("{}: {}; {} in the other", where, quantization_text(a.quantization),
                      quantization_text(b.quantization)));
    }
    if (a.data == b.data) return;
    if (a.data.size() != b.data.size()) {
      add(fmt::format("{}: {} bytes of constants, {} in the other", where, a.data.size(), b.data.size()));
      return;
    }
    size_t different = 0;
    for (size_t i = 0; i < a.data.size(); ++i) different += a.data[i] != b.data[i] ? 1 : 0;
    const auto first = std::mismatch(a.data.begin(), a.data.end(), b.data.begin()).first - a.data.begin();
    add(fmt::format("{}: {} of {} bytes of constants differ, the first at {}", where, different,
                    a.data.size(), first));
  }

  const SubGraph& a_;
  const SubGraph& b_;
  size_t most_;
  std::vector<std::string> lines_;
};

}  // namespace

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
                   {"op", name_of(op)},
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
    text += fmt::format("{:>4}  {:<24} v{:<2} [{}] -> [{}]  {}\n", i, name_of(op), op.version,
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

std::vector<std::string> differences(const TfLiteModel& a, const TfLiteModel& b, size_t most) {
  return Differences(a.main(), b.main(), most).find();
}

}  // namespace nudge::tflite
