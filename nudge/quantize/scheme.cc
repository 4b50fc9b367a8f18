#include "nudge/quantize/scheme.h"

#include "nudge/base/error.h"

namespace nudge::quantize {

Scheme nudge_scheme() { return {.name = "nudge"}; }

Scheme tfmot_scheme() {
  return {.name = "tfmot",
          .debias = false,
          .input_margin = 0.0,
          .same_scale_groups = false,
          .fixed_outputs = false,
          .keep_kernel_before_relu = false,
          .per_channel_depthwise = false,
          .standalone_batch_normalization = false};
}

Scheme scheme_from_name(const std::string& name) {
  if (name == "nudge") return nudge_scheme();
  if (name == "tfmot") return tfmot_scheme();
  throw ValueError("unknown quantization scheme '" + name + "'; choose nudge or tfmot");
}

}  // namespace nudge::quantize
