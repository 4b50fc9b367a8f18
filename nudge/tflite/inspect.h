// What a .tflite file holds, for people and for scripts, and where two files differ.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "nudge/base/json.h"
#include "nudge/tflite/model.h"

namespace nudge::tflite {

// {"bytes", "min_runtime_version", "inputs", "outputs", "signatures", "ops": [{"index", "op", "version",
// "inputs", "outputs", "options"}], "tensors": [{"index", "name", "type", "shape", "bytes", "quantization"}]}
// of the first subgraph.  `file_bytes` is the size of the file; a tensor's bytes are those of its constant.
Json inspect_json(const TfLiteModel& model, size_t file_bytes);

// The same as a table: a line an operator, then a line a tensor.
std::string inspect_text(const TfLiteModel& model, size_t file_bytes);

// One line for each difference of the first subgraphs, in their order: operators, shapes, types,
// quantization, constants.  Empty when they compute the same; names do not count.  Stops after `most`.
std::vector<std::string> differences(const TfLiteModel& a, const TfLiteModel& b, size_t most = 50);

// An operator's options by name; an empty object where it has none.
Json options_json(const Options& options);

}  // namespace nudge::tflite
