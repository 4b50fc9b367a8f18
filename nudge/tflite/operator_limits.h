// What LiteRT takes of an operator: asked before a file is written.
#pragma once

#include <cstddef>

#include "nudge/tflite/builtin_operator.h"
#include "nudge/tflite/model.h"

namespace nudge::tflite {

// Dimensions that the operator's inputs may have with every one of the runtime's kernels.
size_t most_dimensions(BuiltinOperator op);

// Whether the runtime, and the evaluator with it, computes the operator on int8 codes; what it does not stays
// float in a quantized file.
bool computes_int8(BuiltinOperator op);

// Whether the reference kernels know the operator on inputs of this type: a file with another one runs, but
// not with them.
bool in_reference_kernels(BuiltinOperator op, TensorType type);

}  // namespace nudge::tflite
