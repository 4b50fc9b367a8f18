#include "nudge/keras/weights.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"
#include "nudge/graph/named_layers.h"
#include "nudge/keras/named_arrays.h"
#include "nudge/keras/stored_weight.h"
#include "nudge/keras/tfmot_weights.h"
#include "nudge/keras/unread_layer.h"

namespace nudge::keras {
namespace {

// "dense", "dense_1", ...: names within one "layers" group.
class GroupNames {
 public:
  std::string next(const Layer& layer) {
    // Keras exports this class under another name than its own.
    const bool renamed = layer.class_name() == "GroupQueryAttention";
    const std::string base = renamed ? "grouped_query_attention" : snake_case(layer.class_name());
    const int count = counts_[base]++;
    return count == 0 ? base : base + "_" + std::to_string(count);
  }

 private:
  std::map<std::string, int> counts_;
};

using Seen = std::set<const Layer*>;

// What tf.keras 2.12 to 2.14 call the group of a functional model's layers.
constexpr const char* kCheckpointLayers = "_layer_checkpoint_dependencies";

// The groups of a file's layers, by class in the order of their numbers; tf.keras leaves some numbers out.
class NumberedGroups {
 public:
  explicit NumberedGroups(const H5Group& layers) {
    for (const std::string& name : layers.names()) {
      const size_t end = name.find_last_not_of("0123456789");
      const bool numbered = end != name.npos && end + 1 < name.size() && end > 0 && name[end] == '_';
      // Nine digits are more than any file has.
      const int number = numbered ? std::stoi(name.substr(end + 1, 9)) : 0;
      groups_[numbered ? name.substr(0, end) : name].emplace(number, name);
    }
  }

  // Empty when there is none left.
  std::string next(const Layer& layer) {
    auto& left = groups_[snake_case(layer.class_name())];
    return left.empty() ? "" : left.extract(left.begin()).mapped();
  }

 private:
  std::map<std::string, std::map<int, std::string>> groups_;
};

// Keras leaves the InputLayer that starts a Sequential out of its layers.
bool is_left_out(const Model& model, const Layer& layer) {
  return model.class_name() == "Sequential" && layer.class_name() == "InputLayer";
}

H5Group make_vars(H5Group group, const Layer& layer) {
  H5Group vars = group.make_group("vars");
  vars.write_attribute("name", layer.name());
  return vars;
}

// "cell" of the weight "cell/kernel", within the group that the layer keeps its weights in; empty: none.
std::string group_of(const Layer& layer, const Weight& weight) {
  const size_t end = weight.name.rfind('/');
  const std::string own = end == weight.name.npos ? "" : weight.name.substr(0, end);
  const std::string path = layer.weight_path(weight);
  return path.empty() || own.empty() ? path + own : path + "/" + own;
}

// The weights of each group, in their order.
std::map<std::string, std::vector<const Weight*>> by_group(const Layer& layer) {
  std::map<std::string, std::vector<const Weight*>> groups;
  // Keras keeps the kernel that this class moves with the class's own weights too.
  if (layer.class_name() == "SpectralNormalization") {
    for (const Weight* weight : layer.weights()) {
      if (weight->name == "kernel" || weight->name == "embeddings") groups[""].push_back(weight);
    }
  }
  for (const Weight* weight : layer.weights()) groups[group_of(layer, *weight)].push_back(weight);
  return groups;
}

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  std::istringstream stream(path);
  for (std::string part; std::getline(stream, part, '/');) parts.push_back(part);
  return parts;
}

void write_layer(const Layer& layer, H5Group own) {
  H5Group vars = make_vars(own, layer);
  for (const auto& [path, weights] : by_group(layer)) {
    H5Group group = own;
    for (const std::string& part : parts_of(path))
      group = group.has(part) ? group.group(part) : group.make_group(part);
    H5Group target = path.empty() ? vars : group.make_group("vars");
    int index = 0;
    for (const Weight* weight : weights) {
      if (weight->value.empty()) {
        throw ValueError(describe(layer, *weight) +
                         " has no value; initialize or train the model before saving");
      }
      target.write(std::to_string(index++), weight->value);
    }
  }
}

void write_model(const Model& model, H5Group group, Seen& seen) {
  make_vars(group, model);
  H5Group layers = group.make_group("layers");
  GroupNames names;
  for (const LayerPtr& layer : model.layers()) {
    if (is_left_out(model, *layer)) continue;
    const std::string name = names.next(*layer);
    if (!seen.insert(layer.get()).second) continue;
    H5Group own = layers.make_group(name);
    if (const auto* nested = dynamic_cast<const Model*>(layer.get())) {
      write_model(*nested, own, seen);
      continue;
    }
    write_layer(*layer, own);
  }
}

void read_layer(Layer& layer, const H5Group& layers, const std::string& name) {
  const auto weights = layer.weights();
  if (weights.empty()) return;
  if (!layers.has(name)) {
    throw InputError(layers.where(name) + ": is missing, so layer '" + layer.name() + "' has no weights");
  }
  auto* wrapper = dynamic_cast<quantize::QuantizeWrapper*>(&layer);
  if (wrapper != nullptr && has_tfmot_layout(layers.group(name))) {
    return read_tfmot_wrapper(*wrapper, layers.group(name));
  }
  for (const auto& [path, of_group] : by_group(layer)) {
    H5Group group = layers.group(name);
    for (const std::string& part : parts_of(path)) group = group.group(part);
    const H5Group vars = group.group("vars");
    const size_t stored = vars.names().size();
    if (stored != of_group.size()) {
      throw InputError(vars.where() + ": layer '" + layer.name() + "' needs " +
                       std::to_string(of_group.size()) + " weights, the file has " + std::to_string(stored));
    }
    for (size_t i = 0; i < of_group.size(); ++i) {
      const std::string index = std::to_string(i);
      const auto weight = std::find(weights.begin(), weights.end(), of_group[i]);
      fill_weight(layer, **weight, vars.read(index), vars.where(index));
    }
  }
}

// Calls visit(layer, layers, name) with the group and the name in it of every layer that is no model, once.
template <typename Visit>
void walk(Model& model, const Json& config, const H5Group& group, Seen& seen, const Visit& visit) {
  const bool is_checkpoint = !group.has("layers") && group.has(kCheckpointLayers);
  if (!is_checkpoint && !group.has("layers")) {
    throw InputError(group.where("layers") + ": is missing; only the layout of Keras 3 is read");
  }
  const H5Group layers = group.group(is_checkpoint ? kCheckpointLayers : "layers");
  std::optional<NumberedGroups> numbered;
  if (is_checkpoint) numbered.emplace(layers);
  const std::string who = "model '" + model.name() + "': ";
  const NamedLayers by_name(model);
  GroupNames names;
  for (const Json& entry : array_member(config, "layers", who)) {
    const Json& inner = object_member(entry, "config", who);
    Layer& layer = *by_name.at(text_member(inner, "name", who));
    if (is_left_out(model, layer)) continue;
    const std::string by_class = names.next(layer);
    if (!seen.insert(&layer).second) continue;
    const std::string name = numbered ? numbered->next(layer) : by_class;
    if (auto* nested = dynamic_cast<Model*>(&layer)) {
      walk(*nested, inner, layers.group(name), seen, visit);
    } else {
      visit(layer, layers, name);
    }
  }
}

}  // namespace

void write_weights(const Model& model, H5Group root) {
  Seen seen;
  write_model(model, std::move(root), seen);
}

void read_weights(Model& model, const Json& config, const H5Group& root) {
  Seen seen;
  walk(model, config, root, seen, read_layer);
}

void note_stored_weights(Model& model, const Json& config, const H5Group& root) {
  Seen seen;
  walk(model, config, root, seen, [](Layer& layer, const H5Group& layers, const std::string& name) {
    auto* unread = dynamic_cast<UnreadLayer*>(&layer);
    if (unread == nullptr || !layers.has(name)) return;
    for (const auto& [path, array] : read_arrays(layers.group(name))) unread->add_stored(path, array.shape());
  });
}

}  // namespace nudge::keras
