#include "nudge/graph/registry.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"

namespace nudge {
namespace {

std::mutex registry_mutex;

std::map<std::string, LayerFactory>& factories() {
  static std::map<std::string, LayerFactory> map;
  return map;
}

size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replace = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replace}));
    }
  }
  return row[b.size()];
}

}  // namespace

void register_layer(const std::string& class_name, LayerFactory factory) {
  const std::lock_guard lock(registry_mutex);
  factories()[class_name] = std::move(factory);
}

LayerPtr layer_from_config(const std::string& class_name, const Json& config) {
  LayerFactory factory;
  {
    const std::lock_guard lock(registry_mutex);
    const auto found = factories().find(class_name);
    if (found != factories().end()) factory = found->second;
  }
  if (!factory) {
    const std::string near = nearest_name(class_name, registered_layers());
    throw UnsupportedError("unknown layer class '" + class_name + "'" +
                           (near.empty() ? "; register_layer() makes a class of your own known"
                                         : "; did you mean '" + near + "'?"));
  }
  try {
    return factory(config);
  } catch (const nlohmann::json::exception& error) {
    const auto name = config.is_object() ? config.find("name") : config.end();
    const bool named = name != config.end() && name->is_string();
    throw InputError("layer '" + (named ? name->get<std::string>() : "") + "' (" + class_name +
                     "): its configuration is not valid: " + plain_words(error));
  }
}

std::vector<std::string> registered_layers() {
  const std::lock_guard lock(registry_mutex);
  std::vector<std::string> names;
  for (const auto& [name, factory] : factories()) names.push_back(name);
  return names;
}

std::string nearest_name(const std::string& name, const std::vector<std::string>& known) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace nudge
