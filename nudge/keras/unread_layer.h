// What stands in a model for a layer of its file that is not read, so that a summary can show the rest.
#pragma once

#include <string>
#include <vector>

#include "nudge/graph/layer.h"

namespace nudge::keras {

// What becomes of a layer that is not read.
enum class UnreadLayers {
  kRefuse,   // UnsupportedError
  kStandIn,  // an UnreadLayer takes its place; such a model is for its summary alone
};

struct UnreadLayerOptions {
  std::string class_name;  // Keras's
  std::string name;
  // What the refusal would have said; empty for a layer that is read, but is given what an unread one makes.
  std::string reason;
};

class UnreadLayer : public ClonableLayer<UnreadLayer> {
 public:
  explicit UnreadLayer(UnreadLayerOptions options);

  std::string class_name() const override { return options_.class_name; }
  Json config() const override;
  // Those of set_output_shapes(); one that is not known has no dimensions, not even the batch's.
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  std::string not_read() const override { return options_.reason; }

  // Of the next call.
  void set_output_shapes(std::vector<Shape> shapes) { outputs_ = std::move(shapes); }
  // A weight that the file holds for it.
  void add_stored(const std::string& name, const Shape& shape);

 private:
  UnreadLayerOptions options_;
  std::vector<Shape> outputs_{Shape{}};
};

}  // namespace nudge::keras
