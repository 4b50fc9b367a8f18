// What executes a .tflite file.
#pragma once

#include <string>

namespace nudge::train {

enum class Runtime {
  kAuto,             // LiteRT where it is installed, else nudge's own evaluator
  kLitert,           // the real runtime with its default kernels
  kLitertReference,  // the real runtime with its reference kernels
  kReference,        // nudge's own integer evaluator: the same values as kLitertReference
};

// "auto", "litert", "litert-reference", "reference"; throws ValueError listing them.
Runtime runtime_from_name(const std::string& name);
std::string to_string(Runtime runtime);

// The one that kAuto stands for on this machine; the others stand for themselves.
Runtime installed_runtime(Runtime runtime);

}  // namespace nudge::train
