#include "nudge/data/describe.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge::data {
namespace {

void widen(Description& description, ImageSize size) {
  const bool first = description.largest == ImageSize{};
  ImageSize& least = description.smallest;
  ImageSize& most = description.largest;
  least.height = first ? size.height : std::min(least.height, size.height);
  least.width = first ? size.width : std::min(least.width, size.width);
  most.height = std::max(most.height, size.height);
  most.width = std::max(most.width, size.width);
}

Json size_json(ImageSize size) {
  if (size == ImageSize{}) return nullptr;
  return {{"height", size.height}, {"width", size.width}};
}

double imbalance_of(const std::vector<ClassCount>& classes) {
  if (classes.empty()) return 0.0;
  const auto [least, most] = std::ranges::minmax(classes, {}, &ClassCount::train);
  return least.train == 0 ? 0.0 : static_cast<double>(most.train) / static_cast<double>(least.train);
}

}  // namespace

Description describe(const Source& source) {
  Description description;
  description.spec = source.spec();
  description.count = source.size();
  const bool pictures = source.has_pictures();
  description.channels = pictures ? source.channels() : 0;
  description.arrays = source.arrays();
  description.damaged = source.damaged();
  for (const std::string& name : source.class_names()) description.classes.push_back({.name = name});
  for (int64_t item = 0; item < source.size(); ++item) {
    try {
      if (pictures) widen(description, source.stored_size(item));
    } catch (const InputError& error) {
      description.damaged.emplace_back(error.what());
      continue;
    }
    if (description.classes.empty()) continue;
    ClassCount& count = description.classes[static_cast<size_t>(source.label(item))];
    const Split split = source.split(item);
    ++(split == Split::kTrain ? count.train : split == Split::kValidation ? count.validation : count.test);
  }
  description.imbalance = imbalance_of(description.classes);
  return description;
}

Json to_json(const Description& description) {
  Json classes = Json::array();
  for (const ClassCount& count : description.classes) {
    classes.push_back({{"name", count.name},
                       {"train", count.train},
                       {"validation", count.validation},
                       {"test", count.test}});
  }
  Json arrays = Json::array();
  for (const StoredArray& array : description.arrays) {
    arrays.push_back({{"name", array.name}, {"shape", array.shape}, {"type", to_string(array.type)}});
  }
  return {{"source", description.spec},
          {"count", description.count},
          {"channels", description.channels},
          {"classes", classes},
          {"arrays", arrays},
          {"smallest", size_json(description.smallest)},
          {"largest", size_json(description.largest)},
          {"imbalance", description.imbalance},
          {"damaged", description.damaged}};
}

}  // namespace nudge::data
