#include "nudge/edgetpu/cut.h"

#include <fmt/format.h>

#include <map>

#include "nudge/base/error.h"
#include "nudge/edgetpu/operator_view.h"

namespace nudge::edgetpu {
namespace {

class Cutting {
 public:
  Cutting(const tflite::SubGraph& graph, size_t first, size_t last)
      : graph_(graph), view_(graph), first_(first), last_(last), written_(graph.tensors.size(), false) {}

  tflite::SubGraph make() {
    part_.name = graph_.name;
    for (size_t i = first_; i <= last_; ++i) {
      for (const int32_t output : graph_.operators[i].outputs) written_[static_cast<size_t>(output)] = true;
    }
    for (size_t i = first_; i <= last_; ++i) {
      tflite::Operator op = graph_.operators[i];
      for (int32_t& input : op.inputs) input = take_input(input);
      for (int32_t& output : op.outputs) output = take(output);
      for (int32_t& intermediate : op.intermediates) intermediate = take(intermediate);
      part_.operators.push_back(std::move(op));
    }
    add_outputs();
    return std::move(part_);
  }

 private:
  int32_t take(int32_t tensor) {
    if (tensor < 0) return tensor;
    const auto [place, is_new] = places_.try_emplace(tensor, static_cast<int32_t>(part_.tensors.size()));
    if (is_new) part_.tensors.push_back(graph_.tensors[static_cast<size_t>(tensor)]);
    return place->second;
  }

  int32_t take_input(int32_t tensor) {
    const bool known = places_.contains(tensor);
    const int32_t place = take(tensor);
    if (tensor < 0 || known || written_[static_cast<size_t>(tensor)]) return place;
    const bool variable = graph_.tensors[static_cast<size_t>(tensor)].is_variable;
    if (view_.is_computed(tensor) && !variable) part_.inputs.push_back(place);
    return place;
  }

  void add_outputs() {
    std::vector<bool> read_inside(graph_.tensors.size(), false), wanted(graph_.tensors.size(), false);
    for (size_t i = 0; i < graph_.operators.size(); ++i) {
      for (const int32_t input : graph_.operators[i].inputs) {
        if (input >= 0) (i < first_ || i > last_ ? wanted : read_inside)[static_cast<size_t>(input)] = true;
      }
    }
    for (const int32_t output : graph_.outputs) wanted[static_cast<size_t>(output)] = true;
    for (size_t i = first_; i <= last_; ++i) {
      for (const int32_t output : graph_.operators[i].outputs) {
        const auto index = static_cast<size_t>(output);
        if (wanted[index] || !read_inside[index]) part_.outputs.push_back(places_.at(output));
      }
    }
  }

  const tflite::SubGraph& graph_;
  GraphView view_;
  size_t first_;
  size_t last_;
  std::vector<bool> written_;          // by the operators that are cut out
  std::map<int32_t, int32_t> places_;  // of tensors in the part
  tflite::SubGraph part_;
};

}  // namespace

tflite::TfLiteModel cut(const tflite::TfLiteModel& model, size_t first, size_t last) {
  const tflite::SubGraph& graph = model.main();
  if (first > last || last >= graph.operators.size()) {
    throw ValueError(
        fmt::format("operators {} to {} cannot be cut out of {}", first, last, graph.operators.size()));
  }
  tflite::TfLiteModel part;
  part.description = model.description;
  part.subgraphs.push_back(Cutting(graph, first, last).make());
  return part;
}

}  // namespace nudge::edgetpu
