// What a .tflite file holds, for people and for scripts.
#pragma once

#include <cstddef>
#include <string>

#include "nudge/base/json.h"
#include "nudge/tflite/model.h"

namespace nudge::tflite {

// {"bytes", "min_runtime_version", "inputs", "outputs", "signatures", "ops": [{"index", "op", "version",
// "inputs", "outputs", "options"}], "tensors": [{"index", "name", "type", "shape", "bytes", "quantization"}]}
// of the first subgraph.  `file_bytes` is the size of the file; a tensor's bytes are those of its constant.
Json inspect_json(const TfLiteModel& model, size_t file_bytes);

// The same as a table: a line an operator, then a line a tensor.
std::string inspect_text(const TfLiteModel& model, size_t file_bytes);

// An operator's options by name; an empty object where it has none.
Json options_json(const Options& options);

// "CONV_2D", "CUSTOM PosenetDecoderOp".
std::string operator_name(const Operator& op);
// "scale 0.05 zero -3", "8 scales 0.001 to 0.02 along 0"; "" for none.
std::string quantization_text(const std::optional<Quantization>& quantization);

}  // namespace nudge::tflite
