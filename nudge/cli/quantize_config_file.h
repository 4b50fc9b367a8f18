// The file of `nudge quantize --config`: which layers are quantized, and how.  See docs/command-line.md and
// docs/quantize-config.schema.json.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nudge/graph/model.h"
#include "nudge/quantize/quantize_config.h"

namespace nudge::cli {

// What happens to the layers whose whole name matches.
struct LayerRule {
  std::string match;                   // a regular expression
  bool quantize = true;                // false: the layer stays float
  quantize::QuantizeConfigPtr config;  // null: as the scheme has it
};

struct QuantizeConfigFile {
  std::optional<std::string> scheme;
  std::optional<double> ema_decay;
  std::optional<std::pair<float, float>> range_init;
  bool quantize_others = true;    // the layers that no rule matches
  std::vector<LayerRule> layers;  // the first that matches counts
};

// Throws InputError naming the file and the key.
QuantizeConfigFile read_quantize_config(const std::string& path);

// The model with the file's layers annotated.  Throws ValueError naming a rule that matches no layer, or that
// has a quantizer for a weight which the layer does not have.
ModelPtr annotate(const Model& model, const QuantizeConfigFile& file, const std::string& path);

}  // namespace nudge::cli
