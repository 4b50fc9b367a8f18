// Tensors that .tflite wants on one scale get one range.
#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "nudge/quantize/call_roles.h"
#include "nudge/quantize/default_config.h"
#include "nudge/quantize/placement.h"

namespace nudge::quantize {
namespace {

// TFMOT's pattern has as many inputs at most.
constexpr size_t kLargestTfmotConcat = 6;

class Groups {
 public:
  explicit Groups(size_t size) : parent_(size) { std::iota(parent_.begin(), parent_.end(), size_t{0}); }
  size_t find(size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  // The earlier one leads, so that a group's range belongs to the first layer that moves it.
  void join(size_t a, size_t b) {
    a = find(a);
    b = find(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<size_t> parent_;
};

// The node whose quantizer puts a tensor on its grid, which may be a model input or one that has none.
const Node* grid_maker(Placement& placement, const Node* node) {
  while (!node->inputs.empty() && !placement.at(*node).output() && moves_values(placement.call(*node)))
    node = node->inputs[0].node.get();
  return node;
}

// Whether the grid that `maker` puts a tensor on may be another's too.
bool is_free(Placement& placement, const Node& maker) {
  Placed& placed = placement.at(maker);
  return !placed.custom && placed.shares.empty() && placed.output() && placed.output()->has_range();
}

// "LAYER/SLOT" of the quantizer on a node's output.
std::string output_slot(const Placement& placement, const Node& node) {
  return "quant_" + placement.layer(node).name() + "/" + placement.at(node).output_slot();
}

// An average stays within its input's range.  Where that range is not free to join a group (a fixed grid, a
// custom quantizer's, the model input's) the average goes on it alone, since .tflite's operators leave no
// choice.
void follow_inputs(Placement& placement) {
  std::map<const Layer*, int> calls;
  for (const auto& node : placement.nodes()) ++calls[node->layer.get()];
  for (const auto& node : placement.nodes()) {
    const bool averages = keeps_scale(placement.call(*node)) && node->inputs.size() == 1;
    if (!averages || calls.at(node->layer.get()) != 1 || !is_free(placement, *node)) continue;
    const Node& maker = *grid_maker(placement, node->inputs.front().node.get());
    if (is_free(placement, maker)) continue;
    Placed& average = placement.at(*node);
    Placed& source = placement.at(maker);
    if (maker.inputs.empty()) {
      const std::string input = placement.input_quantizer(maker);
      if (!input.empty()) average.shares = input + "/" + input;
    } else if (source.output() && source.output()->has_range()) {
      average.shares = source.shares.empty() ? output_slot(placement, maker) : source.shares;
    } else if (source.output()) {
      average.output() = source.output();
    }
  }
}

void share_in_groups(Placement& placement) {
  const auto& nodes = placement.nodes();
  Groups groups(nodes.size());
  // A layer called twice has one quantizer, so both of its calls are in one group.
  std::map<const Layer*, size_t> first_call;
  std::map<const Node*, size_t> position;
  for (size_t i = 0; i < nodes.size(); ++i) {
    position[nodes[i].get()] = first_call.try_emplace(nodes[i]->layer.get(), i).first->second;
  }
  for (const auto& node : nodes) {
    if (!keeps_scale(placement.call(*node)) || !is_free(placement, *node)) continue;
    for (const Tensor& input : node->inputs) {
      const Node* maker = grid_maker(placement, input.node.get());
      if (is_free(placement, *maker)) groups.join(position.at(node.get()), position.at(maker));
    }
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    const size_t leader = groups.find(position.at(nodes[i].get()));
    if (nodes[leader]->layer == nodes[i]->layer) continue;
    placement.at(*nodes[i]).shares = output_slot(placement, *nodes[leader]);
  }
}

// TFMOT takes the output quantizer off what feeds a Concatenate, when that is all it feeds.  Outer ones come
// first: a Concatenate in a Concatenate loses its own.
void clear_concat_feeders(Placement& placement) {
  std::set<const Node*> nested;
  for (auto at = placement.nodes().rbegin(); at != placement.nodes().rend(); ++at) {
    const Node& node = **at;
    if (placement.layer(node).class_name() != "Concatenate" || !placement.at(node).annotated) continue;
    const auto feeds_only_this = [&](const Tensor& input) {
      return placement.only_consumer(*input.node) == &node && placement.at(*input.node).annotated;
    };
    if (node.inputs.size() > kLargestTfmotConcat ||
        !std::all_of(node.inputs.begin(), node.inputs.end(), feeds_only_this)) {
      continue;
    }
    if (!nested.contains(&node))
      placement.at(node).take(output_config(placement.scheme()), placement.layer(node));
    for (const Tensor& input : node.inputs) {
      Placed& feeder = placement.at(*input.node);
      feeder.quantizers.output = nullptr;
      if (placement.layer(*input.node).class_name() != "Concatenate") continue;
      nested.insert(input.node.get());
      feeder.take(no_op_config(), placement.layer(*input.node));
    }
  }
}

}  // namespace

void share_scales(Placement& placement) {
  if (placement.scheme().same_scale_groups) {
    follow_inputs(placement);
    share_in_groups(placement);
  } else {
    clear_concat_feeders(placement);
  }
}

}  // namespace nudge::quantize
