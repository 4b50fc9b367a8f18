// Operator versions, and the oldest runtime that knows them.
#pragma once

#include <string>

#include "nudge/tflite/model.h"

namespace nudge::tflite {

// The lowest version that expresses `op` with these tensors and options, so that the oldest runtimes accept
// the file.  1 for operators without a rule here.
int32_t lowest_version(const Operator& op, const SubGraph& graph);
void set_lowest_versions(TfLiteModel& model);

// The first TensorFlow Lite release that runs every operator of the model, as "1.14.0".  Operators without a
// rule here do not count.
std::string min_runtime_version(const TfLiteModel& model);

inline constexpr const char* kMinRuntimeVersion = "min_runtime_version";
// The same as the file stores it: 16 bytes, padded with zeros.
Metadata runtime_version_metadata(const TfLiteModel& model);

}  // namespace nudge::tflite
