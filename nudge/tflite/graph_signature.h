// Signatures that do not name a graph's own inputs and outputs, which the runtime cannot run by.
#pragma once

#include <cstddef>
#include <vector>

namespace nudge::tflite {

// Empties the list of signatures of a .tflite file in memory where the first one names other tensors than the
// graph's inputs and outputs; a runtime then takes the graph's own, under the names of the tensors.  Leaves
// alone what is no valid file.
void drop_foreign_signatures(std::vector<std::byte>& model);

}  // namespace nudge::tflite
