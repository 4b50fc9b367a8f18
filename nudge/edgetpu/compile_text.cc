#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nudge/edgetpu/compile.h"

namespace nudge::edgetpu {
namespace {

Json or_null(const std::optional<int64_t>& value) { return value ? Json(*value) : Json(nullptr); }

std::string mebibytes(const std::optional<int64_t>& bytes) {
  return bytes ? fmt::format("{:.2f} MiB", static_cast<double>(*bytes) / 0x1p20) : "an unknown amount";
}

std::string part_text(const FailingPart& part) {
  const Culprit& culprit = part.culprit;
  return culprit.first == culprit.last
             ? fmt::format("operator {} {} fails alone: {}; it is in {}\n", culprit.first, part.op,
                           culprit.failure, part.file)
             : fmt::format("operators {} to {} {} fail together, and no fewer: {}; they are in {}\n",
                           culprit.first, culprit.last, part.op, culprit.failure, part.file);
}

}  // namespace

Json to_json(const CompileResult& result) {
  const CompilerOutput& output = result.run.output;
  Json operations = Json::array();
  for (const LogRow& row : result.run.log) {
    operations.push_back({{"op", row.op}, {"count", row.count}, {"status", row.status}});
  }
  Json failing = Json::array();
  for (const FailingPart& part : result.failing) {
    failing.push_back({{"first", part.culprit.first},
                       {"last", part.culprit.last},
                       {"op", part.op},
                       {"failure", part.culprit.failure},
                       {"file", part.file}});
  }
  return {{"compiled", result.compiled()},
          {"all_mapped", result.all_mapped()},
          {"failure", result.run.failure()},
          {"compiler", {{"version", output.version}, {"command", result.run.command}}},
          {"attempts", result.attempts},
          {"files", result.files},
          {"subgraphs", or_null(output.subgraphs)},
          {"on_chip_bytes", or_null(output.on_chip_used)},
          {"streamed_bytes", or_null(output.streamed)},
          {"operations", operations},
          {"surprises", result.surprises},
          {"failing", failing},
          {"prediction", to_json(result.prediction)}};
}

std::string to_text(const CompileResult& result) {
  std::string text;
  if (!result.compiled()) {
    text += fmt::format("not compiled by version {} in {} attempts: {}\n", result.run.output.version,
                        result.attempts, result.run.failure());
    for (const FailingPart& part : result.failing) text += part_text(part);
    for (const Failure& failure : result.prediction.failures) {
      text += fmt::format("expected: {}: {}\n", failure.says, failure.reason);
    }
  } else {
    text += fmt::format("compiled by version {}; {} of parameters on the chip, {} streamed\n",
                        result.run.output.version, mebibytes(result.run.output.on_chip_used),
                        mebibytes(result.run.output.streamed));
    for (const std::string& file : result.files) text += "  " + file + "\n";
    text += fmt::format("\n{:<30} {:<10} {}\n\n", "Operator", "Count", "Status");
    for (const LogRow& row : result.run.log)
      text += fmt::format("{:<30} {:<10} {}\n", row.op, row.count, row.status);
  }
  for (const std::string& surprise : result.surprises) text += "unexpected: " + surprise + "\n";
  return text;
}

}  // namespace nudge::edgetpu
