#include "nudge/edgetpu/status.h"

#include <array>

namespace nudge::edgetpu {
namespace {

struct StatusText {
  Status status;
  const char* text;
};
constexpr std::array kTexts = std::to_array<StatusText>({
    {Status::kMapped, "Mapped to Edge TPU"},
    {Status::kNotSupported, "Operation not supported"},
    {Status::kVersionNotSupported, "Operation version not supported"},
    {Status::kUnsupportedDataType, "Operation is working on an unsupported data type"},
    {Status::kUnspecifiedLimitation,
     "Operation is otherwise supported, but not mapped due to some unspecified limitation"},
    {Status::kUnsupportedRank, "Tensor has unsupported rank (up to 3 innermost dimensions mapped)"},
    {Status::kSecondSubgraph, "More than one subgraph is not supported"},
});

}  // namespace

std::string to_string(Status status) {
  for (const StatusText& each : kTexts) {
    if (each.status == status) return each.text;
  }
  return "";
}

std::optional<Status> status_from(const std::string& text) {
  for (const StatusText& each : kTexts) {
    if (text == each.text) return each.status;
  }
  return std::nullopt;
}

}  // namespace nudge::edgetpu
