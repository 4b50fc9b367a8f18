// Where two .tflite files differ: in structure, quantization and weights.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "nudge/base/json.h"
#include "nudge/tflite/model.h"

namespace nudge::tflite {

enum class DifferenceKind {
  kStructure,     // operators, their options and versions, types and shapes
  kQuantization,  // scales and zero points
  kWeights,       // the elements of constants
};
// "structure", "quantization", "weights".
std::string to_string(DifferenceKind kind);

struct Difference {
  DifferenceKind kind = DifferenceKind::kStructure;
  std::optional<size_t> op,
      other_op;       // indexes of the operators; neither: the model's own inputs and outputs
  std::string where;  // "operator 3 CONV_2D: inputs[1]"
  std::string what;   // "shape (1, 8), (1, 9) in the other"

  // "operator 3 CONV_2D: inputs[1]: shape (1, 8), (1, 9) in the other".
  std::string text() const { return where + ": " + what; }
};

// Of the first subgraphs, in the order of the first model.  Operators are aligned by their kinds, so that one
// that only one file has is one difference.  Empty when both compute the same; names do not count.  Stops
// after `most`.
std::vector<Difference> find_differences(const TfLiteModel& a, const TfLiteModel& b, size_t most = 50);

// A line a kind with how many there are, then a line a difference; "" when there are none.
std::string to_text(const std::vector<Difference>& differences);
// [{"kind", "op", "other_op", "where", "what"}].
Json to_json(const std::vector<Difference>& differences);

}  // namespace nudge::tflite
