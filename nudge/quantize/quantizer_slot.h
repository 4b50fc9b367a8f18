// Slots as JSON, and the variables they stand for.
#pragma once

#include <string>
#include <vector>

#include "nudge/quantize/quantized_layer.h"

namespace nudge::quantize {

// Everything of a slot, its progress included, so that a saved model goes on where it stopped.
Json to_json(const QuantizerSlot& slot);
// Throws InputError on an unknown place or a missing key.
// `who` starts every message: "layer 'conv': ".  Throws InputError naming the quantizer and the key.
QuantizerSlot slot_from_json(const Json& json, const std::string& who);

// A slot has variables unless its range is fixed or another slot's.
bool has_variables(const QuantizerSlot& slot);

}  // namespace nudge::quantize
