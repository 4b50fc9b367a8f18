#include "nudge/applications/applications.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "nudge/applications/backbone.h"
#include "nudge/applications/families.h"
#include "nudge/base/error.h"
#include "nudge/graph/registry.h"

namespace nudge::applications {
namespace {

// "MobileNet-V2" -> "mobilenetv2"
std::string plain(const std::string& name) {
  std::string result;
  for (const char c : name) {
    if (c != '-' && c != '_') result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return result;
}

const Application* find(const std::string& name) {
  const std::string wanted = plain(name);
  for (const Application& known : applications()) {
    const auto& aliases = known.aliases;
    if (plain(known.name) == wanted || std::find(aliases.begin(), aliases.end(), wanted) != aliases.end()) {
      return &known;
    }
  }
  return nullptr;
}

// The one of `known` nearest to `name` when neither case nor punctuation counts.
std::string nearest(const std::string& name) {
  std::vector<std::string> known;
  for (const Application& each : applications()) known.push_back(plain(each.name));
  const Application* near = find(nearest_name(plain(name), known));
  return near == nullptr ? "" : near->name;
}

}  // namespace

const std::vector<Application>& applications() {
  static const std::vector<Application> table = [] {
    using Family = std::vector<Application> (*)();
    constexpr Family kFamilies[] = {
        mobilenet,    mobilenet_v2,        mobilenet_v3, efficientnet, efficientnet_v2, efficientnet_lite,
        resnet,       resnet_v2,           resnet_rs,    regnet,       densenet,        vgg,
        inception_v3, inception_resnet_v2, xception,     nasnet,       convnext,        mlperf_tiny,
        small_cnn,
    };
    std::vector<Application> members;
    for (const Family family : kFamilies) {
      for (Application& member : family()) members.push_back(std::move(member));
    }
    return members;
  }();
  return table;
}

const Application& application(const std::string& name) {
  if (const Application* found = find(name)) return *found;
  std::vector<std::string> names;
  for (const Application& each : applications()) names.push_back(each.name);
  const std::string near = nearest(name);
  throw ValueError(fmt::format("unknown application '{}'{}; known are {}", name,
                               near.empty() ? "" : ", did you mean '" + near + "'?", fmt::join(names, ", ")));
}

bool is_application(const std::string& name) { return find(name) != nullptr; }

ModelPtr build_application(const std::string& name, const ApplicationOptions& options) {
  const Application& wanted = application(name);
  check_options(wanted, options);
  ApplicationOptions complete = options;
  if (complete.input_shape.empty()) complete.input_shape = wanted.input_shape;
  if (!complete.dropout) complete.dropout = wanted.dropout;
  if (!complete.classes) complete.classes = wanted.classes;
  const Tensor image = model_input(wanted, complete);
  LayerNames names;
  const Tensor features = wanted.body(image, complete, names);
  const Tensor end = !wanted.own.classifier      ? features
                     : has_top(wanted, complete) ? wanted.top(features, complete, names)
                                                 : without_top(wanted, features, complete);
  return make_model(image, end,
                    fmt::format(fmt::runtime(wanted.model_name), options.alpha, image.shape()[1]));
}

}  // namespace nudge::applications
