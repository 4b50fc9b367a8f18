#include "nudge/quantize/register.h"

#include "nudge/graph/registry.h"
#include "nudge/quantize/quantize_annotate.h"
#include "nudge/quantize/quantize_layer.h"
#include "nudge/quantize/quantize_wrapper.h"

namespace nudge::quantize {

void register_quantize_layers() {
  register_layer("QuantizeWrapperV2", QuantizeWrapper::from_config);
  register_layer("QuantizeLayer", QuantizeLayer::from_config);
  register_layer("QuantizeAnnotate", QuantizeAnnotate::from_config);
}

}  // namespace nudge::quantize
