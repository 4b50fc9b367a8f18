#include "nudge/cli/class_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include "nudge/base/error.h"

namespace nudge::cli {
namespace {

std::vector<double> balanced(const data::Source& source) {
  const std::vector<int64_t> items = source.items(data::Split::kTrain);
  std::vector<double> weights(source.class_names().size(), 0.0);
  for (const int64_t item : items) weights[static_cast<size_t>(source.label(item))] += 1;
  for (double& weight : weights) {
    // A class that nothing is trained on weighs what it likes.
    if (weight > 0)
      weight = static_cast<double>(items.size()) / (static_cast<double>(weights.size()) * weight);
  }
  return weights;
}

}  // namespace

std::vector<double> class_weights_from(const std::string& text, const data::Source& source) {
  if (text.empty()) return {};
  const size_t classes = source.class_names().size();
  if (classes == 0) throw ValueError("--class-weights: the items of " + source.spec() + " have no classes");
  if (text == "balanced") return balanced(source);
  std::vector<double> weights;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    double weight = -1;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), weight);
    const bool number = error == std::errc() && end == word.data() + word.size();
    if (!number || !(weight >= 0) || !std::isfinite(weight)) {
      throw ValueError(
          fmt::format("--class-weights: '{}' is no number of 0 or more; give balanced, or a number "
                      "for each class",
                      word));
    }
    weights.push_back(weight);
  }
  if (std::ranges::all_of(weights, [](double weight) { return weight == 0; })) {
    throw ValueError("--class-weights: every class weighs 0, so that nothing would be learned");
  }
  if (weights.size() == classes) return weights;
  throw ValueError(fmt::format("--class-weights: {} numbers for the {} classes of {}", weights.size(),
                               classes, source.spec()));
}

}  // namespace nudge::cli
