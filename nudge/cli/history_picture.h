// A training history as a picture.
#pragma once

#include <string>

#include "nudge/train/history.h"

namespace nudge::cli {

// Accuracy and loss, with the magenta line where QAT begins.
void draw_history(const train::History& history, const std::string& title, const std::string& path);

}  // namespace nudge::cli
