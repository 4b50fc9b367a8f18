// What the commands call SOURCE.
#pragma once

#include <memory>
#include <string>

#include "nudge/data/source.h"

namespace nudge::cli {

// data::open_source(); a download shows how far it is.
std::shared_ptr<const data::Source> open_data(const std::string& spec);

}  // namespace nudge::cli
