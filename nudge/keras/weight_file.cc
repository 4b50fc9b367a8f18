#include "nudge/keras/weight_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/finite.h"
#include "nudge/keras/file_kind.h"
#include "nudge/keras/layer_match.h"
#include "nudge/keras/legacy_weights.h"
#include "nudge/keras/model_config.h"
#include "nudge/keras/quantizer_members.h"
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

LoadedWeights left_alone(const std::vector<WantedLayer>& wanted, const GivenLayers& given,
                         const LayerMatch& match) {
  LoadedWeights result;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (match.given[i] == nullptr) result.missing.push_back(wanted[i].name);
  }
  for (const GivenLayer& layer : given.layers) {
    if (std::ranges::find(match.given, &layer) == match.given.end()) result.unused.push_back(layer.name);
  }
  return result;
}

// Every value is ready before the first is set.
LoadedWeights fill(const std::vector<WantedLayer>& wanted, const GivenLayers& given, const LayerMatch& match,
                   const std::string& path) {
  std::vector<Array> ready;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (match.given[i] == nullptr) continue;
    for (const Array& value : match.given[i]->values) {
      const std::string which = fmt::format("{}: a weight of layer '{}'", path, wanted[i].name);
      ready.push_back(to_float32(value, which));
      check_finite(ready.back(), which);
    }
  }
  auto next = ready.begin();
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (match.given[i] == nullptr) continue;
    for (Weight* weight : wanted[i].weights) weight->value = *next++;
  }
  return left_alone(wanted, given, match);
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
  const GivenLayers listed = read_listed_layers(root);
  const auto leaves = leaf_layers(model);
  std::vector<std::string> names;
  for (const WantedLayer& leaf : leaves) names.push_back(leaf.name);
  const GivenLayers apart = take_apart(listed, names);
  const LayerMatch match = match_layers(leaves, apart, options);
  if (match.found()) return fill(leaves, apart, match, path);
  // Models within models whose weights have no telling names.
  const auto own = own_layers(model);
  const LayerMatch nested = match_layers(own, listed, options);
  if (!nested.found()) throw InputError(path + ": " + match.error);
  return fill(own, listed, nested, path);
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
  const GivenLayers given = read_placed_layers(root);
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
      if (options.match == MatchLayers::kOrder || !given.has_names) throw;
      why = error.what() + std::string(", and by name ");
    }
  } else if (!given.has_names) {
    throw InputError(path + ": numbers its layers and does not name them; load it into the model it is of");
  }
  const LayerMatch match = match_layers(wanted, given, options);
  if (!match.found()) throw InputError((why.empty() ? path + ": " : why) + match.error);
  return fill(wanted, given, match, path);
}

}  // namespace

void save_weights(const Model& model, const std::string& path, const OptimizerState* optimizer) {
  if (!path.ends_with(".weights.h5")) throw ValueError(path + ": weights alone end in .weights.h5");
  if (holds_quantizers(model)) {
    throw ValueError(path + ": .weights.h5 holds the weights of float models only; end the name in .keras");
  }
  H5File file = H5File::create(path);
  write_weights(model, file.root());
  if (optimizer != nullptr) write_optimizer(model, *optimizer, file.root());
  write_file(path, file.image());
}

LoadedWeights load_weights(Model& model, const std::string& path, const LoadWeightsOptions& options) {
  if (file_kind(path) == FileKind::kLegacyH5) {
    const std::vector<std::byte> bytes = read_file(path);
    const H5File file = H5File::from_image(bytes, path);
    const H5Group root = file.root();
    if (root.has("layers") && root.is_group("layers")) return load_keras3(model, root, path, options);
    if (!root.text_attribute("model_config")) return load_legacy(model, root, path, options);
  }
  return load_from_model(model, path, options);
}

}  // namespace nudge::keras
