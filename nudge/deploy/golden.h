// Golden vectors: inputs with the outputs that a device must give for them.
#pragma once

#include <cstdint>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/tflite/model.h"

namespace nudge::deploy {

// In the order of the graph's inputs and outputs, one batch of the file's own size, in its own types.
struct GoldenVector {
  std::vector<Array> inputs;
  std::vector<Array> outputs;
};

// Random inputs of many levels and contrasts, with what the reference arithmetic gives for them.  Floats that
// the graph quantizes at once lie on that grid.  Throws UnsupportedError where the evaluator cannot compute
// the file.
std::vector<GoldenVector> make_golden(const tflite::TfLiteModel& file, int64_t count, uint64_t seed);

// Same type and shape.
bool same_form(const Array& a, const Array& b);

// Where an output differs from a golden one.
struct GoldenDifference {
  size_t vector = 0;
  size_t output = 0;
  int64_t values = 0;    // that differ
  double largest = 0;    // difference
  int64_t compared = 0;  // values of that output
};

// Codes must be equal, floats within a hundred-thousandth (of values above 1 relative).  `given`: the outputs
// for each vector.  Throws InputError where their number, types or sizes are not those of the golden ones.
std::vector<GoldenDifference> golden_differences(const std::vector<GoldenVector>& vectors,
                                                 const std::vector<std::vector<Array>>& given);

}  // namespace nudge::deploy
