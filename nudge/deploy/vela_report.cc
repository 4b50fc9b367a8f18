#include "nudge/deploy/vela_report.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "nudge/base/error.h"

namespace nudge::deploy {
namespace {

constexpr const char* kWhere = "vela's summary";

// Of one line of CSV; a comma may stand between quotes, as in a file's name.
std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> found(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      found.emplace_back();
    } else if (c != '\r') {
      found.back() += c;
    }
  }
  return found;
}

// A header and one row.
class Summary {
 public:
  explicit Summary(const std::string& text) {
    std::istringstream stream(text);
    std::string header, row;
    std::getline(stream, header);
    std::getline(stream, row);
    const std::vector<std::string> names = cells(header), values = cells(row);
    for (size_t i = 0; i < std::min(names.size(), values.size()); ++i) values_[names[i]] = values[i];
  }

  std::string text(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) throw InputError(fmt::format("{} has no column '{}'", kWhere, name));
    return found->second;
  }

  double number(const std::string& name) const {
    const std::string written = text(name);
    size_t end = 0;
    double value = NAN;
    try {
      value = std::stod(written, &end);
    } catch (const std::exception&) {
      end = std::string::npos;
    }
    if (end != written.size() || !(std::abs(value) < 1e18)) {
      throw InputError(fmt::format("{}: '{}' of column '{}' is no number", kWhere, written, name));
    }
    return value;
  }

  int64_t whole(const std::string& name, double unit = 1) const { return std::llround(number(name) * unit); }

 private:
  std::map<std::string, std::string> values_;
};

// "   NPU: Conv2D = conv2d (outputs [1, 8, 8, 3])"
bool read_operator(const std::string& line, VelaReport& report) {
  const size_t begin = line.find_first_not_of(' ');
  if (begin == std::string::npos) return false;
  const bool npu = line.compare(begin, 5, "NPU: ") == 0;
  if (!npu && line.compare(begin, 5, "CPU: ") != 0) return false;
  const size_t equals = line.find(" = ", begin);
  if (equals == std::string::npos) return false;
  const size_t outputs = line.rfind(" (outputs");
  const size_t end = outputs == std::string::npos || outputs < equals + 3 ? line.size() : outputs;
  report.operators.push_back(
      {line.substr(equals + 3, end - equals - 3), line.substr(begin + 5, equals - begin - 5), npu});
  return true;
}

// "CPU operators = 0 (0.0%)"
bool read_count(const std::string& line, const std::string& name, int64_t& count) {
  const std::string start = name + " operators = ";
  if (!line.starts_with(start)) return false;
  count = std::strtoll(line.c_str() + start.size(), nullptr, 10);
  return true;
}

}  // namespace

VelaReport parse_vela(const std::string& printed, const std::string& summary) {
  VelaReport report;
  std::istringstream stream(printed);
  bool counted = false;
  for (std::string line; std::getline(stream, line);) {
    if (read_operator(line, report) || read_count(line, "CPU", report.cpu_operators)) continue;
    counted = read_count(line, "NPU", report.npu_operators) || counted;
  }
  if (!counted) throw InputError("vela does not say how many operators the NPU computes");
  const Summary row(summary);
  report.accelerator = row.text("accelerator_configuration");
  report.system_config = row.text("system_config");
  report.memory_mode = row.text("memory_mode");
  report.cycles = row.whole("cycles_total");
  report.npu_cycles = row.whole("cycles_npu");
  if (row.text("inferences_per_second") != "nan") {
    report.inferences_per_second = row.number("inferences_per_second");
  }
  constexpr double kKiB = 1024;
  report.sram_bytes = row.whole("sram_memory_used", kKiB);
  report.dram_bytes = row.whole("dram_memory_used", kKiB);
  report.flash_bytes =
      row.whole("on_chip_flash_memory_used", kKiB) + row.whole("off_chip_flash_memory_used", kKiB);
  return report;
}

Json to_json(const VelaReport& report) {
  Json operators = Json::array();
  for (const VelaOperator& op : report.operators) {
    operators.push_back({{"name", op.name}, {"op", op.op}, {"on", op.on_npu ? "npu" : "cpu"}});
  }
  return {{"accelerator", report.accelerator},
          {"system_config", report.system_config},
          {"memory_mode", report.memory_mode},
          {"operators", operators},
          {"npu_operators", report.npu_operators},
          {"cpu_operators", report.cpu_operators},
          {"cycles", report.cycles},
          {"npu_cycles", report.npu_cycles},
          {"inferences_per_second", report.inferences_per_second},
          {"sram_bytes", report.sram_bytes},
          {"dram_bytes", report.dram_bytes},
          {"flash_bytes", report.flash_bytes},
          {"files", report.files}};
}

std::string to_text(const VelaReport& report) {
  std::string text = fmt::format("{} of {} operators on the NPU ({}, {}, {})\n", report.npu_operators,
                                 report.npu_operators + report.cpu_operators, report.accelerator,
                                 report.system_config, report.memory_mode);
  text += fmt::format("{} cycles an inference, {:.1f} inferences a second, as vela estimates them\n",
                      report.cycles, report.inferences_per_second);
  text += fmt::format("bytes of SRAM {}, DRAM {}, flash {}\n", report.sram_bytes, report.dram_bytes,
                      report.flash_bytes);
  for (const VelaOperator& op : report.operators) {
    if (!op.on_npu) text += fmt::format("on the CPU: {} ({})\n", op.name, op.op);
  }
  return text;
}

}  // namespace nudge::deploy
