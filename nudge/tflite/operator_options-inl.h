// The options of an operator between the file's union and the structs of model.h.  Private to the reader
// and the writer, as it includes the generated schema.
#pragma once

#include <schema_generated.h>

#include <array>
#include <string>
#include <utility>

#include "nudge/tflite/model.h"

namespace nudge::tflite {

// Operators whose table of options has no fields, and its number in the union.
struct EmptyTable {
  BuiltinOperator op;
  uint8_t number;
};
inline constexpr std::array kEmptyTables = std::to_array<EmptyTable>({
    {BuiltinOperator::kBatchToSpaceNd, 24},
    {BuiltinOperator::kSpaceToBatchNd, 25},
    {BuiltinOperator::kZerosLike, 67},
    {BuiltinOperator::kFill, 68},
    {BuiltinOperator::kFloorMod, 72},
    {BuiltinOperator::kRange, 73},
    {BuiltinOperator::kGatherNd, 83},
    {BuiltinOperator::kRank, 86},
    {BuiltinOperator::kPad, 22},
    {BuiltinOperator::kTranspose, 26},
    {BuiltinOperator::kExp, 33},
    {BuiltinOperator::kTopkV2, 34},
    {BuiltinOperator::kLogSoftmax, 36},
    {BuiltinOperator::kDequantize, 38},
    {BuiltinOperator::kMaximum, 39},
    {BuiltinOperator::kMinimum, 39},
    {BuiltinOperator::kLess, 41},
    {BuiltinOperator::kNeg, 42},
    {BuiltinOperator::kPadV2, 43},
    {BuiltinOperator::kGreater, 44},
    {BuiltinOperator::kGreaterEqual, 45},
    {BuiltinOperator::kLessEqual, 46},
    {BuiltinOperator::kSelect, 47},
    {BuiltinOperator::kSlice, 48},
    {BuiltinOperator::kTile, 51},
    {BuiltinOperator::kExpandDims, 52},
    {BuiltinOperator::kEqual, 53},
    {BuiltinOperator::kNotEqual, 54},
    {BuiltinOperator::kPow, 56},
    {BuiltinOperator::kLogicalOr, 60},
    {BuiltinOperator::kLogicalAnd, 62},
    {BuiltinOperator::kLogicalNot, 63},
    {BuiltinOperator::kFloorDiv, 65},
    {BuiltinOperator::kSquare, 66},
    {BuiltinOperator::kSquaredDifference, 76},
    {BuiltinOperator::kAbs, 78},
    {BuiltinOperator::kReverseV2, 81},
    {BuiltinOperator::kCos, 84},
    {BuiltinOperator::kQuantize, 89},
    {BuiltinOperator::kHardSwish, 91},
    {BuiltinOperator::kScatterNd, 97},
    {BuiltinOperator::kSelectV2, 98},
    {BuiltinOperator::kBroadcastTo, 104},
    {BuiltinOperator::kAtan2, 122},
    {BuiltinOperator::kSign, 123},
});

// Throws InputError when a value is none of its enumeration; `where` starts the message.
Options read_options(const fbs::Operator& op, const std::string& where);

// The union's number and table; an operator that has an empty table gets it.  Throws UnsupportedError for
// UnknownOptions.
std::pair<fbs::BuiltinOptions, flatbuffers::Offset<void>> write_options(
    flatbuffers::FlatBufferBuilder& builder, const Operator& op);

}  // namespace nudge::tflite
