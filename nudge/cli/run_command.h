// nudge run: a whole pipeline from one file.
#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace nudge::cli {

struct CommonOptions;

void add_run(CLI::App& app, CommonOptions& common);

}  // namespace nudge::cli
