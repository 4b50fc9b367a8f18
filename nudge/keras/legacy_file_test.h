// Files of weights as Keras 2 writes them, made from a model.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "nudge/graph/model.h"
#include "nudge/keras/h5_file.h"

namespace nudge::keras {

// Names of layers and weights as attributes; `prefix` before each layer's name.
inline std::vector<std::byte> legacy_image(const Model& model, const std::string& prefix = "") {
  const H5File file = H5File::create("weights.h5");
  H5Group root = file.root();
  std::vector<std::string> layers;
  for (const LayerPtr& layer : model.layers()) {
    const std::string stored = prefix + layer->name();
    layers.push_back(stored);
    H5Group group = root.make_group(stored);
    H5Group inner = group.make_group(stored);
    std::vector<std::string> weights;
    for (const Weight* weight : std::as_const(*layer).weights()) {
      weights.push_back(stored + "/" + weight->name + ":0");
      inner.write(weight->name + ":0", weight->value);
    }
    group.write_attribute("weight_names", weights);
  }
  root.write_attribute("layer_names", layers);
  return file.image();
}

}  // namespace nudge::keras
