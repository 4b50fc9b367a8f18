// A model as Keras 3's configuration, and back: the config.json of a `.keras` archive.
#pragma once

#include <string>

#include "nudge/base/json.h"
#include "nudge/graph/model.h"
#include "nudge/keras/load_options.h"
#include "nudge/keras/unread_layer.h"

namespace nudge::keras {

// {"module", "class_name", "config", ...}, as Keras serializes a Functional or Sequential model.  A layer
// met in two models is marked with a "shared_object_id", so that it is one layer again when nudge reads
// it; Keras 3.15 does not read such a model back, not even its own.
Json model_to_json(const Model& model);

// The model without weight values, from a configuration of Keras 3 or Keras 2.  `where` (the file) starts
// every message.  Layers are made by their class through the registry, whatever package they were registered
// under. Throws UnsupportedError for an unknown layer class or a call that is no plain call on tensors (an
// operation with a constant, say), InputError for anything that is not a valid configuration.
ModelPtr model_from_json(const Json& json, const std::string& where, const LoadOptions& options = {},
                         UnreadLayers unread = UnreadLayers::kRefuse);

}  // namespace nudge::keras
