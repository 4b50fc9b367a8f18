#include "nudge/train/classifier_head.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "nudge/base/error.h"
#include "nudge/graph/backward_walk.h"
#include "nudge/graph/flatten.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/quantized_layer.h"

namespace nudge::train {
namespace {

const Layer* plain(const Layer& layer) {
  const auto* quantized = dynamic_cast<const quantize::QuantizedLayer*>(&layer);
  return quantized == nullptr ? &layer : quantized->inner().get();
}

bool is_pooling(const Layer& layer) {
  static const std::set<std::string> kPoolings{"GlobalAveragePooling2D", "GlobalMaxPooling2D", "Flatten"};
  const Layer* inner = plain(layer);
  return inner != nullptr && kPoolings.contains(inner->class_name());
}

// Whether there is more than one place in (batch, places ..., channels).
bool has_places(const Shape& shape) {
  return shape.size() > 2 &&
         std::any_of(shape.begin() + 1, shape.end() - 1, [](int64_t size) { return size != 1; });
}

// Names for new layers: Keras's own, unless a layer that stays has them.
class FreeNames {
 public:
  FreeNames(const Model& model, const std::vector<std::string>& removed) {
    for (const LayerPtr& layer : model.layers()) taken_.insert(layer->name());
    for (const std::string& name : removed) taken_.erase(name);
  }

  std::string operator()(const std::string& base) {
    std::string name = base;
    for (int i = 1; !taken_.insert(name).second; ++i) name = base + "_" + std::to_string(i);
    added_.push_back(name);
    return name;
  }
  const std::vector<std::string>& added() const { return added_; }

 private:
  std::set<std::string> taken_;
  std::vector<std::string> added_;
};

void check(const Model& model, const HeadOptions& options) {
  if (options.classes < 2) {
    throw ValueError(fmt::format("a head tells two classes or more apart, given {}", options.classes));
  }
  for (const HiddenDense& hidden : options.hidden) {
    if (hidden.units < 1) throw ValueError(fmt::format("a head's dense layer has {} units", hidden.units));
  }
  if (quantize::is_quantized(model)) {
    throw ValueError("model '" + model.name() +
                     "' is quantized; give the float model a new head, train it, then quantize it");
  }
  if (model.outputs().size() != 1) {
    throw ValueError(
        fmt::format("model '{}' has {} outputs; a classifier has one", model.name(), model.outputs().size()));
  }
}

// The output of the layer, which the model calls once.
Tensor output_of(const Model& model, const Layer& layer) {
  for (const auto& node : model.nodes()) {
    if (node->layer.get() == &layer) return {node, 0};
  }
  throw ValueError("model '" + model.name() + "' does not call layer '" + layer.name() + "'");
}

}  // namespace

ClassifierHead classifier_head(const Model& model) {
  ClassifierHead head;
  std::vector<LayerPtr> behind;
  BackwardWalk walk(model);
  do {
    const Node& node = walk.node();
    if (is_pooling(*node.layer)) {
      head = {node.layer, {behind.rbegin(), behind.rend()}};
      if (has_places(node.inputs.front().shape())) break;
    }
    behind.push_back(node.layer);
  } while (walk.step());
  return head;
}

HeadReplacement replace_head(const Model& model, const HeadOptions& options) {
  check(model, options);
  const ModelPtr flat = flatten_model(model);
  const ClassifierHead head = classifier_head(*flat);
  HeadReplacement result;
  for (const LayerPtr& layer : head.layers) result.removed.push_back(layer->name());
  FreeNames free_name(*flat, result.removed);

  Tensor x = flat->outputs().front();
  if (head.pooling != nullptr) {
    x = output_of(*flat, *head.pooling);
    if (x.shape().size() > 2) x = layers::flatten(x, {.name = free_name("flatten")});
  } else if (x.shape().size() == 4) {
    x = options.max_pooling
            ? layers::global_max_pooling2d(x, {.name = free_name("global_max_pooling2d")})
            : layers::global_average_pooling2d(x, {.name = free_name("global_average_pooling2d")});
  } else {
    throw ValueError(
        "model '" + model.name() +
        "' has no GlobalAveragePooling2D, GlobalMaxPooling2D or Flatten that leads to its output, "
        "so a new head has no place to begin at");
  }
  for (const HiddenDense& hidden : options.hidden) {
    x = layers::dense(x,
                      {.units = hidden.units, .activation = hidden.activation, .name = free_name("dense")});
  }
  x = layers::dense(x, {.units = options.classes,
                        .activation = layers::ActivationFunction::kSoftmax,
                        .name = free_name("dense")});
  result.model = make_model(flat->inputs(), {x}, model.name());
  result.added = free_name.added();
  return result;
}

}  // namespace nudge::train
