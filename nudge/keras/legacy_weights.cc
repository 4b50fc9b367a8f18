#include "nudge/keras/legacy_weights.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"
#include "nudge/graph/named_layers.h"
#include "nudge/keras/stored_weight.h"
#include "nudge/keras/unread_layer.h"

namespace nudge::keras {
namespace {

// An attribute that is too long for HDF5's 64 KiB is cut into NAME0, NAME1, ...
std::optional<std::vector<std::string>> long_texts_attribute(const H5Group& group, const std::string& name) {
  if (auto whole = group.texts_attribute(name)) return whole;
  std::optional<std::vector<std::string>> all;
  for (int part = 0;; ++part) {
    const auto texts = group.texts_attribute(name + std::to_string(part));
    if (!texts) return all;
    if (!all) all.emplace();
    all->insert(all->end(), texts->begin(), texts->end());
  }
}

// "block/conv" is a group in a group.
H5Group group_at(H5Group group, const std::string& path) {
  size_t begin = 0;
  for (size_t end = 0; (end = path.find('/', begin)) != std::string::npos; begin = end + 1) {
    group = group.group(path.substr(begin, end - begin));
  }
  return group.group(path.substr(begin));
}

// A weight of a layer and the layer it belongs to, which a nested model's list does not say.
struct OwnedWeight {
  const Layer* owner;
  Weight* weight;
};

class LegacyOrder {
 public:
  std::vector<OwnedWeight> of(Layer& layer, const Json* config) {
    collect(layer, config);
    std::vector<OwnedWeight> all = std::move(trainable_);
    all.insert(all.end(), fixed_.begin(), fixed_.end());
    return all;
  }

 private:
  void collect(Layer& layer, const Json* config) {
    if (auto* model = dynamic_cast<Model*>(&layer)) return collect_model(*model, config);
    for (Weight* weight : layer.weights()) {
      if (!seen_.insert(weight).second) continue;
      (layer.trainable() && weight->trainable ? trainable_ : fixed_).push_back({&layer, weight});
    }
  }

  void collect_model(Model& model, const Json* config) {
    if (config == nullptr) {
      for (const LayerPtr& layer : model.layers()) collect(*layer, nullptr);
      return;
    }
    const std::string who = "model '" + model.name() + "': ";
    const NamedLayers by_name(model);
    for (const Json& entry : array_member(*config, "layers", who)) {
      const Json& inner = object_member(entry, "config", who);
      collect(*by_name.at(text_member(inner, "name", who)), &inner);
    }
  }

  std::set<const Weight*> seen_;
  std::vector<OwnedWeight> trainable_;
  std::vector<OwnedWeight> fixed_;
};

// Into NAME, or NAME0, NAME1, ... where one attribute would be too long.
void write_long_texts(H5Group& group, const std::string& name, const std::vector<std::string>& texts) {
  constexpr size_t kMostBytes = 60'000;
  size_t longest = 1;
  for (const std::string& text : texts) longest = std::max(longest, text.size());
  const size_t most = std::max<size_t>(1, kMostBytes / longest);
  if (texts.size() <= most) return group.write_attribute(name, texts);
  for (size_t begin = 0, part = 0; begin < texts.size(); begin += most, ++part) {
    const auto from = texts.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto count = static_cast<std::ptrdiff_t>(std::min(most, texts.size() - begin));
    group.write_attribute(name + std::to_string(part), std::vector<std::string>(from, from + count));
  }
}

H5Group group_in(H5Group& group, const std::string& name) {
  return group.has(name) ? group.group(name) : group.make_group(name);
}

void write_legacy_layer(Layer& layer, H5Group group) {
  std::vector<std::string> names;
  for (const auto& [owner, weight] : LegacyOrder().of(layer, nullptr)) {
    if (weight->value.empty()) {
      throw ValueError(describe(*owner, *weight) +
                       " has no value; initialize or train the model before saving");
    }
    // "cell/kernel" is in a group of its own.
    std::string path = owner->name();
    H5Group inner = group_in(group, path);
    std::string own = weight->name;
    for (size_t end = own.find('/'); end != own.npos; end = own.find('/')) {
      inner = group_in(inner, own.substr(0, end));
      path += "/" + own.substr(0, end);
      own.erase(0, end + 1);
    }
    // Layers of one name may stand in several models within this one.
    std::string name = own;
    for (int count = 1; inner.has(name); ++count) name = own + "_" + std::to_string(count);
    inner.write(name, weight->value);
    names.push_back(path + "/" + name);
  }
  write_long_texts(group, "weight_names", names);
}

void read_legacy_layer(Layer& layer, const StoredLayer& stored, const Json* config) {
  const auto weights = LegacyOrder().of(layer, config);
  if (weights.size() != stored.weight_names.size()) {
    throw InputError(stored.group.where() + ": layer '" + layer.name() + "' needs " +
                     std::to_string(weights.size()) + " weights, the file has " +
                     std::to_string(stored.weight_names.size()));
  }
  for (size_t i = 0; i < weights.size(); ++i) {
    fill_weight(*weights[i].owner, *weights[i].weight, stored.read(i),
                stored.group.where(stored.weight_names[i]));
  }
}

void collect_unread(const Model& model, std::map<std::string, UnreadLayer*>& found) {
  for (const LayerPtr& layer : model.layers()) {
    if (const auto* nested = dynamic_cast<const Model*>(layer.get())) collect_unread(*nested, found);
    if (auto* unread = dynamic_cast<UnreadLayer*>(layer.get())) found.emplace(layer->name(), unread);
  }
}

}  // namespace

Array StoredLayer::read(size_t index) const {
  const std::string& path = weight_names.at(index);
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return group.read(path);
  return group_at(group, path.substr(0, slash)).read(path.substr(slash + 1));
}

std::vector<StoredLayer> stored_layers(const H5Group& root) {
  const auto names = long_texts_attribute(root, "layer_names");
  if (!names)
    throw InputError(root.where() + ": lists no layers ('layer_names'), so it holds no Keras weights");
  std::vector<StoredLayer> layers;
  for (const std::string& name : *names) {
    const H5Group group = group_at(root, name);
    auto weight_names = long_texts_attribute(group, "weight_names");
    if (!weight_names) throw InputError(group.where() + ": lists no weights ('weight_names')");
    if (!weight_names->empty()) layers.push_back({name, std::move(*weight_names), group});
  }
  return layers;
}

std::vector<Weight*> legacy_order(Layer& layer, const Json* config) {
  std::vector<Weight*> weights;
  for (const OwnedWeight& owned : LegacyOrder().of(layer, config)) weights.push_back(owned.weight);
  return weights;
}

void read_legacy_weights(Model& model, const Json& config, const H5Group& root) {
  std::map<std::string, StoredLayer> stored;
  for (StoredLayer& layer : stored_layers(root)) {
    const std::string name = layer.name;
    if (!stored.emplace(name, std::move(layer)).second) {
      throw InputError(root.where() + ": two layers are named '" + name + "'");
    }
  }
  const std::string who = "model '" + model.name() + "': ";
  const NamedLayers by_name(model);
  for (const Json& entry : array_member(config, "layers", who)) {
    const Json& inner = object_member(entry, "config", who);
    Layer& layer = *by_name.at(text_member(inner, "name", who));
    if (layer.weights().empty()) continue;
    const auto found = stored.find(layer.name());
    if (found == stored.end()) {
      throw InputError(root.where() + ": has no weights for layer '" + layer.name() + "'");
    }
    read_legacy_layer(layer, found->second, &inner);
  }
}

void write_legacy_weights(const Model& model, H5Group root) {
  std::vector<std::string> names;
  for (const LayerPtr& layer : model.layers()) {
    names.push_back(layer->name());
    write_legacy_layer(*layer, root.make_group(layer->name()));
  }
  write_long_texts(root, "layer_names", names);
}

void note_legacy_weights(Model& model, const H5Group& root) {
  std::map<std::string, UnreadLayer*> unread;
  collect_unread(model, unread);
  for (const StoredLayer& stored : stored_layers(root)) {
    for (size_t i = 0; i < stored.weight_names.size(); ++i) {
      // A nested model's list names the layer before the weight: "encoder/dense/kernel:0".
      const std::string& path = stored.weight_names[i];
      auto found = unread.find(stored.name);
      for (const auto& [name, layer] : unread) {
        if (("/" + path).find("/" + name + "/") != std::string::npos) found = unread.find(name);
      }
      if (found != unread.end()) found->second->add_stored(path, stored.read(i).shape());
    }
  }
}

}  // namespace nudge::keras
