// Where a classifier's head begins, and a new one in its place.
#pragma once

#include <string>
#include <vector>

#include "nudge/graph/model.h"
#include "nudge/layers/activation_function.h"

namespace nudge::train {

// The layers from a model's last pooling to its output.  That is the last GlobalAveragePooling2D,
// GlobalMaxPooling2D or Flatten that every path to the output passes; one that is given single pixels
// (MobileNet's last Reshape and its like) is part of the head.
struct ClassifierHead {
  LayerPtr pooling;              // null: the model ends in a feature map, or has no such layer
  std::vector<LayerPtr> layers;  // behind the pooling, in order; those of nested models one by one
};
ClassifierHead classifier_head(const Model& model);

struct HiddenDense {
  int64_t units = 0;
  layers::ActivationFunction activation = layers::ActivationFunction::kRelu;
};

struct HeadOptions {
  int64_t classes = 0;              // of the softmax Dense that ends it: 2 or more, must be given
  std::vector<HiddenDense> hidden;  // dense layers before that one
  bool max_pooling = false;         // of a model that ends in a feature map; else the average
};

struct HeadReplacement {
  ModelPtr model;                    // flattened; shares the layers that stay with the model it was made from
  std::vector<std::string> removed;  // names of the layers behind the pooling
  std::vector<std::string> added;
};

// Puts dense layers, without values yet, in place of everything behind the pooling.  A model that ends in a
// feature map is pooled first.  Throws ValueError on options out of range and on models that are quantized,
// have several outputs, or have no pooling to begin at.
HeadReplacement replace_head(const Model& model, const HeadOptions& options);

}  // namespace nudge::train
