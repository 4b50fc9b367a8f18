// TFMOT's layers of a quantized model as nudge's: the same names, quantizers and variables.
#pragma once

#include <string>

#include "nudge/base/json.h"

namespace nudge::keras {

// Whether this is a configuration that TFMOT wrote; nudge's own of the same classes lists its slots.
bool is_tfmot_config(const std::string& class_name, const Json& config);

// The configuration of quantize::QuantizeWrapper or quantize::QuantizeLayer.  `who` starts every message.
// Throws UnsupportedError for a QuantizeConfig that is none of TFMOT's own, InputError for a configuration of
// another form.
Json from_tfmot_config(const std::string& class_name, const Json& config, const std::string& who);

}  // namespace nudge::keras
