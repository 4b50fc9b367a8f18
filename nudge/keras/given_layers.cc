#include "nudge/keras/given_layers.h"

#include <algorithm>
#include <map>

#include "nudge/base/error.h"
#include "nudge/keras/legacy_weights.h"

namespace nudge::keras {
namespace {

// "block/conv/kernel:0" is a weight of "conv".
std::string owner_of(const std::string& weight_name, const std::string& otherwise) {
  const size_t slash = weight_name.rfind('/');
  if (slash == std::string::npos) return otherwise;
  const std::string path = weight_name.substr(0, slash);
  const size_t parent = path.rfind('/');
  return parent == std::string::npos ? path : path.substr(parent + 1);
}

void read_places(const H5Group& group, int depth, GivenLayers& given) {
  constexpr int kMaxDepth = 32;
  if (depth > kMaxDepth) throw InputError(group.where() + ": groups are nested too deeply");
  const auto layers = group.find_group("layers");
  if (!layers) return;
  for (const std::string& name : layers->names()) {
    if (!layers->is_group(name)) continue;
    const H5Group layer = layers->group(name);
    read_places(layer, depth + 1, given);
    const auto vars = layer.find_group("vars");
    const size_t count = vars ? vars->names().size() : 0;
    if (count == 0) continue;
    const auto own = vars->text_attribute("name");
    given.has_names = given.has_names && own.has_value();
    given.layers.push_back({own.value_or(name), {}});
    for (size_t i = 0; i < count; ++i) {
      given.layers.back().values.push_back(vars->read(std::to_string(i)));
    }
  }
}

}  // namespace

GivenLayers read_listed_layers(const H5Group& root) {
  GivenLayers given;
  for (const StoredLayer& stored : stored_layers(root)) {
    given.layers.push_back({stored.name, {}, stored.weight_names});
    for (size_t i = 0; i < stored.weight_names.size(); ++i) {
      given.layers.back().values.push_back(stored.read(i));
    }
  }
  return given;
}

GivenLayers take_apart(const GivenLayers& listed, const std::vector<std::string>& whole) {
  GivenLayers given;
  for (const GivenLayer& layer : listed.layers) {
    const bool stays = std::ranges::find(whole, layer.name) != whole.end();
    std::map<std::string, size_t> owners;
    for (size_t i = 0; i < layer.values.size(); ++i) {
      const std::string owner = stays ? layer.name : owner_of(layer.weight_names[i], layer.name);
      const auto [found, is_new] = owners.emplace(owner, given.layers.size());
      if (is_new) given.layers.push_back({owner, {}});
      given.layers[found->second].values.push_back(layer.values[i]);
    }
    // Trained weights come first, whatever layers they are of.
    given.in_order = given.in_order && owners.size() == 1;
  }
  return given;
}

GivenLayers read_placed_layers(const H5Group& root) {
  GivenLayers given{.layers = {}, .in_order = false};
  read_places(root, 0, given);
  return given;
}

}  // namespace nudge::keras
