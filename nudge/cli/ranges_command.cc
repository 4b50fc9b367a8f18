#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/cli/command.h"
#include "nudge/cli/model_file.h"
#include "nudge/cli/range_rows.h"
#include "nudge/quantize/quantize.h"

namespace nudge::cli {

std::vector<report::RangeRow> range_rows(const quantize::Ranges& ranges, const train::History& history) {
  std::vector<report::RangeRow> rows;
  for (const auto& range : ranges.all()) {
    const kernels::Grid grid = range->grid();
    // A fixed range has been where it belongs from the start.
    const double distance = range->quantizer().has_range() ? range->progress().distance : 0.0;
    rows.push_back({range->name(),
                    *std::min_element(range->min().begin(), range->min().end()),
                    *std::max_element(range->max().begin(), range->max().end()),
                    grid.scale,
                    grid.zero_point - 128,
                    range->progress().updates,
                    distance,
                    {},
                    range->converged()});
    const auto measured = history.ranges.find(range->name() + "/saturation");
    if (measured == history.ranges.end() || measured->second.empty()) continue;
    if (std::isfinite(measured->second.back())) rows.back().saturation = measured->second.back();
  }
  return rows;
}

void add_ranges(CLI::App& app, CommonOptions& common) {
  auto model = std::make_shared<std::string>();
  CLI::App& command =
      *app.add_subcommand("ranges", "Every quantizer of a model: its range and whether it has settled");
  command.add_option("model", *model, "A quantized .keras file")->required();
  define(command, common, [model, &common] {
    const LoadedModel loaded = open_model(*model);
    if (!quantize::is_quantized(*loaded.model))
      throw ValueError(*model + ": is not quantized, so it has no ranges");
    const auto rows = range_rows(quantize::Ranges(*loaded.model), loaded.history);
    std::vector<std::vector<std::string>> cells;
    Json json = Json::array();
    for (const auto& row : rows) {
      cells.push_back({row.name, fmt::format("{:.5g}", row.min), fmt::format("{:.5g}", row.max),
                       fmt::format("{:.5g}", row.scale), fmt::format("{}", row.zero_point),
                       fmt::format("{}", row.updates), fmt::format("{:.4f}", row.distance),
                       row.saturation ? fmt::format("{:.2g}%", 100 * *row.saturation) : "",
                       row.converged ? "yes" : "no"});
      json.push_back({{"name", row.name},
                      {"min", row.min},
                      {"max", row.max},
                      {"scale", row.scale},
                      {"zero_point", row.zero_point},
                      {"updates", row.updates},
                      {"distance", row.distance},
                      {"saturation", row.saturation ? Json(*row.saturation) : Json(nullptr)},
                      {"converged", row.converged}});
    }
    print(common, report::render_table({"quantizer", "min", "max", "scale", "zero point", "updates",
                                        "distance", "saturated", "settled"},
                                       cells, {1, 2, 3, 4, 5, 6, 7}));
    emit_json(common, {{"quantizers", json}});
  });
}

}  // namespace nudge::cli
