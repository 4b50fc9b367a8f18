#include "nudge/train/feed.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "nudge/base/error.h"

namespace nudge::train {
namespace {

constexpr const char* kSamples = "x";
constexpr const char* kLabels = "y";
constexpr const char* kWeights = "sample_weight";

using Arrays = std::vector<data::StoredArray>;

const data::StoredArray* find(const Arrays& arrays, const std::string& name) {
  const auto found =
      std::find_if(arrays.begin(), arrays.end(), [&](const auto& array) { return array.name == name; });
  return found == arrays.end() ? nullptr : &*found;
}

std::string names_of(const std::vector<ModelEnd>& ends) {
  std::vector<std::string> names;
  for (const ModelEnd& end : ends) names.push_back(fmt::format("'{}'", end.name));
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string names_of(const Arrays& arrays) {
  std::vector<std::string> names;
  for (const auto& array : arrays) names.push_back(array.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

Shape item_shape(const ModelEnd& end) {
  return end.shape.empty() ? Shape{} : Shape(end.shape.begin() + 1, end.shape.end());
}

void find_inputs(Feed& feed, const std::string& model, const std::vector<ModelEnd>& inputs,
                 const data::Source& source, const Arrays& arrays) {
  const bool one = inputs.size() == 1;
  std::vector<std::string> borrowed;
  for (const ModelEnd& input : inputs) {
    const bool own = find(arrays, input.name) != nullptr;
    const bool picture = one && input.shape.size() == 4 && source.has_pictures();
    if (picture && (!own || input.name == kSamples)) return;
    if (!own && one && arrays.empty()) {
      feed.inputs.push_back({"", item_shape(input)});  // of which the Loader says that it holds pictures
      return;
    }
    if (!own && find(arrays, kSamples) == nullptr) {
      throw InputError(fmt::format("{}: no array '{}'; {} takes {}, the data hold {}", source.spec(),
                                   input.name, model, names_of(inputs),
                                   arrays.empty() ? "pictures" : names_of(arrays)));
    }
    if (!own && !one) borrowed.push_back(fmt::format("'{}'", input.name));
    feed.inputs.push_back({own ? input.name : kSamples, item_shape(input)});
  }
  if (!borrowed.empty()) {
    feed.assumptions.push_back(fmt::format("{}: x goes into {}, which have no arrays of their names",
                                           source.spec(), fmt::join(borrowed, ", ")));
  }
}

void find_targets(Feed& feed, const std::vector<ModelEnd>& outputs, const data::Source& source,
                  const Arrays& arrays) {
  if (outputs.empty()) return;
  feed.targets.assign(outputs.size(), "");
  bool named = false;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const auto* own = find(arrays, outputs[i].name);
    if (own == nullptr) continue;
    feed.targets[i] = own->name;
    named = true;
  }
  if (!named && !source.class_names().empty()) {
    feed.classes = true;
    feed.targets.clear();
  } else if (!named && find(arrays, kLabels) != nullptr) {
    feed.targets[0] = std::string(kLabels);
  }
  for (const std::string& target : feed.targets) {
    const auto* array = find(arrays, target);
    feed.stored.push_back(array == nullptr ? std::nullopt : std::optional(*array));
  }
  std::vector<std::string> without;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const bool has = feed.targets.empty() ? i == 0 : !feed.targets[i].empty();
    if (!has) without.push_back(fmt::format("'{}'", outputs[i].name));
  }
  if (!without.empty() && without.size() < outputs.size()) {
    feed.assumptions.push_back(fmt::format("{}: {} for output '{}'; {} without a target, not trained",
                                           source.spec(), named ? "arrays" : "the labels are",
                                           outputs[0].name, fmt::join(without, ", ")));
  }
}

void find_weights(Feed& feed, const std::vector<ModelEnd>& outputs, const Arrays& arrays) {
  bool any = false;
  for (const ModelEnd& output : outputs) {
    const std::string own = fmt::format("{}_{}", output.name, kWeights);
    const std::string name = find(arrays, own) != nullptr        ? own
                             : find(arrays, kWeights) != nullptr ? kWeights
                                                                 : "";
    any = any || !name.empty();
    feed.weights.push_back(name);
  }
  if (!any) feed.weights.clear();
}

}  // namespace

Feed feed_for(const std::string& model, const std::vector<ModelEnd>& inputs,
              const std::vector<ModelEnd>& outputs, const data::Source& source) {
  const Arrays arrays = source.arrays();
  Feed feed;
  find_inputs(feed, model, inputs, source, arrays);
  find_targets(feed, outputs, source, arrays);
  find_weights(feed, outputs, arrays);
  return feed;
}

void apply_feed(const Feed& feed, const std::vector<ModelEnd>& inputs, data::LoaderOptions& options) {
  options.inputs = feed.inputs;
  options.targets = feed.targets;
  options.weights = feed.weights;
  if (!feed.inputs.empty()) return;
  const Shape& image = inputs.front().shape;
  options.size = {image[1], image[2]};
  options.channels = image[3];
}

}  // namespace nudge::train
