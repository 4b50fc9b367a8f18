#include "nudge/keras/layer_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace nudge::keras {
namespace {

LayerMatch none(std::string error) { return {.given = {}, .error = std::move(error)}; }

// Empty where the values go into the layer.
std::string misfit(const WantedLayer& wanted, const GivenLayer& given) {
  if (wanted.weights.size() != given.values.size()) {
    return fmt::format("layer '{}' needs {} weights, the file's '{}' has {}", wanted.name,
                       wanted.weights.size(), given.name, given.values.size());
  }
  for (size_t i = 0; i < given.values.size(); ++i) {
    if (wanted.weights[i]->shape == given.values[i].shape()) continue;
    return fmt::format("layer '{}' has a {} of shape {}, the file's '{}' one of {}", wanted.name,
                       wanted.weights[i]->name, to_string(wanted.weights[i]->shape), given.name,
                       to_string(given.values[i].shape()));
  }
  return "";
}

// By name; empty where two have one name.
template <typename Named>
std::map<std::string, size_t> by_unique_name(const std::vector<Named>& layers) {
  std::map<std::string, size_t> found;
  for (size_t i = 0; i < layers.size(); ++i) {
    if (!found.emplace(layers[i].name, i).second) return {};
  }
  return found;
}

class Matcher {
 public:
  Matcher(const std::vector<WantedLayer>& wanted, const GivenLayers& given, const LoadWeightsOptions& options)
      : wanted_(wanted),
        given_(given.layers),
        wanted_names_(by_unique_name(wanted)),
        given_names_(by_unique_name(given.layers)),
        has_order_(given.in_order),
        head_may_differ_(options.head == HeadWeights::kMayDiffer) {}

  LayerMatch automatic() const {
    LayerMatch names = all_names(false);
    LayerMatch order = in_order(false);
    if (names.found() && order.found()) return somebody_named_what_differs(names, order) ? names : order;
    if (names.found()) return names;
    if (order.found()) return order;
    if (LayerMatch match = all_names(true); match.found()) return match;
    order = in_order(head_may_differ_);
    if (order.found()) return order;
    if (!has_order_ || names.error == order.error) return none(names.error);
    return none(
        fmt::format("goes with the model neither by name ({}) nor by order ({})", names.error, order.error));
  }

  LayerMatch named() const {
    if (given_names_.empty() || wanted_names_.empty()) {
      return none("cannot be taken by name: two of its layers, or of the model's, have one name");
    }
    LayerMatch match;
    bool any = false;
    for (size_t i = 0; i < wanted_.size(); ++i) {
      match.given.push_back(given_named(wanted_[i].name));
      if (match.given[i] == nullptr) continue;
      const std::string why = misfit(wanted_[i], *match.given[i]);
      if (!why.empty() && !(head_may_differ_ && i + 1 == wanted_.size())) return none(why);
      if (!why.empty()) match.given[i] = nullptr;
      any = any || match.given[i] != nullptr;
    }
    if (!any) {
      return none(fmt::format("none of its {} layers has the name of a layer of the model", given_.size()));
    }
    return match;
  }

  // The same number of layers, or with another head one more or less.
  LayerMatch in_order(bool but_head) const {
    if (!has_order_) return none("the file does not keep the order of its layers");
    const size_t fewer = std::min(wanted_.size(), given_.size());
    const size_t more = std::max(wanted_.size(), given_.size());
    if (more - fewer > (but_head ? 1U : 0U)) {
      return none(
          fmt::format("it has weights of {} layers, the model has {}", given_.size(), wanted_.size()));
    }
    LayerMatch match;
    match.given.resize(wanted_.size(), nullptr);
    for (size_t i = 0; i < fewer; ++i) {
      const std::string why = misfit(wanted_[i], given_[i]);
      if (why.empty()) {
        match.given[i] = &given_[i];
      } else if (!but_head || i == 0 || i + 1 < more) {
        return none(why);
      }
    }
    return match;
  }

 private:
  bool somebody_named_what_differs(const LayerMatch& names, const LayerMatch& order) const {
    for (size_t i = 0; i < wanted_.size(); ++i) {
      if (names.given[i] != order.given[i] && !wanted_[i].automatic_name) return true;
    }
    return false;
  }

  const GivenLayer* given_named(const std::string& name) const {
    const auto found = given_names_.find(name);
    return found == given_names_.end() ? nullptr : &given_[found->second];
  }

  // Why a layer of the side that has fewer finds no partner of its name; empty where it does.
  std::string without_partner(size_t index, bool fewer_given) const {
    const std::string& name = fewer_given ? given_[index].name : wanted_[index].name;
    const auto wanted = wanted_names_.find(name);
    const auto given = given_names_.find(name);
    if (wanted == wanted_names_.end()) return fmt::format("the model has no layer '{}'", name);
    if (given == given_names_.end()) return fmt::format("it has no layer '{}'", name);
    return misfit(wanted_[wanted->second], given_[given->second]);
  }

  // Every layer of the side that has fewer by name and shapes; with another head, but for its last.
  LayerMatch all_names(bool but_head) const {
    if (given_names_.empty() || wanted_names_.empty()) return none("two layers have one name");
    const bool fewer_given = given_.size() <= wanted_.size();
    const size_t fewer = fewer_given ? given_.size() : wanted_.size();
    for (size_t i = 0; i < fewer; ++i) {
      const std::string why = without_partner(i, fewer_given);
      const bool is_head = but_head && i > 0 && i + 1 == fewer;
      if (!why.empty() && !is_head) return none(why);
    }
    LayerMatch match;
    for (const WantedLayer& layer : wanted_) {
      const GivenLayer* found = given_named(layer.name);
      if (found == nullptr) {
        match.given.push_back(nullptr);
        continue;
      }
      const std::string why = misfit(layer, *found);
      if (!why.empty() && !head_may_differ_) return none(why);
      match.given.push_back(why.empty() ? found : nullptr);
    }
    return match;
  }

  const std::vector<WantedLayer>& wanted_;
  const std::vector<GivenLayer>& given_;
  const std::map<std::string, size_t> wanted_names_;
  const std::map<std::string, size_t> given_names_;
  const bool has_order_;
  const bool head_may_differ_;
};

}  // namespace

LayerMatch match_layers(const std::vector<WantedLayer>& wanted, const GivenLayers& given,
                        const LoadWeightsOptions& options) {
  if (given.layers.empty()) return none("holds no weights");
  if (wanted.empty()) return none("is for a model with weights, and this one has none");
  const Matcher matcher(wanted, given, options);
  switch (options.match) {
    case MatchLayers::kName:
      return matcher.named();
    case MatchLayers::kOrder:
      return matcher.in_order(options.head == HeadWeights::kMayDiffer);
    case MatchLayers::kAuto:
      break;
  }
  return matcher.automatic();
}

}  // namespace nudge::keras
