#include "nudge/keras/weight_file.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/keras/file_kind.h"
#include "nudge/keras/legacy_weights.h"
#include "nudge/keras/model_config.h"
#include "nudge/keras/save.h"
#include "nudge/keras/stored_weight.h"
#include "nudge/keras/weights.h"

namespace nudge::keras {
namespace {

// The layers that have weights, those of nested models among them, in Keras's order.
void collect_layers(Model& model, std::vector<Layer*>& found) {
  for (const LayerPtr& layer : model.layers()) {
    if (auto* nested = dynamic_cast<Model*>(layer.get())) {
      collect_layers(*nested, found);
    } else if (!layer->weights().empty()) {
      found.push_back(layer.get());
    }
  }
}

std::vector<Layer*> layers_with_weights(Model& model) {
  std::vector<Layer*> found;
  collect_layers(model, found);
  return found;
}

std::string counted(size_t count, const char* what) { return std::to_string(count) + " " + what; }

// One layer of a file, however the file holds it.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::vector<std::string> layers() const = 0;
  virtual void fill(Layer& layer, size_t index) const = 0;
};

class LegacySource : public Source {
 public:
  explicit LegacySource(const H5Group& root) : stored_(stored_layers(root)) {}

  std::vector<std::string> layers() const override {
    std::vector<std::string> names;
    for (const StoredLayer& layer : stored_) names.push_back(layer.name);
    return names;
  }
  void fill(Layer& layer, size_t index) const override { read_legacy_layer(layer, stored_[index]); }

 private:
  std::vector<StoredLayer> stored_;
};

// A whole model: its layers, nested ones too, as they are once it is read.
class ModelSource : public Source {
 public:
  explicit ModelSource(const std::string& path)
      : path_(path), model_(load_model(path)), layers_(layers_with_weights(*model_)) {}

  std::vector<std::string> layers() const override {
    std::vector<std::string> names;
    for (const Layer* layer : layers_) names.push_back(layer->name());
    return names;
  }
  void fill(Layer& layer, size_t index) const override {
    const auto given = layers_[index]->weights();
    const auto wanted = layer.weights();
    if (given.size() != wanted.size()) {
      throw InputError(path_ + ": layer '" + layer.name() + "' needs " + counted(wanted.size(), "weights") +
                       ", the file's layer '" + layers_[index]->name() + "' has " +
                       std::to_string(given.size()));
    }
    for (size_t i = 0; i < wanted.size(); ++i) fill_weight(layer, *wanted[i], given[i]->value.clone(), path_);
  }

 private:
  std::string path_;
  ModelPtr model_;
  std::vector<Layer*> layers_;
};

void fill_by_order(const std::vector<Layer*>& layers, const Source& source, const std::string& path) {
  const std::vector<std::string> stored = source.layers();
  if (stored.size() != layers.size()) {
    throw InputError(path + ": has weights of " + counted(stored.size(), "layers") + ", the model has " +
                     std::to_string(layers.size()) + " with weights");
  }
  for (size_t i = 0; i < layers.size(); ++i) source.fill(*layers[i], i);
}

LoadedWeights fill_by_name(const std::vector<Layer*>& layers, const Source& source, const std::string& path) {
  std::map<std::string, size_t> stored;
  LoadedWeights result;
  const std::vector<std::string> names = source.layers();
  for (size_t i = 0; i < names.size(); ++i) stored.emplace(names[i], i);
  std::set<std::string> used;
  for (Layer* layer : layers) {
    const auto found = stored.find(layer->name());
    if (found == stored.end()) {
      result.missing.push_back(layer->name());
      continue;
    }
    source.fill(*layer, found->second);
    used.insert(layer->name());
  }
  for (const auto& [name, index] : stored) {
    if (!used.contains(name)) result.unused.push_back(name);
  }
  if (used.empty()) {
    throw InputError(path + ": none of its " + counted(stored.size(), "layers") +
                     " has the name of a layer of the model");
  }
  return result;
}

bool shares_a_name(const std::vector<Layer*>& layers, const Source& source) {
  const std::vector<std::string> stored = source.layers();
  const std::set<std::string> names(stored.begin(), stored.end());
  return std::any_of(layers.begin(), layers.end(),
                     [&](const Layer* layer) { return names.contains(layer->name()); });
}

// Keras 3's own layout goes by the place in the model, not by names.
bool is_keras3_weights(const H5Group& root) { return root.has("layers") && root.is_group("layers"); }

}  // namespace

LoadedWeights load_weights(Model& model, const std::string& path, const LoadWeightsOptions& options) {
  std::unique_ptr<const Source> source;
  if (file_kind(path) == FileKind::kLegacyH5) {
    const H5File file = H5File::from_image(read_file(path), path);
    const H5Group root = file.root();
    if (is_keras3_weights(root)) {
      if (options.match == MatchLayers::kName) {
        throw InputError(path +
                         ": numbers its layers and does not name them; load it into the model it is of");
      }
      read_weights(model, model_to_json(model).at("config"), root);
      return {};
    }
    if (!root.text_attribute("model_config")) source = std::make_unique<LegacySource>(root);
  }
  if (source == nullptr) source = std::make_unique<ModelSource>(path);
  const std::vector<Layer*> layers = layers_with_weights(model);
  const bool by_name = options.match == MatchLayers::kName ||
                       (options.match == MatchLayers::kAuto && shares_a_name(layers, *source));
  if (by_name) return fill_by_name(layers, *source, path);
  fill_by_order(layers, *source, path);
  return {};
}

}  // namespace nudge::keras
