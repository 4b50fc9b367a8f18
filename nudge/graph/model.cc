#include "nudge/graph/model.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "nudge/base/error.h"
#include "nudge/graph/clone.h"
#include "nudge/graph/layer_calls.h"

namespace nudge {
namespace {

using NodePtr = std::shared_ptr<const Node>;

// Orders a graph as Keras's map_graph_network does, so that layer lists and summaries agree row by row:
// deepest first, and within a depth by when a depth-first walk from the outputs met the layer.
class GraphWalk {
 public:
  explicit GraphWalk(const Model::Ends& ends) {
    for (const Tensor& output : ends.outputs) visit(output.node);
    place_unread(ends.inputs);
    for (auto node = post_order_.rbegin(); node != post_order_.rend(); ++node) {
      int& layer_depth = layer_depths_[(*node)->layer.get()];
      const int depth = std::max(node_depths_[node->get()], layer_depth);
      layer_depth = node_depths_[node->get()] = depth;
      for (const Tensor& input : (*node)->inputs) {
        int& input_depth = node_depths_[input.node.get()];
        input_depth = std::max(input_depth, depth + 1);
      }
    }
  }

  std::vector<NodePtr> nodes() const {
    std::vector<NodePtr> ordered = post_order_;
    std::stable_sort(ordered.begin(), ordered.end(), [&](const NodePtr& a, const NodePtr& b) {
      const int depth_a = node_depths_.at(a.get()), depth_b = node_depths_.at(b.get());
      if (depth_a != depth_b) return depth_a > depth_b;
      return layer_order_.at(a->layer.get()) < layer_order_.at(b->layer.get());
    });
    return ordered;
  }

  std::vector<LayerPtr> layers() const {
    std::vector<LayerPtr> ordered;
    std::set<const Layer*> seen;
    for (const NodePtr& node : post_order_) {
      if (seen.insert(node->layer.get()).second) ordered.push_back(node->layer);
    }
    std::stable_sort(ordered.begin(), ordered.end(), [&](const LayerPtr& a, const LayerPtr& b) {
      const int depth_a = layer_depths_.at(a.get()), depth_b = layer_depths_.at(b.get());
      if (depth_a != depth_b) return depth_a > depth_b;
      return layer_order_.at(a.get()) < layer_order_.at(b.get());
    });
    return ordered;
  }

 private:
  // Inputs that no output depends on: at depth 0, before the layers there.
  void place_unread(const std::vector<Tensor>& inputs) {
    for (const Tensor& input : inputs) {
      if (!visited_.insert(input.node.get()).second) continue;
      layer_order_[input.node->layer.get()] = -1;
      post_order_.push_back(input.node);
    }
  }

  // A node whose inputs up to `next` have been visited.
  struct Visit {
    NodePtr node;
    size_t next = 0;
  };

  // A stack of its own, as a chain may be longer than the program's allows.
  void visit(const NodePtr& end) {
    std::vector<Visit> open;
    enter(end, open);
    while (!open.empty()) {
      Visit& visit = open.back();
      if (visit.next < visit.node->inputs.size()) {
        enter(visit.node->inputs[visit.next++].node, open);
      } else {
        post_order_.push_back(std::move(visit.node));
        open.pop_back();
      }
    }
  }

  void enter(const NodePtr& node, std::vector<Visit>& open) {
    if (!visited_.insert(node.get()).second) return;
    layer_order_.try_emplace(node->layer.get(), static_cast<int>(layer_order_.size()));
    open.push_back({node});
  }

  std::vector<NodePtr> post_order_;
  std::unordered_set<const Node*> visited_;
  std::unordered_map<const Layer*, int> layer_order_;
  std::unordered_map<const Layer*, int> layer_depths_;
  std::unordered_map<const Node*, int> node_depths_;
};

void check_unique_names(const std::vector<LayerPtr>& layers, const std::string& where) {
  std::set<std::string> names;
  for (const LayerPtr& layer : layers) {
    if (!names.insert(layer->name()).second) {
      throw ValueError(where + "two layers are named '" + layer->name() +
                       "'; names must be unique in a model");
    }
  }
}

void check_ends(const Model::Ends& ends, const std::string& where) {
  if (ends.inputs.empty()) throw ValueError(where + "has no inputs");
  if (ends.outputs.empty()) throw ValueError(where + "has no outputs");
  for (const auto* tensors : {&ends.inputs, &ends.outputs}) {
    for (const Tensor& tensor : *tensors) {
      if (tensor.node == nullptr) throw ValueError(where + "one of its ends is a tensor that no layer made");
    }
  }
}

void check_inputs(const std::vector<Tensor>& inputs, const std::vector<NodePtr>& nodes,
                  const std::string& where) {
  std::set<const Node*> given;
  for (const Tensor& tensor : inputs) {
    if (!tensor.node->inputs.empty()) {
      throw ValueError(where + "input '" + tensor.layer().name() +
                       "' is the output of a layer; start from input()");
    }
    if (!given.insert(tensor.node.get()).second) {
      throw ValueError(where + "input '" + tensor.layer().name() + "' is given twice");
    }
  }
  for (const NodePtr& node : nodes) {
    if (node->inputs.empty() && !given.contains(node.get())) {
      throw ValueError(where + "an output depends on '" + node->layer->name() +
                       "', which is not among the inputs");
    }
  }
}

void add_parameters(const Layer& layer, std::set<const Layer*>& seen, ParameterCounts& counts) {
  if (!seen.insert(&layer).second) return;
  if (const auto* model = dynamic_cast<const Model*>(&layer); model != nullptr) {
    for (const LayerPtr& inner : model->layers()) add_parameters(*inner, seen, counts);
    return;
  }
  for (const Weight* weight : layer.weights()) {
    counts.total += weight->count();
    if (layer.trainable() && weight->trainable) counts.trainable += weight->count();
  }
}

}  // namespace

Model::Model(std::vector<Tensor> inputs, std::vector<Tensor> outputs, std::string name)
    : Model(Ends{std::move(inputs), std::move(outputs)}, std::move(name), "Functional") {}

Model::Model(Ends ends, std::string name, const std::string& class_name)
    : Layer(std::move(name), class_name), inputs_(std::move(ends.inputs)), outputs_(std::move(ends.outputs)) {
  const std::string who = "model '" + this->name() + "': ";
  check_ends({inputs_, outputs_}, who);
  const GraphWalk walk({inputs_, outputs_});
  nodes_ = walk.nodes();
  layers_ = walk.layers();
  check_inputs(inputs_, nodes_, who);
  check_unique_names(layers_, who);
}

Json Model::config() const { return base_config(); }

std::vector<Shape> Model::output_shapes(const std::vector<Shape>& inputs) const {
  if (inputs.size() != inputs_.size()) {
    throw ShapeError(where() + "takes " + std::to_string(inputs_.size()) + " inputs, given " +
                     std::to_string(inputs.size()));
  }
  std::unordered_map<const Node*, std::vector<Shape>> shapes;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Shape& expected = inputs_[i].shape();
    const Shape& given = inputs[i];
    bool fits = given.size() == expected.size();
    for (size_t d = 1; fits && d < given.size(); ++d) fits = given[d] == expected[d];
    if (!fits) {
      throw ShapeError(where() + "expected an input of shape " + to_string(expected) + ", given " +
                       to_string(given));
    }
    shapes[inputs_[i].node.get()] = {given};
  }
  for (const auto& node : nodes_) {
    if (shapes.contains(node.get())) continue;
    std::vector<Shape> node_inputs;
    for (const Tensor& tensor : node->inputs) {
      node_inputs.push_back(shapes.at(tensor.node.get()).at(static_cast<size_t>(tensor.index)));
    }
    shapes[node.get()] = node->layer->output_shapes(node_inputs);
  }
  std::vector<Shape> outputs;
  for (const Tensor& tensor : outputs_) {
    outputs.push_back(shapes.at(tensor.node.get()).at(static_cast<size_t>(tensor.index)));
  }
  return outputs;
}

const LayerPtr& Model::layer_named(const std::string& name) const {
  for (const LayerPtr& layer : layers_) {
    if (layer->name() == name) return layer;
  }
  throw ValueError("model '" + this->name() + "' has no layer '" + name + "'");
}

int Model::node_index(const Node& node) const { return LayerCalls(*this).index(node); }

std::vector<Weight*> Model::all_weights() const {
  std::vector<Weight*> all;
  std::set<const Weight*> seen;  // a layer may be here and in a nested model
  for (const LayerPtr& layer : layers_) {
    for (Weight* weight : layer->weights()) {
      if (seen.insert(weight).second) all.push_back(weight);
    }
  }
  return all;
}

void Model::initialize(uint64_t seed) {
  for (const LayerPtr& layer : layers_) layer->initialize(seed);
}

void Model::begin_training_step() {
  for (const LayerPtr& layer : layers_) layer->begin_training_step();
}

void Model::set_trainable(bool trainable) {
  Layer::set_trainable(trainable);
  for (const LayerPtr& layer : layers_) layer->set_trainable(trainable);
}

LayerPtr Model::clone() const {
  auto copy = clone_model(*this, [](const Layer& layer) { return layer.clone(); });
  copy->set_own_trainable(trainable());
  return copy;
}

ModelPtr make_model(std::vector<Tensor> inputs, std::vector<Tensor> outputs, std::string name) {
  return std::make_shared<Model>(std::move(inputs), std::move(outputs), std::move(name));
}

ModelPtr make_model(const Tensor& input, const Tensor& output, std::string name) {
  return make_model(std::vector<Tensor>{input}, std::vector<Tensor>{output}, std::move(name));
}

ParameterCounts count_parameters(const Layer& layer) {
  ParameterCounts counts;
  std::set<const Layer*> seen;
  add_parameters(layer, seen, counts);
  return counts;
}

}  // namespace nudge
