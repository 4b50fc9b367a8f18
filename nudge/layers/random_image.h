// Keras's Random... layers: images are distorted in training and pass as they are at inference.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nudge/graph/layer.h"
#include "nudge/ops/distortion.h"

namespace nudge::layers {

// "RandomFlip", "RandomRotation", ...: those that there are.
std::vector<std::string> random_image_classes();

class RandomImage : public ClonableLayer<RandomImage> {
 public:
  // One of random_image_classes() with Keras's arguments by name, such as {{"mode", "horizontal"}}; what is
  // absent has Keras's default.  Throws UnsupportedError on another class, InputError and ValueError naming
  // an argument.
  RandomImage(const std::string& class_name, const Json& arguments);

  std::string class_name() const override { return class_name_; }
  Json config() const override;
  static LayerPtr from_config(const std::string& class_name, const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

 private:
  std::string class_name_;
  std::shared_ptr<const Json> arguments_;  // as given, and Keras's defaults
  bool colors_ = false;
  std::optional<int64_t> seed_;
  std::vector<std::shared_ptr<const ops::Distortion>> distortions_;  // one after the other
};

Tensor random_image(const Tensor& x, const std::string& class_name, const Json& arguments);

}  // namespace nudge::layers
