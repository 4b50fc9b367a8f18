// Keras's summary: a row a layer.
#pragma once

#include <string>
#include <vector>

#include "nudge/base/json.h"
#include "nudge/graph/model.h"

namespace nudge {

struct SummaryRow {
  std::string name;
  std::string class_name;
  std::vector<Shape> output_shapes;  // without dimensions where it is not known
  int64_t params = 0;
  std::vector<std::string> connected_to;  // "conv2d[0][0]"
  std::string not_read;                   // see Layer
};

std::vector<SummaryRow> summary_rows(const Model& model);

// The table as Keras 3 prints it, totals below it.  A fourth column names the inputs when the model is
// not a plain chain.
std::string summary(const Model& model);

// {"layers": [{"name", "class", "output_shape", "params"}], "total_params", "trainable_params", ...}; a layer
// that could not be read has "not_read" too.
Json summary_json(const Model& model);

}  // namespace nudge
