#include "nudge/train/loss.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <utility>

#include "nudge/base/error.h"

namespace nudge::train {
namespace {

using Maker = std::unique_ptr<Loss> (*)(bool from_logits);

constexpr std::array<std::pair<const char*, Maker>, 3> kLosses{
    {{"sparse_categorical_crossentropy", sparse_categorical_crossentropy},
     {"categorical_crossentropy", categorical_crossentropy},
     {"binary_crossentropy", binary_crossentropy}}};
constexpr const char* kFromLogits = "_from_logits";

}  // namespace

const std::vector<std::string>& loss_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, make] : kLosses) {
      all.emplace_back(name);
      all.push_back(all.back() + kFromLogits);
    }
    return all;
  }();
  return names;
}

std::unique_ptr<Loss> loss_from_name(const std::string& name) {
  for (const auto& [known, make] : kLosses) {
    if (name == known) return make(false);
    if (name == std::string(known) + kFromLogits) return make(true);
  }
  throw ValueError(fmt::format("unknown loss '{}'; known: {}", name, fmt::join(loss_names(), ", ")));
}

}  // namespace nudge::train
