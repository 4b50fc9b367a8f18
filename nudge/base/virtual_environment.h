// Where Python packages that nudge uses are installed: the .venv folders at hand.
#pragma once

#include <string>

namespace nudge {

// The first file or folder of this relative path in a .venv of the current folder, of the program's folder
// and of the folders above it: "bin/vela".  Empty where none has it.
std::string in_virtual_environment(const std::string& path);

// The same of a path within an installed package: "ai_edge_litert/libLiteRt.so".
std::string in_python_packages(const std::string& path);

// The Python of the first .venv that has the package "tflite_micro".
std::string python_with(const std::string& package);

}  // namespace nudge
