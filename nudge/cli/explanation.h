// What the commands show of nudge/explain.
#pragma once

#include <vector>

#include "nudge/cli/model_file.h"
#include "nudge/data/source.h"
#include "nudge/explain/layer_error.h"
#include "nudge/report/layer_errors.h"

namespace nudge::cli {

struct ExplanationOptions {
  std::shared_ptr<const data::Source> source;
  data::Split split = data::Split::kTest;
  int64_t count = 64;  // images at most, spread over the classes
};

// Of a quantized model on its data.
std::vector<explain::LayerError> explanation(const std::string& name, const ModelPtr& model,
                                             const data::Preprocess& preprocess,
                                             const ExplanationOptions& options);

std::vector<report::LayerErrorRow> rows_of(const std::vector<explain::LayerError>& errors);
// A row an output; a ratio without error is null.
Json json_of(const std::vector<explain::LayerError>& errors);

}  // namespace nudge::cli
