// The quantizers of a model that ride along beside its float layers, which are what Keras opens.
#pragma once

#include "nudge/base/json.h"
#include "nudge/graph/model.h"
#include "nudge/keras/named_arrays.h"

namespace nudge::keras {

// Whether some layer of the model is one of nudge/quantize's, whose class Keras does not know.
bool holds_quantizers(const Model& model);

// The model without them: the same layers, which keep their names and weights and are not copied.
ModelPtr float_layers(const Model& model);

// The variables of the quantizers: "quant_conv2d/kernel_min".
NamedArrays quantizer_arrays(const Model& model);

// Fills `quantized`, a model without weights, with those of the float model and the quantizers' own.  `where`
// starts the message of the InputError that a missing or misshapen one throws.
void join_quantizers(Model& quantized, const Model& float_model, const NamedArrays& quantizers,
                     const std::string& where);

}  // namespace nudge::keras
