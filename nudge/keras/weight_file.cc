#include "nudge/keras/weight_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/keras/file_kind.h"
#include "nudge/keras/layer_match.h"
#include "nudge/keras/legacy_weights.h"
#include "nudge/keras/model_config.h"
#include "nudge/keras/save.h"
#include "nudge/keras/stored_weight.h"
#include "nudge/keras/weights.h"

namespace nudge::keras {
namespace {

// "conv2d" or "conv2d_2" of a Conv2D.
bool has_automatic_name(const Layer& layer) {
  const std::string base = snake_case(layer.class_name());
  if (!layer.name().starts_with(base)) return false;
  const std::string rest = layer.name().substr(base.size());
  return rest.empty() ||
         (rest.size() > 1 && rest[0] == '_' && rest.find_first_not_of("0123456789", 1) == std::string::npos);
}

WantedLayer wanted_layer(Layer& layer, std::vector<Weight*> weights) {
  return {.name = layer.name(), .automatic_name = has_automatic_name(layer), .weights = std::move(weights)};
}

void collect_leaves(Model& model, std::set<const Layer*>& seen, std::vector<WantedLayer>& found) {
  for (const LayerPtr& layer : model.layers()) {
    if (!seen.insert(layer.get()).second) continue;
    if (auto* nested = dynamic_cast<Model*>(layer.get())) {
      collect_leaves(*nested, seen, found);
    } else if (!layer->weights().empty()) {
      found.push_back(wanted_layer(*layer, layer->weights()));
    }
  }
}

// The layers that have weights, those of nested models among them, in Keras's order.
std::vector<WantedLayer> leaf_layers(Model& model) {
  std::vector<WantedLayer> found;
  std::set<const Layer*> seen;
  collect_leaves(model, seen, found);
  return found;
}

// The same with a nested model as one layer.
std::vector<WantedLayer> own_layers(Model& model) {
  std::vector<WantedLayer> found;
  for (const LayerPtr& layer : model.layers()) {
    if (!layer->weights().empty()) found.push_back(wanted_layer(*layer, legacy_order(*layer)));
  }
  return found;
}

GivenLayers listed_layers(const std::vector<StoredLayer>& stored) {
  GivenLayers given;
  for (const StoredLayer& layer : stored) {
    given.layers.push_back({layer.name, {}});
    for (size_t i = 0; i < layer.weight_names.size(); ++i) {
      given.layers.back().values.push_back(layer.read(i));
    }
  }
  return given;
}

// "block/conv/kernel:0" is a weight of "conv".
std::string owner_of(const std::string& weight_name, const std::string& otherwise) {
  const size_t slash = weight_name.rfind('/');
  if (slash == std::string::npos) return otherwise;
  const std::string path = weight_name.substr(0, slash);
  const size_t parent = path.rfind('/');
  return parent == std::string::npos ? path : path.substr(parent + 1);
}

// A nested model's list, trained weights first, taken apart by the layers that its weights are named after.
GivenLayers split_layers(const std::vector<StoredLayer>& stored, const GivenLayers& listed,
                         const std::vector<WantedLayer>& wanted) {
  GivenLayers given;
  for (size_t i = 0; i < stored.size(); ++i) {
    const GivenLayer& whole = listed.layers[i];
    const bool is_layer = std::ranges::find(wanted, whole.name, &WantedLayer::name) != wanted.end();
    std::map<std::string, size_t> owners;
    for (size_t w = 0; w < whole.values.size(); ++w) {
      const std::string owner = is_layer ? whole.name : owner_of(stored[i].weight_names[w], whole.name);
      const auto [found, is_new] = owners.emplace(owner, given.layers.size());
      if (is_new) given.layers.push_back({owner, {}});
      given.layers[found->second].values.push_back(whole.values[w]);
    }
    given.in_order = given.in_order && owners.size() == 1;
  }
  return given;
}

std::vector<std::string> names_of(const std::vector<WantedLayer>& wanted, const LayerMatch& match) {
  std::vector<std::string> names;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (match.given[i] == nullptr) names.push_back(wanted[i].name);
  }
  return names;
}

// Every value is ready before the first is set.
LoadedWeights fill(const std::vector<WantedLayer>& wanted, const GivenLayers& given, const LayerMatch& match,
                   const std::string& path) {
  std::vector<Array> ready;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (match.given[i] == nullptr) continue;
    for (const Array& value : match.given[i]->values) {
      ready.push_back(to_float32(value, fmt::format("{}: a weight of layer '{}'", path, wanted[i].name)));
    }
  }
  LoadedWeights result{.missing = names_of(wanted, match), .unused = {}};
  for (const GivenLayer& layer : given.layers) {
    if (std::ranges::find(match.given, &layer) == match.given.end()) result.unused.push_back(layer.name);
  }
  auto next = ready.begin();
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (match.given[i] == nullptr) continue;
    for (Weight* weight : wanted[i].weights) weight->value = *next++;
  }
  return result;
}

LoadedWeights load_from_model(Model& model, const std::string& path, const LoadWeightsOptions& options) {
  GivenLayers given;
  const ModelPtr stored = load_model(path);
  for (const WantedLayer& layer : leaf_layers(*stored)) {
    given.layers.push_back({layer.name, {}});
    for (const Weight* weight : layer.weights) given.layers.back().values.push_back(weight->value);
  }
  const auto wanted = leaf_layers(model);
  const LayerMatch match = match_layers(wanted, given, options);
  if (!match.found()) throw InputError(path + ": " + match.error);
  return fill(wanted, given, match, path);
}

LoadedWeights load_legacy(Model& model, const H5Group& root, const std::string& path,
                          const LoadWeightsOptions& options) {
  const auto stored = stored_layers(root);
  const GivenLayers listed = listed_layers(stored);
  const auto leaves = leaf_layers(model);
  const GivenLayers split = split_layers(stored, listed, leaves);
  const LayerMatch match = match_layers(leaves, split, options);
  if (match.found()) return fill(leaves, split, match, path);
  // Models within models whose weights have no telling names.
  const auto own = own_layers(model);
  const LayerMatch nested = match_layers(own, listed, options);
  if (!nested.found()) throw InputError(path + ": " + match.error);
  return fill(own, listed, nested, path);
}

// The layers below a group of Keras 3's layout, by the names that it notes; older files note none.  Returns
// whether all have one.
bool collect_named(const H5Group& group, int depth, GivenLayers& given) {
  constexpr int kMaxDepth = 32;
  if (depth > kMaxDepth) throw InputError(group.where() + ": groups are nested too deeply");
  const auto layers = group.find_group("layers");
  if (!layers) return true;
  bool all = true;
  for (const std::string& name : layers->names()) {
    if (!layers->is_group(name)) continue;
    const H5Group layer = layers->group(name);
    all = collect_named(layer, depth + 1, given) && all;
    const auto vars = layer.find_group("vars");
    if (!vars || vars->names().empty()) continue;
    const auto own = vars->text_attribute("name");
    all = all && own.has_value();
    given.layers.push_back({own.value_or(name), {}});
    for (size_t i = 0; i < vars->names().size(); ++i) {
      given.layers.back().values.push_back(vars->read(std::to_string(i)));
    }
  }
  return all;
}

// Into a copy first: what does not fit is found on the way.
void fill_by_place(Model& model, const H5Group& root) {
  const LayerPtr copy = model.clone();
  auto& filled = dynamic_cast<Model&>(*copy);
  read_weights(filled, model_to_json(model).at("config"), root);
  const auto from = filled.weights();
  const auto to = model.weights();
  for (size_t i = 0; i < to.size(); ++i) to[i]->value = from[i]->value;
}

// As Keras does, by the places in the model; by the names that the file notes where these do not fit.
LoadedWeights load_keras3(Model& model, const H5Group& root, const std::string& path,
                          const LoadWeightsOptions& options) {
  GivenLayers given;
  const bool has_names = collect_named(root, 0, given);
  given.in_order = false;
  const auto wanted = leaf_layers(model);
  std::string why;
  if (options.match != MatchLayers::kName) {
    try {
      if (given.layers.size() != wanted.size()) {
        throw InputError(fmt::format("{}: has weights of {} layers, the model has {}", path,
                                     given.layers.size(), wanted.size()));
      }
      fill_by_place(model, root);
      return {};
    } catch (const InputError& error) {
      if (options.match == MatchLayers::kOrder || !has_names) throw;
      why = error.what() + std::string(", and by name ");
    }
  } else if (!has_names) {
    throw InputError(path + ": numbers its layers and does not name them; load it into the model it is of");
  }
  const LayerMatch match = match_layers(wanted, given, options);
  if (!match.found()) throw InputError((why.empty() ? path + ": " : why) + match.error);
  return fill(wanted, given, match, path);
}

}  // namespace

LoadedWeights load_weights(Model& model, const std::string& path, const LoadWeightsOptions& options) {
  if (file_kind(path) == FileKind::kLegacyH5) {
    const H5File file = H5File::from_image(read_file(path), path);
    const H5Group root = file.root();
    if (root.has("layers") && root.is_group("layers")) return load_keras3(model, root, path, options);
    if (!root.text_attribute("model_config")) return load_legacy(model, root, path, options);
  }
  return load_from_model(model, path, options);
}

}  // namespace nudge::keras
