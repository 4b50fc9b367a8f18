#include "nudge/cli/history_picture.h"

#include "nudge/report/history_plot.h"

namespace nudge::cli {

void draw_history(const train::History& history, const std::string& title, const std::string& path) {
  report::HistoryPlot plot;
  plot.title = title;
  for (const char* metric : {"accuracy", "loss"}) {
    const auto values = [&](const std::string& name) {
      const auto found = history.metrics.find(name);
      return found == history.metrics.end() ? std::vector<double>{} : found->second;
    };
    plot.curves.push_back({metric, values(metric), values(std::string("val_") + metric)});
  }
  if (history.qat_start_epoch) plot.qat_start_epoch = *history.qat_start_epoch - history.initial_epoch;
  report::plot_history(plot, path);
}

}  // namespace nudge::cli
