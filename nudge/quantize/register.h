// Makes the layers of quantized models known by their class names.
#pragma once

namespace nudge::quantize {

// Registers QuantizeWrapperV2, QuantizeLayer and QuantizeAnnotate with graph/registry.h; whoever reads model
// files calls it first.  Thread-safe; calling it again changes nothing.
void register_quantize_layers();

}  // namespace nudge::quantize
