#include "nudge/graph/layer.h"

#include <cctype>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"

namespace nudge {
namespace {

std::mutex names_mutex;

std::map<std::string, int>& name_counts() {
  static std::map<std::string, int> counts;
  return counts;
}

bool is_upper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool is_lower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }

// Whether Keras's "`of`_regularizer" is about the weight: "kernel" about "kernel" and a layer's inner
// "query/kernel", "depthwise" about "depthwise_kernel" and, where there is no other, "kernel".
bool is_called(const std::string& weight, const std::string& of) {
  const std::string name = weight.substr(weight.rfind('/') + 1);  // npos + 1 is 0
  return name == of || name == of + "_kernel" || (name == "kernel" && of == "depthwise");
}

}  // namespace

std::string snake_case(const std::string& class_name) {
  std::string snake;
  for (size_t i = 0; i < class_name.size(); ++i) {
    const char c = class_name[i];
    const bool after_word = i > 0 && is_lower(class_name[i - 1]);
    const bool before_word = i > 0 && i + 1 < class_name.size() && is_lower(class_name[i + 1]);
    if (is_upper(c) && (after_word || before_word)) snake += '_';
    snake += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return snake;
}

void reset_layer_names() {
  const std::lock_guard lock(names_mutex);
  name_counts().clear();
}

std::string unique_layer_name(const std::string& class_name) {
  const std::string base = snake_case(class_name);
  const std::lock_guard lock(names_mutex);
  const int count = name_counts()[base]++;
  return count == 0 ? base : base + "_" + std::to_string(count);
}

Layer::Layer(std::string name, const std::string& class_name)
    : name_(name.empty() ? unique_layer_name(class_name) : std::move(name)) {}

Layer::Layer(const Layer& other)
    : enable_shared_from_this(),
      name_(other.name_),
      trainable_(other.trainable_),
      built_(other.built_),
      regularizers_(other.regularizers_),
      constraints_(other.constraints_) {
  for (const auto& weight : other.weights_) {
    weights_.push_back(std::make_unique<Weight>(*weight));
    weights_.back()->value = weight->value.clone();
  }
}

Layer::~Layer() = default;

void Layer::expand(ops::Expansion&) const {
  throw UnsupportedError(where() + "this class does not say what it computes, so nothing can run it");
}

void Layer::build(const std::vector<Shape>& inputs) {
  if (built_) return;
  build_weights(inputs);
  built_ = true;
}

void Layer::build_weights(const std::vector<Shape>&) {}

void Layer::add_weight(std::string name, Shape shape, Initializer initializer, bool trainable) {
  weights_.push_back(std::make_unique<Weight>(
      Weight{std::move(name), std::move(shape), trainable, std::move(initializer), Array()}));
  put_rules_on(*weights_.back());
}

void Layer::set_regularizer(const std::string& of, Regularizer regularizer) {
  try {
    regularizer.check();
  } catch (const ValueError& error) {
    throw ValueError(where() + of + "_regularizer: " + error.what());
  }
  regularizers_[of] = std::move(regularizer);
  for (const auto& weight : weights_) put_rules_on(*weight);
}

void Layer::set_constraint(const std::string& of, Constraint constraint) {
  try {
    constraint.check();
  } catch (const ValueError& error) {
    throw ValueError(where() + of + "_constraint: " + error.what());
  }
  constraints_[of] = std::move(constraint);
  for (const auto& weight : weights_) put_rules_on(*weight);
}

std::optional<Regularizer> Layer::activity_regularizer() const {
  const auto found = regularizers_.find("activity");
  return found == regularizers_.end() ? std::nullopt : std::optional(found->second);
}

void Layer::put_rules_on(Weight& weight) const {
  try {
    for (const auto& [of, regularizer] : regularizers_) {
      if (!is_called(weight.name, of)) continue;
      regularizer.check_shape(weight.shape);
      weight.regularizer = regularizer;
    }
    for (const auto& [of, constraint] : constraints_) {
      if (!is_called(weight.name, of)) continue;
      constraint.check_shape(weight.shape);
      weight.constraint = constraint;
    }
  } catch (const ShapeError& error) {
    throw ShapeError(where() + "weight '" + weight.name + "': " + error.what());
  }
}

Json Layer::serialized() const {
  return {{"module", module()}, {"class_name", class_name()}, {"config", config()}};
}

Json Layer::call_arguments() const { return Json::object(); }

std::vector<Weight*> Layer::all_weights() const {
  std::vector<Weight*> ordered;
  for (const bool trainable : {true, false}) {
    for (const auto& weight : weights_) {
      if (weight->trainable == trainable) ordered.push_back(weight.get());
    }
  }
  return ordered;
}

std::vector<const Weight*> Layer::weights() const {
  const std::vector<Weight*> all = all_weights();
  return {all.begin(), all.end()};
}

Weight& Layer::weight_named(const std::string& name) const {
  for (Weight* weight : all_weights()) {
    if (weight->name == name) return *weight;
  }
  throw ValueError(where() + "has no weight '" + name + "'");
}

void Layer::initialize(uint64_t seed) {
  for (Weight* weight : weights()) {
    if (!weight->value.empty()) continue;
    weight->value = Array(weight->shape);
    Random random(stable_hash(name_ + "/" + weight->name) ^ (seed * 0x9e3779b97f4a7c15ULL));
    weight->initializer.fill(weight->value, random);
  }
}

namespace {

// A node's inputs may be the last to know of the nodes before it, and so on through a chain that is longer
// than the stack allows: what is to be freed while one is freed waits until that is done.
void free_node(const Node* node) {
  thread_local std::vector<const Node*>* waiting = nullptr;
  if (waiting != nullptr) {
    waiting->push_back(node);
    return;
  }
  std::vector<const Node*> nodes{node};
  waiting = &nodes;
  while (!nodes.empty()) {
    const Node* next = nodes.back();
    nodes.pop_back();
    delete next;
  }
  waiting = nullptr;
}

}  // namespace

std::vector<Tensor> Layer::call_all(const std::vector<Tensor>& inputs) {
  std::vector<Shape> shapes;
  for (const Tensor& tensor : inputs) {
    if (tensor.node == nullptr) throw ValueError(where() + "called on a tensor that no layer made");
    shapes.push_back(tensor.shape());
  }
  const std::shared_ptr<Node> node(new Node, free_node);
  node->layer = shared_from_this();
  node->inputs = inputs;
  node->output_shapes = output_shapes(shapes);
  build(shapes);
  std::vector<Tensor> outputs;
  for (size_t i = 0; i < node->output_shapes.size(); ++i) outputs.push_back({node, static_cast<int>(i)});
  return outputs;
}

Tensor Layer::call(const std::vector<Tensor>& inputs) {
  const auto outputs = call_all(inputs);
  if (outputs.size() != 1) {
    throw ValueError(where() + "has " + std::to_string(outputs.size()) + " outputs; use call_all()");
  }
  return outputs.front();
}

Tensor Layer::call(const Tensor& input) { return call(std::vector<Tensor>{input}); }

Json Layer::base_config() const {
  Json config{{"name", name_}, {"trainable", trainable_}};
  for (const auto& [of, regularizer] : regularizers_) config[of + "_regularizer"] = regularizer.to_json();
  for (const auto& [of, constraint] : constraints_) config[of + "_constraint"] = constraint.to_json();
  return config;
}

std::string Layer::where() const { return "layer '" + name_ + "' (" + class_name() + "): "; }

const Shape& Layer::single_input(const std::vector<Shape>& inputs) const {
  if (inputs.size() != 1) {
    throw ShapeError(where() + "takes one input, given " + std::to_string(inputs.size()));
  }
  return inputs.front();
}

const Shape& Layer::single_input(const std::vector<Shape>& inputs, size_t rank) const {
  const Shape& shape = single_input(inputs);
  if (shape.size() != rank) {
    throw ShapeError(where() + "expected an input of rank " + std::to_string(rank) + ", given shape " +
                     to_string(shape));
  }
  return shape;
}

InputLayer::InputLayer(Shape shape, std::string name) : ClonableLayer(std::move(name), "InputLayer") {
  batch_shape_ = {kUnknown};
  batch_shape_.insert(batch_shape_.end(), shape.begin(), shape.end());
  for (size_t i = 1; i < batch_shape_.size(); ++i) {
    if (batch_shape_[i] < 1)
      throw ShapeError(where() + "shape " + to_string(shape) + " has no definite size");
  }
}

Json InputLayer::config() const {
  Json batch_shape = Json::array();
  for (const int64_t dimension : batch_shape_) {
    batch_shape.push_back(dimension == kUnknown ? Json(nullptr) : Json(dimension));
  }
  return {{"batch_shape", batch_shape}, {"dtype", "float32"}, {"sparse", false}, {"name", name()}};
}

std::vector<Shape> InputLayer::output_shapes(const std::vector<Shape>&) const { return {batch_shape_}; }

LayerPtr InputLayer::from_config(const Json& config) {
  const std::string name = text_member(config, "name", "InputLayer: ", "");
  const std::string who = "layer '" + name + "' (InputLayer): ";
  const char* key = config.contains("batch_shape") ? "batch_shape" : "batch_input_shape";
  const Shape batch_shape = shape_or_nothing(array_member(config, key, who));
  if (batch_shape.empty()) {
    throw InputError(who + "'" + key + "' in the configuration must be a shape, given " +
                     excerpt(config[key]));
  }
  return std::make_shared<InputLayer>(Shape(batch_shape.begin() + 1, batch_shape.end()), name);
}

Tensor input(Shape shape, std::string name) {
  return std::make_shared<InputLayer>(std::move(shape), std::move(name))->call(std::vector<Tensor>{});
}

}  // namespace nudge
