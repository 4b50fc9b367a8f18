// What quantization needs to know about a call of a layer, read from the primitives that it expands to.
#pragma once

#include <span>

#include "nudge/ops/program.h"

namespace nudge::quantize {

// The operations of one call, in their order; a model input has none.
using CallOps = std::span<const ops::Operation>;

// Every output value is one of the first input's values (or real zero), so the output is on its grid.
bool moves_values(CallOps call);
// .tflite wants inputs and output on one scale although values are computed: averages, concatenation,
// maximum.
bool keeps_scale(CallOps call);

// The activation function that ends a call, a layer's own or all that it does; linear for any other.
ops::Activation function_of(CallOps call);
// The operation before a layer's own function: what its result comes from.  Not for a call without
// operations.
const ops::Operation& computing_operation(CallOps call);

bool is_product(CallOps call);        // a convolution or matrix product, whatever function follows
bool is_normalization(CallOps call);  // Normalize alone
// A call that is relu or relu6 and nothing else, which .tflite fuses into the operator before it.
bool is_fusable_relu(CallOps call);
// What TFMOT's patterns take for a ReLU: any ReLU layer, whatever its slope and ceiling, or Activation
// "relu".
bool is_tfmot_relu(const Layer& layer, CallOps call);

}  // namespace nudge::quantize
