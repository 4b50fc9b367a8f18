// A layer for the graph's own tests, which know nothing of real layers.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/graph/layer.h"

namespace nudge {

struct BlendOptions {
  int64_t units = 4;
  int outputs = 1;
  std::string name;
};

// Any number of (batch, features) inputs, joined, to `outputs` outputs of `units` features.
class Blend : public ClonableLayer<Blend> {
 public:
  explicit Blend(BlendOptions options) : ClonableLayer(options.name, "Blend"), options_(std::move(options)) {}

  std::string class_name() const override { return "Blend"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);

  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override {
    const int64_t features = features_of(inputs);
    if (built() && weight("kernel").shape[0] != features) {
      throw ShapeError(where() + "expected " + std::to_string(weight("kernel").shape[0]) +
                       " features, given " + std::to_string(features));
    }
    return std::vector<Shape>(static_cast<size_t>(options_.outputs), {inputs[0][0], options_.units});
  }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override {
    add_weight("seen", {}, Initializer::zeros(), false);
    add_weight("kernel", {features_of(inputs), options_.units}, {.name = "GlorotUniform"});
    add_weight("bias", {options_.units}, Initializer::zeros());
  }

 private:
  int64_t features_of(const std::vector<Shape>& inputs) const {
    int64_t features = 0;
    for (const Shape& shape : inputs) features += single_input({shape}, 2)[1];
    return features;
  }

  BlendOptions options_;
};

inline LayerPtr blend_layer(std::string name, int64_t units = 4) {
  return std::make_shared<Blend>(BlendOptions{.units = units, .name = std::move(name)});
}
inline Tensor blend(const std::vector<Tensor>& inputs, std::string name, int64_t units = 4) {
  return blend_layer(std::move(name), units)->call(inputs);
}

}  // namespace nudge
