#include "nudge/data/augment.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "nudge/base/error.h"
#include "nudge/data/picture_changes.h"

namespace nudge::data {
namespace {

double parse_amount(std::string_view text, const std::string& list) {
  double amount = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error != std::errc() || end != text.data() + text.size() || !(amount >= 0.0 && amount <= 1.0)) {
    throw ValueError(
        fmt::format("augmentation '{}': the amount '{}' must be a number from 0 to 1", list, text));
  }
  return amount;
}

}  // namespace

const Augmentation::Kind Augmentation::kKinds[] = {
    {"flip", 0.5, flip},
    {"shift", 0.1, shift},
    {"zoom", 0.2, zoom},
    {"crop", 0.3, crop},
    {"rotate", 0.05, rotate},
    {"brightness", 0.2, brightness},
    {"contrast", 0.3, contrast},
    {"saturation", 0.3, saturation},
    {"hue", 0.05, hue},
    {"cutout", 0.25, cutout},
    {"randaugment", 0.3, rand_augment},
};

Augmentation::Augmentation(const std::string& list) {
  size_t begin = 0;
  for (bool more = !list.empty(); more;) {
    const size_t comma = std::min(list.find(',', begin), list.size());
    const std::string_view entry = std::string_view(list).substr(begin, comma - begin);
    more = comma < list.size();
    begin = comma + 1;
    const size_t equals = std::min(entry.find('='), entry.size());
    const std::string_view name = entry.substr(0, equals);
    const auto kind =
        std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& k) { return k.name == name; });
    if (kind == std::end(kKinds)) {
      std::string known;
      for (const Kind& k : kKinds) known += (known.empty() ? "" : ", ") + std::string(k.name);
      throw ValueError(fmt::format("augmentation '{}': unknown name '{}'; there are {}", list, name, known));
    }
    const bool given = equals < entry.size();
    changes_.push_back({kind->function, given ? parse_amount(entry.substr(equals + 1), list) : kind->amount});
  }
}

void Augmentation::apply(ImageView image, Random& random) const {
  for (const Change& change : changes_) change.function(image, change.amount, random);
}

}  // namespace nudge::data
