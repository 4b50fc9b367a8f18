// The options of an operator between the file's union and the structs of model.h.  Private to the reader
// and the writer, as it includes the generated schema.
#pragma once

#include <schema_generated.h>

#include <string>
#include <utility>

#include "nudge/tflite/model.h"

namespace nudge::tflite {

// Throws InputError when a value is none of its enumeration; `where` starts the message.
Options read_options(const fbs::Operator& op, const std::string& where);

// The union's number and table; an operator that has an empty table gets it.  Throws UnsupportedError for
// UnknownOptions.
std::pair<fbs::BuiltinOptions, flatbuffers::Offset<void>> write_options(
    flatbuffers::FlatBufferBuilder& builder, const Operator& op);

}  // namespace nudge::tflite
