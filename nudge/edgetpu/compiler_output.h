// What edgetpu_compiler prints and logs, of versions 2.0 to 16.0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nudge::edgetpu {

// A row of the operation log: so many operators of a kind have this status.
struct LogRow {
  std::string op;
  int64_t count = 0;
  std::string status;
  bool operator==(const LogRow&) const = default;
};

struct CompilerOutput {
  std::string version;          // "16.0.384591198"; "" when it prints none
  bool claims_success = false;  // "Model compiled successfully"
  std::string failure;       // why not: "Internal compiler error", "Model not quantized", ...; "" when unsaid
  std::string output_model;  // as printed
  std::optional<int64_t> milliseconds;
  // Bytes; printed with three digits, so not exact.
  std::optional<int64_t> input_size, output_size, on_chip_used, on_chip_free, streamed;
  std::optional<int64_t> subgraphs, operators, edge_tpu_operators, cpu_operators;
  std::vector<LogRow> rows;  // where it was told to show them
};

// Lines that it does not know are passed over, as versions differ.  Of several models compiled together the
// first counts.
CompilerOutput parse_output(const std::string& text);
// The rows of an operation log ("x_edgetpu.log").
std::vector<LogRow> parse_log(const std::string& text);

// "4.35MiB", "175.00KiB", "0.00B" in bytes; nullopt for anything else.
std::optional<int64_t> parse_size(const std::string& text);

}  // namespace nudge::edgetpu
