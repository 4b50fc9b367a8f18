// Which quantizers a layer gets by default, from the primitives that it is written in.
#pragma once

#include "nudge/quantize/call_roles.h"
#include "nudge/quantize/quantize_config.h"
#include "nudge/quantize/scheme.h"

namespace nudge::quantize {

// Before any layout transform.  `call`: the layer's operations in `program`.  Null when the scheme has no
// rule for the layer: TFMOT knows layers by their class.  Throws UnsupportedError when it has none for the
// layer's activation function.
QuantizeConfigPtr default_quantize_config(const Layer& layer, CallOps call, const ops::Program& program,
                                          const Scheme& scheme);

// The 8-bit quantizers that a scheme is made of.
QuantizerPtr activation_quantizer(const Scheme& scheme);  // MovingAverage, asymmetric, per tensor
QuantizerPtr input_quantizer(const Scheme& scheme);       // AllValues, asymmetric, per tensor

// No quantizer at all, and an output quantizer alone: what the transforms leave on layers that fuse.
QuantizeConfigPtr no_op_config();
QuantizeConfigPtr output_config(const Scheme& scheme);

}  // namespace nudge::quantize
