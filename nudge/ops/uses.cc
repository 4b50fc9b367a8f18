#include "nudge/ops/uses.h"

namespace nudge::ops {

Uses::Uses(const Program& program)
    : maker_(program.values.size(), -1),
      reader_(program.values.size(), -1),
      reads_(program.values.size(), 0) {
  for (size_t i = 0; i < program.operations.size(); ++i) {
    const Operation& operation = program.operations[i];
    maker_[static_cast<size_t>(operation.output)] = static_cast<int>(i);
    for (const ValueId input : operation.inputs) {
      reader_[static_cast<size_t>(input)] = static_cast<int>(i);
      ++reads_[static_cast<size_t>(input)];
    }
  }
  for (const ValueId output : program.outputs) add_reader(output);
}

void Uses::add_reader(ValueId value) {
  ++reads_[static_cast<size_t>(value)];
  reader_[static_cast<size_t>(value)] = -1;
}

int Uses::only_reader(ValueId value) const {
  return reads(value) == 1 ? reader_[static_cast<size_t>(value)] : -1;
}

}  // namespace nudge::ops
