// The base of every layer: what it is called, what shapes it makes and which weights it has.
//
// A layer does not know how it is computed (plan does) nor that it may be quantized (quantize does).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/base/json.h"
#include "nudge/graph/constraint.h"
#include "nudge/graph/initializer.h"
#include "nudge/graph/regularizer.h"
#include "nudge/graph/tensor.h"

namespace nudge {

namespace ops {
class Expansion;
}

// A named variable of a layer.
struct Weight {
  std::string name;  // "kernel", "gamma": within the layer
  Shape shape;
  bool trainable = true;  // false: moving averages, ranges
  Initializer initializer;
  Array value;                                            // float32; empty until initialized or loaded
  std::optional<Regularizer> regularizer = std::nullopt;  // what training adds to the loss
  std::optional<Constraint> constraint = std::nullopt;    // what each update of training ends with

  int64_t count() const { return element_count(shape); }
};

using LayerPtr = std::shared_ptr<Layer>;

class Layer : public std::enable_shared_from_this<Layer> {
 public:
  virtual ~Layer();

  // Keras's class ("Conv2D") and, in its serialized form, the module it lives in.
  virtual std::string class_name() const = 0;
  virtual std::string module() const { return "keras.layers"; }

  // Unique within a model.  Chosen from the class when the options give none: "conv2d", "conv2d_1".
  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }

  // False freezes every weight: nothing of the layer is trained.
  bool trainable() const { return trainable_; }
  virtual void set_trainable(bool trainable) { trainable_ = trainable; }

  // Keras's get_config(), with name and trainable.
  virtual Json config() const = 0;

  // {"module": ..., "class_name": ..., "config": ...}: what layer_from_config() makes the layer of again.
  virtual Json serialized() const;

  // What a call takes beside its tensors, as Keras writes calls: {"args": [...], "kwargs": {...}} with
  // {"class_name":
  // "__keras_tensor__", "tensor": i} for input i.  Empty: the inputs alone.
  virtual Json call_arguments() const;

  // Shapes of the outputs, batch first.  Throws ShapeError naming the layer, the expected and the given
  // shape.
  virtual std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const = 0;

  // What the layer computes, as primitives (ops/expansion.h).  Throws UnsupportedError unless a class says
  // so.
  virtual void expand(ops::Expansion& call) const;

  // Why this layer of a file could not be read, where it only stands in for it; empty otherwise.
  virtual std::string not_read() const { return ""; }

  // Creates the weights' descriptions for these input shapes; values come with initialize() or a file.
  // Does nothing when built: output_shapes() is what refuses shapes that the weights do not fit.
  void build(const std::vector<Shape>& inputs);
  bool built() const { return built_; }

  // In Keras's order, trainable before non-trainable.  A nested model's are those of its layers.
  std::vector<Weight*> weights() { return all_weights(); }
  std::vector<const Weight*> weights() const;
  // Throws ValueError when the layer has no weight of that name.
  Weight& weight(const std::string& name) { return weight_named(name); }
  const Weight& weight(const std::string& name) const { return weight_named(name); }

  // Where Keras's files keep a weight: a group within the layer's own, before what the weight's name says
  // ("cell/kernel" is in the group "cell").  Empty: the layer's own.
  virtual std::string weight_path(const Weight&) const { return ""; }

  // Called before each training step: a layer that keeps its weights within bounds of their own moves them
  // here.
  virtual void begin_training_step() {}

  // Fills every weight that has no value yet.  The same seed, layer and weight name give the same values.
  virtual void initialize(uint64_t seed);

  // Keras's `kernel_regularizer` of a layer where `of` is "kernel", `depthwise_constraint` where it is
  // "depthwise"; before or after build(), kept also while the layer has no such weight.  "activity" is what
  // the outputs add to the loss, divided by the batch.  They act in training alone, and not on what is
  // frozen. Throw ValueError on options out of range, ShapeError naming a weight that they do not fit.
  void set_regularizer(const std::string& of, Regularizer regularizer);
  void set_constraint(const std::string& of, Constraint constraint);
  std::optional<Regularizer> activity_regularizer() const;

  // A layer of the same options, name and weight values, sharing nothing with this one.
  virtual LayerPtr clone() const = 0;

  // Records a call: builds the layer and returns its outputs.  call() is for layers with one output.
  Tensor call(const Tensor& input);
  Tensor call(const std::vector<Tensor>& inputs);
  std::vector<Tensor> call_all(const std::vector<Tensor>& inputs);

 protected:
  // An empty name is replaced by one made from `class_name`.
  Layer(std::string name, const std::string& class_name);
  Layer(const Layer& other);
  Layer& operator=(const Layer&) = delete;

  // Adds the weights with add_weight(); called once, with shapes that output_shapes() accepted.
  virtual void build_weights(const std::vector<Shape>& inputs);
  void add_weight(std::string name, Shape shape, Initializer initializer, bool trainable = true);

  // What weights() gives: those that were added, unless a layer that holds others says more.
  virtual std::vector<Weight*> all_weights() const;

  // {"name": ..., "trainable": ...}, regularizers and constraints: where every config starts.
  Json base_config() const;
  // "layer 'conv2d' (Conv2D): ": how every message of a layer starts.
  std::string where() const;
  // Throws ShapeError unless there is exactly one input, of this rank; returns it.
  const Shape& single_input(const std::vector<Shape>& inputs) const;
  const Shape& single_input(const std::vector<Shape>& inputs, size_t rank) const;

 private:
  Weight& weight_named(const std::string& name) const;
  void put_rules_on(Weight& weight) const;

  std::string name_;
  bool trainable_ = true;
  bool built_ = false;
  std::vector<std::unique_ptr<Weight>> weights_;
  std::map<std::string, Regularizer> regularizers_;  // by what Keras calls a weight in their keys
  std::map<std::string, Constraint> constraints_;
};

// Gives Derived its clone(), from its copy constructor.
template <typename Derived>
class ClonableLayer : public Layer {
 public:
  LayerPtr clone() const override { return std::make_shared<Derived>(static_cast<const Derived&>(*this)); }

 protected:
  using Layer::Layer;
};

// The placeholder a functional model starts from.
class InputLayer : public ClonableLayer<InputLayer> {
 public:
  // `shape` without the batch.
  explicit InputLayer(Shape shape, std::string name = "");

  std::string class_name() const override { return "InputLayer"; }
  Json config() const override;
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  static LayerPtr from_config(const Json& config);

  const Shape& batch_shape() const { return batch_shape_; }

 private:
  Shape batch_shape_;
};

// input({224, 224, 3}) is a tensor of shape (None, 224, 224, 3).
Tensor input(Shape shape, std::string name = "");

// Names made from classes count up for the whole process; this starts them again, as
// keras.backend.clear_session() does.
void reset_layer_names();
// "MaxPooling2D" -> "max_pooling2d", "ReLU" -> "re_lu": as Keras names layers after their class.
std::string snake_case(const std::string& class_name);
// The class's name in snake case; then "_1", "_2", ... for later ones.
std::string unique_layer_name(const std::string& class_name);

}  // namespace nudge
