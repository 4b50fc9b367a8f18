// The program that runs on the device.
#pragma once

#include <string>

namespace nudge::deploy {

// C++ for TensorFlow Lite Micro: runs the golden vectors of the model `name` (tflm_export.h) and prints OK,
// or what differs.
std::string device_program(const std::string& name);

}  // namespace nudge::deploy
