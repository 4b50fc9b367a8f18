#include "nudge/edgetpu/compiler_output.h"

#include <re2/re2.h>

#include <array>
#include <cmath>
#include <sstream>

namespace nudge::edgetpu {
namespace {

constexpr size_t kLongestLine = 1000;  // longer ones are none of the compiler's

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.size() <= kLongestLine) lines.push_back(std::move(line));
  }
  return lines;
}

// What follows `start`; nullopt when the line begins otherwise.
std::optional<std::string> after(const std::string& line, const std::string& start) {
  if (!line.starts_with(start)) return std::nullopt;
  return line.substr(start.size());
}

std::optional<int64_t> parse_count(const std::string& text) {
  if (text.empty() || text.size() > 15 || text.find_first_not_of("0123456789") != std::string::npos) {
    return std::nullopt;
  }
  return std::stoll(text);
}

std::optional<LogRow> parse_row(const std::string& line) {
  static const RE2 form(R"(([A-Z][A-Z0-9_]*)\s+(\d{1,9})\s+(\S.*))");
  LogRow row;
  if (!RE2::FullMatch(line, form, &row.op, &row.count, &row.status)) return std::nullopt;
  return row;
}

struct SizeLine {
  const char* start;
  std::optional<int64_t> CompilerOutput::*member;
};
constexpr std::array kSizes = std::to_array<SizeLine>({
    {"Input size: ", &CompilerOutput::input_size},
    {"Output size: ", &CompilerOutput::output_size},
    {"On-chip memory used for caching model parameters: ", &CompilerOutput::on_chip_used},
    {"On-chip memory remaining for caching model parameters: ", &CompilerOutput::on_chip_free},
    {"On-chip memory available for caching model parameters: ", &CompilerOutput::on_chip_free},  // 2.0
    {"Off-chip memory used for streaming uncached model parameters: ", &CompilerOutput::streamed},
});
constexpr std::array kCounts = std::to_array<SizeLine>({
    {"Number of Edge TPU subgraphs: ", &CompilerOutput::subgraphs},
    {"Total number of operations: ", &CompilerOutput::operators},
    {"Number of operations that will run on Edge TPU: ", &CompilerOutput::edge_tpu_operators},
    {"Number of operations that will run on CPU: ", &CompilerOutput::cpu_operators},
});

// The first reason counts: it is the most exact.
void read_failure(const std::vector<std::string>& lines, size_t i, CompilerOutput& output) {
  std::string found;
  const std::string& line = lines[i];
  if (const auto error = after(line, "ERROR: ")) {
    found = *error;
  } else if (const auto reason = after(line, "Compilation failed: ")) {
    found = *reason;
  } else if (line.starts_with("Internal compiler error")) {
    found = "Internal compiler error";
  } else if (line.starts_with("Invalid model: ")) {
    found = i + 1 < lines.size() && !lines[i + 1].empty() ? lines[i + 1] : "Invalid model";
  } else if (line.find("timed out") != std::string::npos) {
    found = line;
  }
  if (output.failure.empty()) output.failure = found;
}

void read_line(const std::string& line, CompilerOutput& output) {
  static const RE2 success(R"(Models? compiled successfully in (\d{1,12}) ms.*)");
  if (int64_t milliseconds = 0; RE2::FullMatch(line, success, &milliseconds)) {
    output.claims_success = true;
    if (!output.milliseconds) output.milliseconds = milliseconds;
  }
  if (const auto version = after(line, "Edge TPU Compiler version "); version && output.version.empty()) {
    output.version = *version;
  }
  if (const auto model = after(line, "Output model: "); model && output.output_model.empty()) {
    output.output_model = *model;
  }
  for (const SizeLine& size : kSizes) {
    if (const auto rest = after(line, size.start); rest && !(output.*size.member)) {
      output.*size.member = parse_size(*rest);
    }
  }
  for (const SizeLine& count : kCounts) {
    if (const auto rest = after(line, count.start); rest && !(output.*count.member)) {
      output.*count.member = parse_count(*rest);
    }
  }
}

}  // namespace

std::optional<int64_t> parse_size(const std::string& text) {
  static const RE2 form(R"((\d{1,9}(?:\.\d{1,6})?)(B|KiB|MiB|GiB))");
  double number = 0;
  std::string unit;
  if (!RE2::FullMatch(text, form, &number, &unit)) return std::nullopt;
  const double factor = unit == "B" ? 1.0 : unit == "KiB" ? 0x1p10 : unit == "MiB" ? 0x1p20 : 0x1p30;
  return std::llround(number * factor);
}

std::vector<LogRow> parse_log(const std::string& text) {
  std::vector<LogRow> rows;
  for (const std::string& line : lines_of(text)) {
    if (auto row = parse_row(line)) rows.push_back(std::move(*row));
  }
  return rows;
}

CompilerOutput parse_output(const std::string& text) {
  CompilerOutput output;
  const std::vector<std::string> lines = lines_of(text);
  for (size_t i = 0; i < lines.size(); ++i) {
    read_line(lines[i], output);
    read_failure(lines, i, output);
  }
  output.rows = parse_log(text);
  return output;
}

}  // namespace nudge::edgetpu
