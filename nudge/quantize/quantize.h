// quantize_model and its two halves: annotate, then apply a scheme.
#pragma once

#include <optional>
#include <string>

#include "nudge/graph/model.h"
#include "nudge/quantize/scheme.h"

namespace nudge::quantize {

// The whole model quantized: flattened, annotated everywhere, scheme applied.  A new model with the
// trained weights copied; `model` is unchanged.  Throws UnsupportedError naming a layer that has no
// quantize configuration, ValueError when the model is quantized already.
ModelPtr quantize_model(const Model& model, const Scheme& scheme = nudge_scheme());

// Marks one layer for quantization, with its registry configuration or the given one.
LayerPtr quantize_annotate_layer(LayerPtr layer, QuantizeConfigPtr config = nullptr);
// The layers whose whole name matches the regular expression `layers` and not `except`, annotated; everything
// for ".*" and "".  Throws ValueError when one of them is no regular expression (LayerPattern) or matches no
// layer.
ModelPtr quantize_annotate_model(const Model& model, const std::string& layers = ".*",
                                 const std::string& except = "");
// Replaces annotations by what the scheme makes of them; throws ValueError when nothing is annotated.
ModelPtr quantize_apply(const Model& annotated, const Scheme& scheme = nudge_scheme());

bool is_quantized(const Model& model);

}  // namespace nudge::quantize
