// What the Edge TPU compiler says of an operator, in its own words.
#pragma once

#include <optional>
#include <string>

namespace nudge::edgetpu {

enum class Status {
  kMapped,
  kNotSupported,
  kVersionNotSupported,
  kUnsupportedDataType,
  kUnspecifiedLimitation,
  kUnsupportedRank,
  kSecondSubgraph,
};

// "Mapped to Edge TPU": the text of the compiler's operation log.
std::string to_string(Status status);
// nullopt for a text that no known compiler prints.
std::optional<Status> status_from(const std::string& text);

}  // namespace nudge::edgetpu
