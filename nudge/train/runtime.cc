#include "nudge/train/runtime.h"

#include "nudge/base/error.h"
#include "nudge/tflite/litert.h"

namespace nudge::train {

Runtime runtime_from_name(const std::string& name) {
  for (const Runtime runtime :
       {Runtime::kAuto, Runtime::kLitert, Runtime::kLitertReference, Runtime::kReference}) {
    if (name == to_string(runtime)) return runtime;
  }
  throw ValueError("unknown runtime '" + name + "'; known: auto, litert, litert-reference, reference");
}

std::string to_string(Runtime runtime) {
  switch (runtime) {
    case Runtime::kAuto:
      return "auto";
    case Runtime::kLitert:
      return "litert";
    case Runtime::kLitertReference:
      return "litert-reference";
    case Runtime::kReference:
      return "reference";
  }
  return "";
}

Runtime installed_runtime(Runtime runtime) {
  if (runtime != Runtime::kAuto) return runtime;
  return tflite::litert_available() ? Runtime::kLitert : Runtime::kReference;
}

}  // namespace nudge::train
