// The command that replays a file's golden vectors.
#pragma once

#include "nudge/cli/command.h"
#include "nudge/deploy/golden.h"

namespace nudge::cli {

void add_verify(CLI::App& app, CommonOptions& common);

// {"vector", "output", "values", "compared", "largest"} for each difference.
Json to_json(const std::vector<deploy::GoldenDifference>& differences);

}  // namespace nudge::cli
