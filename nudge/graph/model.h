// A functional model: the graph between its inputs and outputs.  It is a Layer too, so models nest.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nudge/graph/layer.h"

namespace nudge {

class Model : public Layer {
 public:
  struct Ends {
    std::vector<Tensor> inputs;
    std::vector<Tensor> outputs;
  };

  // Throws ValueError when an output does not depend on the inputs alone, or two layers share a name.
  Model(std::vector<Tensor> inputs, std::vector<Tensor> outputs, std::string name = "");

  std::string class_name() const override { return "Functional"; }
  std::string module() const override { return "keras.src.models.functional"; }
  // Name and trainable only; the graph is written by the keras folder.
  Json config() const override;
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;

  const std::vector<Tensor>& inputs() const { return inputs_; }
  const std::vector<Tensor>& outputs() const { return outputs_; }
  // Each layer once and each call once, both in Keras's order: by depth from the outputs, then by creation.
  const std::vector<LayerPtr>& layers() const { return layers_; }
  const std::vector<std::shared_ptr<const Node>>& nodes() const { return nodes_; }
  // Throws ValueError naming the model when there is no such layer.
  const Layer& layer(const std::string& name) const { return *layer_named(name); }
  Layer& layer(const std::string& name) { return *layer_named(name); }
  // Which of its layer's calls within this model a node is: 0, 1, ...
  int node_index(const Node& node) const;

  void initialize(uint64_t seed) override;
  void set_trainable(bool trainable) override;
  void begin_training_step() override;

  // All layers are cloned; calls keep their structure.
  LayerPtr clone() const override;

  Model(const Model&) = delete;

 protected:
  // Of all layers, in their order; a shared layer's once.
  std::vector<Weight*> all_weights() const override;
  Model(Ends ends, std::string name, const std::string& class_name);
  // Sets the model's own flag and leaves the layers' as they are.
  void set_own_trainable(bool trainable) { Layer::set_trainable(trainable); }

 private:
  const LayerPtr& layer_named(const std::string& name) const;

  std::vector<Tensor> inputs_;
  std::vector<Tensor> outputs_;
  std::vector<LayerPtr> layers_;
  std::vector<std::shared_ptr<const Node>> nodes_;
};

using ModelPtr = std::shared_ptr<Model>;

// Makes a model; the usual way to finish a functional graph.
ModelPtr make_model(std::vector<Tensor> inputs, std::vector<Tensor> outputs, std::string name = "");
ModelPtr make_model(const Tensor& input, const Tensor& output, std::string name = "");

struct ParameterCounts {
  int64_t total = 0;
  int64_t trainable = 0;
  int64_t non_trainable() const { return total - trainable; }
};
// Counts a shared layer once; a frozen layer's weights are not trainable.
ParameterCounts count_parameters(const Layer& layer);

}  // namespace nudge
