#include "nudge/applications/applications.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "nudge/applications/mobilenet.h"
#include "nudge/applications/mobilenet_v2.h"
#include "nudge/applications/small_cnn.h"
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
  static const std::vector<Application> table = {
      {"MobileNet", {"mobilenetv1"}, "tf", 224, mobilenet},
      {"MobileNetV2", {}, "tf", 224, mobilenet_v2},
      {"small_cnn", {}, "rescale", 224, small_cnn},
  };
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
  return application(name).build(options);
}

}  // namespace nudge::applications
