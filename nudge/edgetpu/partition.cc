#include "nudge/edgetpu/partition.h"

#include <array>
#include <functional>
#include <optional>
#include <queue>

namespace nudge::edgetpu {
namespace {

using Ready = std::priority_queue<size_t, std::vector<size_t>, std::greater<>>;

// Which operators wait for which.
class Waiting {
 public:
  explicit Waiting(const tflite::SubGraph& graph)
      : graph_(graph), missing_(graph.operators.size(), 0), readers_(graph.tensors.size()) {
    std::vector<bool> written(graph.tensors.size(), false);
    for (const tflite::Operator& op : graph.operators) {
      for (const int32_t output : op.outputs) written[static_cast<size_t>(output)] = true;
    }
    for (const int32_t input : graph.inputs) written[static_cast<size_t>(input)] = false;
    for (size_t i = 0; i < graph.operators.size(); ++i) {
      for (const int32_t input : graph.operators[i].inputs) {
        if (input < 0 || !written[static_cast<size_t>(input)]) continue;
        ++missing_[i];
        readers_[static_cast<size_t>(input)].push_back(i);
      }
    }
  }

  bool can_run(size_t op) const { return missing_[op] == 0; }

  // Calls `found` with each operator that waited for this one last.
  void run(size_t op, const std::function<void(size_t)>& found) {
    for (const int32_t output : graph_.operators[op].outputs) {
      std::vector<size_t> readers;
      readers.swap(readers_[static_cast<size_t>(output)]);
      for (const size_t reader : readers) {
        if (--missing_[reader] == 0) found(reader);
      }
    }
  }

 private:
  const tflite::SubGraph& graph_;
  std::vector<size_t> missing_;
  std::vector<std::vector<size_t>> readers_;
};

}  // namespace

std::vector<Part> partition(const tflite::SubGraph& graph, const std::vector<bool>& supported) {
  Waiting waiting(graph);
  std::array<Ready, 2> ready;  // [supported]
  std::optional<size_t> first;
  for (size_t i = 0; i < graph.operators.size(); ++i) {
    if (!waiting.can_run(i)) continue;
    if (!first) first = i;
    ready[supported[i] ? 1 : 0].push(i);
  }
  std::vector<Part> parts;
  for (bool delegated = first && supported[*first]; !ready[0].empty() || !ready[1].empty();
       delegated = !delegated) {
    Part part{.delegated = delegated};
    Ready& mine = ready[delegated ? 1 : 0];
    while (!mine.empty()) {
      const size_t op = mine.top();
      mine.pop();
      part.operators.push_back(op);
      waiting.run(op, [&](size_t reader) { ready[supported[reader] ? 1 : 0].push(reader); });
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace nudge::edgetpu
