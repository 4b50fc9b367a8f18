// A quantization scheme: which quantizers a model gets and where.
#pragma once

#include <memory>
#include <string>

#include "nudge/quantize/quantize_config.h"

namespace nudge::quantize {

struct Scheme {
  std::string name;          // "nudge" or "tfmot"
  double ema_decay = 0.999;  // of activation ranges
  bool debias = true;        // divide the moving average by 1 - decay^updates, so it has no start to forget
  float init_min = -6.0f;    // start of a range that is not debiased
  float init_max = 6.0f;
  double input_margin = 1.0 / 256;      // see AllValuesQuantizer: keeps pixels off the ties between codes
  bool same_scale_groups = true;        // concat, pooling ... share one range with what feeds them
  bool fixed_outputs = true;            // softmax, sigmoid and tanh outputs carry TFLite's fixed grids
  bool keep_kernel_before_relu = true;  // a Conv/Dense before a separate ReLU keeps its kernel quantizer
  bool per_channel_depthwise = true;
  bool per_channel_dense = false;
  bool standalone_batch_normalization = true;  // accept a BN that no convolution precedes
};

// The default: right wherever TFMOT is wrong or refuses.
Scheme nudge_scheme();
// TFMOT 0.8.1's Default8BitQuantizeScheme, variable for variable.
Scheme tfmot_scheme();
// "nudge" or "tfmot"; throws ValueError naming both.
Scheme scheme_from_name(const std::string& name);

}  // namespace nudge::quantize
