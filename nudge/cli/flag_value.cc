#include "nudge/cli/flag_value.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "nudge/base/excerpt.h"
#include "nudge/graph/flatten.h"
#include "nudge/graph/layer_pattern.h"

namespace nudge::cli {

void wrong_value(const std::string& flag, const std::string& what) { throw CLI::ValidationError(flag, what); }

void check_layers(const std::string& flag, const std::string& expression, const Model& model) {
  try {
    const LayerPattern pattern(expression);
    const ModelPtr flat = flatten_model(model);
    if (std::ranges::any_of(flat->layers(),
                            [&](const LayerPtr& layer) { return pattern.matches(layer->name()); })) {
      return;
    }
  } catch (const ValueError& error) {
    throw ValueError(flag + ": " + error.what());
  }
  throw ValueError(flag + ": " + in_quotes(expression) + " matches no layer of model '" + model.name() + "'");
}

}  // namespace nudge::cli
