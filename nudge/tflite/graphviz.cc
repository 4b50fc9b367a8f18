#include "nudge/tflite/graphviz.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nudge/tflite/inspect.h"

namespace nudge::tflite {
namespace {

constexpr size_t kLongestName = 60;

// Within double quotes; files are free in their names.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text.substr(0, kLongestName)) {
    if (c == '"' || c == '\\') result += '\\';
    result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return result;
}

std::string value_label(const TfLiteTensor& tensor) {
  std::string label = fmt::format("{} {}", to_string(tensor.type), to_string(tensor.shape));
  const std::string quantization = quantization_text(tensor.quantization);
  return quantization.empty() ? label : label + "\\n" + quantization;
}

class Drawing {
 public:
  explicit Drawing(const SubGraph& graph) : graph_(graph), source_(graph.tensors.size()) {}

  std::string draw() {
    text_ =
        "digraph model {\n  node [shape=box, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", "
        "fontsize=10];\n";
    for (const int32_t input : graph_.inputs) {
      source_[static_cast<size_t>(input)] = fmt::format("in{}", input);
      end("in", input);
    }
    for (size_t i = 0; i < graph_.operators.size(); ++i) {
      for (const int32_t output : graph_.operators[i].outputs) {
        source_[static_cast<size_t>(output)] = fmt::format("op{}", i);
      }
    }
    for (size_t i = 0; i < graph_.operators.size(); ++i) add(i, graph_.operators[i]);
    for (const int32_t output : graph_.outputs) {
      end("out", output);
      arrow(output, fmt::format("out{}", output));
    }
    return text_ + "}\n";
  }

 private:
  void end(const char* side, int32_t tensor) {
    text_ += fmt::format("  {}{} [shape=ellipse, label=\"{}\"];\n", side, tensor,
                         escaped(graph_.tensors[static_cast<size_t>(tensor)].name));
  }

  void arrow(int32_t tensor, const std::string& to) {
    const std::string& from = source_[static_cast<size_t>(tensor)];
    if (from.empty()) return;
    text_ += fmt::format("  {} -> {} [label=\"{}\"];\n", from, to,
                         value_label(graph_.tensors[static_cast<size_t>(tensor)]));
  }

  void add(size_t index, const Operator& op) {
    std::string label = fmt::format("{} {}", index, escaped(operator_name(op)));
    const Json options = options_json(op.options);
    for (const auto& [key, value] : options.items())
      label += fmt::format("\\n{} {}", key, escaped(dump_json(value)));
    for (const int32_t input : op.inputs) {
      if (input < 0 || !source_[static_cast<size_t>(input)].empty()) continue;
      label += "\\n" + value_label(graph_.tensors[static_cast<size_t>(input)]);
    }
    text_ += fmt::format("  op{} [label=\"{}\"];\n", index, label);
    for (const int32_t input : op.inputs) {
      if (input >= 0) arrow(input, fmt::format("op{}", index));
    }
  }

  const SubGraph& graph_;
  std::vector<std::string> source_;  // the node that a tensor comes from; "" for constants
  std::string text_;
};

}  // namespace

std::string to_graphviz(const TfLiteModel& model) { return Drawing(model.main()).draw(); }

}  // namespace nudge::tflite
