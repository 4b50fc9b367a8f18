// A program that stands in for edgetpu_compiler in tests: a shell script that prints what it is told.
#pragma once

#include <string>

namespace nudge::edgetpu {

// Writes an executable script to `path`.  It answers --version with `version`; for a model it runs `body`
// (shell), in which $model, $out and $stem are the model, the folder for output and the model's name without
// ending, and $all all its arguments.
void write_test_compiler(const std::string& path, const std::string& version, const std::string& body);

// For a body: writes $out/$stem_edgetpu.tflite and a log with these rows, and prints a success of one
// subgraph.
std::string succeed(const std::string& log_rows);

}  // namespace nudge::edgetpu
