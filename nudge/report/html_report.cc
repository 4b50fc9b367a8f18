#include "nudge/report/html_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nudge/base/file.h"
#include "nudge/report/base64.h"

namespace nudge::report {
namespace {

constexpr const char* kStyle = R"css(
body { margin: 0; background: #f6f6f3; color: #22252a; font: 16px/1.55 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 1rem; border-left: 6px solid #d0009b; padding-left: .8rem; }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .7rem; }
p { max-width: 46rem; margin: .5rem 0; }
figure { margin: 1rem 0; background: #fff; border: 1px solid #dedfda; border-radius: 8px; padding: 1rem; }
img { max-width: 100%; height: auto; display: block; margin: 0 auto; }
figcaption, .note { color: #62666d; font-size: .88rem; margin-top: .5rem; }
.scroll { overflow-x: auto; background: #fff; border: 1px solid #dedfda; border-radius: 8px; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; padding: .45rem .6rem; border-bottom: 1px solid #ececec; white-space: nowrap; }
th { background: #fbfbf9; font-weight: 600; }
tr:last-child td { border-bottom: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.bar { min-width: 7rem; } .bar i { display: block; height: .7rem; border-radius: 2px; background: #1f6fb4; }
.bar i.simulated { background: #e1812c; margin-bottom: 2px; } td.wrap { white-space: normal; min-width: 14rem; }
.yes { color: #1c7c3c; } .no { color: #b3261e; font-weight: 600; }
)css";

std::string cell(const std::string& text, const char* style = "") {
  if (*style == '\0') return "<td>" + escape_html(text) + "</td>";
  return fmt::format("<td class=\"{}\">{}</td>", style, escape_html(text));
}

std::string number(const std::string& text) { return cell(text, "number"); }

std::string table(const std::string& head, const std::string& rows) {
  return "<div class=\"scroll\"><table><thead><tr>" + head + "</tr></thead><tbody>\n" + rows +
         "</tbody></table></div>\n";
}

std::string models_section(const std::vector<ComparisonRow>& models) {
  if (models.empty()) return "";
  std::string rows;
  for (const ComparisonRow& model : models) {
    rows += "<tr>" + cell(model.file) + cell(model.kind) + cell(model.runtime) +
            number(fmt::format("{:.4f}", model.accuracy)) + number(human_size(model.bytes)) + "</tr>\n";
  }
  return "<h2>Models</h2>\n" +
         table(
             "<th>file</th><th>kind</th><th>runtime</th><th class=\"number\">accuracy</th>"
             "<th class=\"number\">size</th>",
             rows);
}

std::string picture_section(const HtmlReport& report) {
  if (report.picture.empty()) return "";
  const std::string caption = escape_html(report.picture_caption);
  return fmt::format(
      "<h2>Training</h2>\n<figure><img alt=\"{0}\" src=\"data:image/png;base64,{1}\">"
      "<figcaption>{0}</figcaption></figure>\n",
      caption, base64(read_file(report.picture)));
}

std::string ranges_section(const std::vector<RangeRow>& ranges) {
  if (ranges.empty()) return "";
  std::string rows;
  for (const RangeRow& range : ranges) {
    rows += "<tr>" + cell(range.name) + number(fmt::format("{:.4g}", range.min + 0.0)) +
            number(fmt::format("{:.4g}", range.max)) + number(fmt::format("{:.5g}", range.scale)) +
            number(fmt::format("{}", range.zero_point)) + number(fmt::format("{}", range.updates)) +
            number(fmt::format("{:.2g}", range.distance)) +
            number(range.saturation ? fmt::format("{:.2g}%", 100 * *range.saturation) : "") +
            (range.converged ? cell("yes", "yes") : cell("no", "no")) + "</tr>\n";
  }
  const auto settled = std::ranges::count_if(ranges, &RangeRow::converged);
  std::string head = "<th>quantizer</th>";
  for (const char* name : {"min", "max", "scale", "zero point", "updates", "distance", "saturated"}) {
    head += fmt::format("<th class=\"number\">{}</th>", name);
  }
  return fmt::format(
             "<h2>Ranges</h2>\n<p class=\"note\">{} of {} have settled; those of kernels follow the "
             "weights.</p>\n",
             settled, ranges.size()) +
         table(head + "<th>settled</th>", rows);
}

// Of a ratio in dB; what has no error fills the cell.
std::string bar(const char* style, double ratio) {
  constexpr double kFull = 60;
  const double share = std::isfinite(ratio) ? std::clamp(ratio / kFull, 0.0, 1.0) : 1;
  return fmt::format("<i class=\"{}\" style=\"width:{:.1f}%\"></i>", style, 100 * share);
}

std::string layers_section(const std::vector<LayerErrorRow>& layers) {
  if (layers.empty()) return "";
  std::string rows;
  for (const LayerErrorRow& layer : layers) {
    rows += "<tr>" + cell(layer.layer) + "<td class=\"bar\">" + bar("simulated", layer.simulated) +
            bar("file", layer.file) + "</td>" + number(decibels_text(layer.simulated)) +
            number(decibels_text(layer.file)) + number(added_text(layer.own)) +
            number(fmt::format("{:.1f}", layer.largest)) +
            number(fmt::format("{:.2f}%", 100 * layer.beyond)) + cell(layer.note, "wrap") + "</tr>\n";
  }
  std::string head = "<th>layer</th><th>signal over error</th>";
  for (const char* name : {"simulation dB", "file dB", "own dB", "largest, steps", "beyond range"}) {
    head += fmt::format("<th class=\"number\">{}</th>", name);
  }
  return "<h2>Layers</h2>\n<p class=\"note\">Each layer's output against the same weights in float, of "
         "training's "
         "simulation (orange) and of the int8 file (blue). 6 dB are a bit; \u201cown\u201d is what a layer "
         "adds to the "
         "errors of its inputs.</p>\n" +
         table(head + "<th>note</th>", rows);
}

std::string settings_section(const std::vector<std::pair<std::string, std::string>>& settings) {
  if (settings.empty()) return "";
  std::string rows;
  for (const auto& [name, value] : settings) rows += "<tr>" + cell(name) + cell(value) + "</tr>\n";
  return "<h2>Settings</h2>\n" + table("<th>setting</th><th>value</th>", rows);
}

}  // namespace

std::string escape_html(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string render_html(const HtmlReport& report) {
  const std::string title = escape_html(report.title);
  std::string page =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
      title + "</title>\n<style>" + kStyle + "</style></head>\n<body><main>\n<h1>" + title + "</h1>\n";
  for (const std::string& paragraph : report.story) page += "<p>" + escape_html(paragraph) + "</p>\n";
  page += models_section(report.models) + picture_section(report) + layers_section(report.layers) +
          ranges_section(report.ranges) + settings_section(report.settings);
  return page + "</main></body></html>\n";
}

void write_html_report(const HtmlReport& report, const std::string& path) {
  write_file(path, render_html(report));
}

}  // namespace nudge::report
