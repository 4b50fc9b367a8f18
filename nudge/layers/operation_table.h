// The operations of keras.ops that are read, by Keras's class.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "nudge/layers/operation_arguments.h"

namespace nudge::layers {

// What an operation gives; most give one value.
using OperationRule = std::function<std::vector<ops::ValueId>(const OperationArguments&)>;
using OperationTable = std::map<std::string, OperationRule>;

// Functions of one tensor and of two, element by element.
OperationTable elementwise_operations();
// Reductions, products and poolings.
OperationTable computing_operations();
// What moves values.
OperationTable movement_operations();

}  // namespace nudge::layers
