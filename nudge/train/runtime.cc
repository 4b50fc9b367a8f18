#include "nudge/train/runtime.h"

#include "nudge/base/error.h"

namespace nudge::train {

Runtime runtime_from_name(const std::string& name) {
  for (const Runtime runtime : {Runtime::kLitert, Runtime::kLitertReference, Runtime::kReference}) {
    if (name == to_string(runtime)) return runtime;
  }
  throw ValueError("unknown runtime '" + name + "'; known: litert, litert-reference, reference");
}

std::string to_string(Runtime runtime) {
  switch (runtime) {
    case Runtime::kLitert:
      return "litert";
    case Runtime::kLitertReference:
      return "litert-reference";
    case Runtime::kReference:
      return "reference";
  }
  return "";
}

}  // namespace nudge::train
