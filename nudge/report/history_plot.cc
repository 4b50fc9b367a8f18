#include "nudge/report/history_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>

#include "nudge/base/child_process.h"
#include "nudge/base/error.h"
#include "nudge/base/file.h"

namespace nudge::report {
namespace {

constexpr const char* kTrainColor = "#1f6fb4";
constexpr const char* kValidationColor = "#e1812c";
constexpr const char* kQatColor = "#d0009b";

// Text that gnuplot takes as it is: in single quotes a quote is written twice, and nothing else is special.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\n' || c == '\r') {
      result += ' ';
    } else {
      result += c;
      if (c == '\'') result += '\'';
    }
  }
  return result + "'";
}

std::string data_block(const std::string& name, const std::vector<double>& values) {
  std::string block = "$" + name + " << END\n";
  for (size_t i = 0; i < values.size(); ++i) {
    block +=
        fmt::format("{} {}\n", i + 1, std::isfinite(values[i]) ? fmt::format("{:.9g}", values[i]) : "NaN");
  }
  return block + "END\n";
}

size_t epoch_count(const HistoryPlot& plot) {
  size_t count = 0;
  for (const Curve& curve : plot.curves)
    count = std::max({count, curve.train.size(), curve.validation.size()});
  return count;
}

std::string series(const std::string& block, const std::string& title, const char* color) {
  return fmt::format("${} using 1:2 with linespoints lw 2.2 pt 7 ps 0.6 lc rgb '{}' title '{}'", block, color,
                     title);
}

std::string panel(const HistoryPlot& plot, size_t index) {
  const Curve& curve = plot.curves[index];
  const std::string train = fmt::format("train{}", index);
  const std::string validation = fmt::format("validation{}", index);
  std::string script;
  std::vector<std::string> drawn;
  if (!curve.train.empty()) {
    script += data_block(train, curve.train);
    drawn.push_back(series(train, "training", kTrainColor));
  }
  if (!curve.validation.empty()) {
    script += data_block(validation, curve.validation);
    drawn.push_back(series(validation, "validation", kValidationColor));
  }
  if (plot.qat_start_epoch >= 0) {
    drawn.push_back(fmt::format("NaN with lines lw 2 lc rgb '{}' title 'QAT begins'", kQatColor));
  }
  const bool falls = curve.metric.find("loss") != std::string::npos;
  const bool accuracy = curve.metric.find("accuracy") != std::string::npos;
  script += fmt::format("set title {} offset 0,-0.4\nset yrange {}\n", quoted(curve.metric),
                        falls      ? "[0:*]"
                        : accuracy ? "[*:1]"
                                   : "[*:*]");
  return script + fmt::format("plot {}\n", fmt::join(drawn, ", "));
}

}  // namespace

std::string gnuplot_script(const HistoryPlot& plot, const std::string& path) {
  const size_t epochs = epoch_count(plot);
  if (epochs == 0) throw ValueError("plot_history: the history holds no epoch; train before plotting");
  std::string script = fmt::format(
      "set terminal pngcairo noenhanced size {},{} font 'DejaVu Sans,11' background rgb 'white'\n"
      "set output {}\n"
      "set multiplot layout 1,{} title {} font 'DejaVu Sans,14'\n"
      "set border 3 lc rgb '#666666'\nset tics nomirror out scale 0.6\n"
      "set grid lc rgb '#e6e6e6' lt 1\nset xlabel 'epoch'\n"
      "set key bmargin center horizontal samplen 2\nset bmargin 6\n"
      "set xrange [{}:{}]\nset xtics 1, {}\nset offsets 0, 0, graph 0.05, graph 0.05\n",
      plot.panel_width * static_cast<int>(plot.curves.size()), plot.height, quoted(path), plot.curves.size(),
      quoted(plot.title), 0.5, static_cast<double>(epochs) + 0.5, std::max<size_t>(1, (epochs + 9) / 10));
  if (plot.qat_start_epoch >= 0) {
    // Epochs are numbered from 1 in the picture, so the line stands between the last float epoch and the
    // first of QAT.
    script += fmt::format("set arrow from {0},graph 0 to {0},graph 1 nohead lw 2 lc rgb '{1}' front\n",
                          plot.qat_start_epoch + 0.5, kQatColor);
  }
  for (size_t i = 0; i < plot.curves.size(); ++i) script += panel(plot, i);
  return script + "unset multiplot\nset output\n";
}

void plot_history(const HistoryPlot& plot, const std::string& path) {
  write_file_with(path, [&](const std::string& temporary) {
    const std::string script = gnuplot_script(plot, temporary);
    check_writable(temporary);
    const ProcessResult result = run_process({"gnuplot"}, script);
    std::error_code code;
    const auto size = std::filesystem::file_size(temporary, code);
    if (result.status != 0 || code || size == 0) {
      std::string why = result.output.substr(0, 300);
      std::ranges::replace(why, '\n', ' ');
      throw OutputError(
          fmt::format("{}: gnuplot drew no picture (exit code {}): {}", path, result.status, why));
    }
  });
}

}  // namespace nudge::report
