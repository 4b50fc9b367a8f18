#include "nudge/keras/unread_layer.h"

#include <nlohmann/json.hpp>

namespace nudge::keras {

UnreadLayer::UnreadLayer(UnreadLayerOptions options)
    : ClonableLayer(options.name, options.class_name), options_(std::move(options)) {}

Json UnreadLayer::config() const { return base_config(); }

std::vector<Shape> UnreadLayer::output_shapes(const std::vector<Shape>&) const { return outputs_; }

void UnreadLayer::add_stored(const std::string& name, const Shape& shape) { add_weight(name, shape, {}); }

}  // namespace nudge::keras
