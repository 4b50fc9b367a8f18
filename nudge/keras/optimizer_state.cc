#include "nudge/keras/optimizer_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"

namespace nudge::keras {
namespace {

constexpr const char* kGroup = "optimizer";
constexpr const char* kFromLogits = "_from_logits";

// What Keras's configuration of an optimizer may say and nudge's optimizers have.
enum class Kind { kNumber, kFlag, kInteger };
struct Option {
  const char* name;
  Kind kind = Kind::kNumber;
};
constexpr Option kOptions[] = {{"momentum"},
                               {"nesterov", Kind::kFlag},
                               {"rho"},
                               {"epsilon"},
                               {"centered", Kind::kFlag},
                               {"beta_1"},
                               {"beta_2"},
                               {"initial_accumulator_value"},
                               {"weight_decay"},
                               {"clipvalue"},
                               {"clipnorm"},
                               {"global_clipnorm"},
                               {"use_ema", Kind::kFlag},
                               {"ema_momentum"},
                               {"ema_overwrite_frequency", Kind::kInteger},
                               {"gradient_accumulation_steps", Kind::kInteger}};

Json option_json(const std::string& name, double value) {
  for (const Option& option : kOptions) {
    if (name != option.name) continue;
    if (option.kind == Kind::kFlag) return value != 0.0;
    if (option.kind == Kind::kInteger) return static_cast<int64_t>(value);
  }
  return value;
}

// The averages of a class that does not choose them by its options.
struct Averages {
  const char* class_name;
  std::vector<std::string> of_a_weight;
};
const std::vector<Averages>& fixed_averages() {
  static const std::vector<Averages> all{{"SGD", {}},
                                         {"RMSprop", {"velocity"}},
                                         {"Adam", {"momentum", "velocity"}},
                                         {"AdamW", {"momentum", "velocity"}},
                                         {"Adamax", {"momentum", "norm"}},
                                         {"Nadam", {"momentum", "velocity"}},
                                         {"Adagrad", {"accumulator"}},
                                         {"Lion", {"momentum"}}};
  return all;
}

double option(const OptimizerState& state, const std::string& name) {
  const auto found = state.options.find(name);
  return found == state.options.end() ? 0.0 : found->second;
}

// The averages in the order of the file: one list after another, each weight by weight with all names of the
// list (add_optimizer_variables in keras/src/optimizers/base_optimizer.py).
std::vector<std::vector<std::string>> lists(const OptimizerState& state) {
  std::vector<std::vector<std::string>> lists;
  if (option(state, "use_ema") != 0.0) lists.push_back({"average"});
  if (option(state, "gradient_accumulation_steps") != 0.0) lists.push_back({"gradient_accumulator"});
  for (const Averages& averages : fixed_averages()) {
    if (averages.class_name == state.class_name && !averages.of_a_weight.empty()) {
      lists.push_back(averages.of_a_weight);
    }
  }
  const bool by_options = state.class_name == "SGD" || state.class_name == "RMSprop";
  if (by_options && option(state, "momentum") != 0.0) lists.push_back({"momentum"});
  if (by_options && option(state, "centered") != 0.0) lists.push_back({"average_gradient"});
  return lists;
}

// Nadam's product of all momenta so far, the one variable behind the averages; Keras computes in float32.
bool has_product(const OptimizerState& state) { return state.class_name == "Nadam"; }
float product_of_momenta(const OptimizerState& state) {
  const auto every = std::max<int64_t>(1, static_cast<int64_t>(option(state, "gradient_accumulation_steps")));
  const auto beta_1 = static_cast<float>(option(state, "beta_1"));
  float product = 1;
  for (int64_t t = 1; t <= state.iterations / every && product > 0; ++t) {
    product *= beta_1 * (1.0F - 0.5F * std::pow(0.96F, static_cast<float>(t)));
  }
  return product;
}

// Which average of which weight stands behind the iteration and the learning rate.
std::vector<std::pair<size_t, std::string>> places(const OptimizerState& state, size_t weights) {
  std::vector<std::pair<size_t, std::string>> places;
  for (const auto& list : lists(state)) {
    for (size_t weight = 0; weight < weights; ++weight) {
      for (const std::string& name : list) places.emplace_back(weight, name);
    }
  }
  return places;
}

void add_trainable(const Model& model, std::set<const Layer*>& seen, std::vector<const Weight*>& weights) {
  for (const LayerPtr& layer : model.layers()) {
    if (!seen.insert(layer.get()).second) continue;
    if (const auto* nested = dynamic_cast<const Model*>(layer.get())) {
      add_trainable(*nested, seen, weights);
      continue;
    }
    if (!layer->trainable()) continue;
    for (const Weight* weight : std::as_const(*layer).weights()) {
      if (weight->trainable) weights.push_back(weight);
    }
  }
}

// "huber:delta=0.5": a name with options.
Json loss_config(const std::string& loss) {
  if (loss.empty()) return nullptr;
  const size_t colon = loss.find(':');
  std::string name = loss.substr(0, colon);
  const bool from_logits = name.ends_with(kFromLogits);
  if (colon == std::string::npos && !from_logits) return name;
  if (from_logits) name.resize(name.size() - std::string(kFromLogits).size());
  std::string class_name;
  bool starts_word = true;
  for (const char c : name) {
    if (c != '_') class_name += starts_word ? static_cast<char>(std::toupper(c)) : c;
    starts_word = c == '_';
  }
  Json config{{"name", name}, {"reduction", "sum_over_batch_size"}};
  if (from_logits) config["from_logits"] = true;
  std::istringstream options(colon == std::string::npos ? "" : loss.substr(colon + 1));
  for (std::string option; std::getline(options, option, ',');) {
    const size_t equals = option.find('=');
    const std::string key = option.substr(0, equals);
    const double value = std::stod(option.substr(equals + 1));
    config[key] = key == "apply_class_balancing" ? Json(value != 0.0) : Json(value);
  }
  return {{"module", "keras.losses"},
          {"class_name", class_name},
          {"config", config},
          {"registered_name", nullptr}};
}

// What nudge tells by default of such a loss.
Json metrics_config(const std::string& loss) {
  if (loss.empty()) return nullptr;
  return {loss.find("crossentropy") == std::string::npos ? "mean_absolute_error" : "accuracy"};
}

// Options that change how Keras trains and that nudge's optimizers do not have.
std::string foreign_option(const Json& config) {
  for (const char* name : {"loss_scale_factor", "amsgrad"}) {
    if (!config.contains(name)) continue;
    const Json& value = config.at(name);
    if (!value.is_null() && value != false && value != 0) return name;
  }
  return config.at("learning_rate").is_number() ? "" : "a learning rate that follows a schedule";
}

// What compile_config says; `unread` where that is more than nudge knows.
OptimizerState described(const Json& compiled) {
  OptimizerState state;
  const Json& optimizer = compiled.at("optimizer");
  state.class_name =
      optimizer.is_string() ? optimizer.get<std::string>() : optimizer.at("class_name").get<std::string>();
  std::string known;
  bool found = false;
  for (const Averages& averages : fixed_averages()) {
    found = found || averages.class_name == state.class_name;
    known += (known.empty() ? "" : ", ") + std::string(averages.class_name);
  }
  if (!found || !optimizer.is_object()) {
    state.unread = "optimizer " + state.class_name + " is not one of " + known;
    return state;
  }
  const Json& config = optimizer.at("config");
  if (const std::string foreign = foreign_option(config); !foreign.empty()) {
    state.unread = state.class_name + " has " + foreign;
    return state;
  }
  state.learning_rate = config.at("learning_rate").get<double>();
  for (const auto& [name, kind] : kOptions) {
    if (!config.contains(name) || config.at(name).is_null()) continue;
    const Json& value = config.at(name);
    const double number = value.is_boolean() ? (value.get<bool>() ? 1.0 : 0.0) : value.get<double>();
    state.options[name] = number;
  }
  if (compiled.contains("loss") && compiled.at("loss").is_string()) {
    state.loss = compiled.at("loss").get<std::string>();
  }
  return state;
}

int64_t integer(const Array& value, const std::string& where) {
  if (value.size() == 1 && value.type() == DataType::kInt32) return value.data<int32_t>()[0];
  if (value.size() == 1 && value.type() == DataType::kInt64) return value.data<int64_t>()[0];
  throw InputError(where + ": must be one integer, the number of steps");
}

void read_variables(const Model& model, const H5Group& vars, OptimizerState& state) {
  const std::vector<const Weight*> weights = trainable_weights(model);
  const auto wanted = places(state, weights.size());
  const size_t stored = vars.names().size();
  const size_t needed = wanted.size() + (has_product(state) ? 3 : 2);
  if (stored != needed) {
    state.unread = fmt::format("{} has {} variables, the model's trainable weights ask for {}",
                               state.class_name, stored, needed);
    return;
  }
  const int64_t iterations = integer(vars.read("0"), vars.where("0"));
  if (iterations < 0) throw InputError(vars.where("0") + ": the number of steps is negative");
  const Array rate = vars.read("1");
  if (rate.size() != 1 || rate.type() != DataType::kFloat32 || !std::isfinite(rate.data<float>()[0])) {
    throw InputError(vars.where("1") + ": must be one finite number, the learning rate");
  }
  state.iterations = iterations;
  // Training may have changed it since compile().
  if (static_cast<float>(state.learning_rate) != rate.data<float>()[0]) {
    state.learning_rate = static_cast<double>(rate.data<float>()[0]);
  }
  state.averages.resize(weights.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    const auto& [weight, name] = wanted[i];
    const std::string index = std::to_string(i + 2);
    const Array value = vars.read(index);
    if (value.type() != DataType::kFloat32 || value.shape() != weights[weight]->shape) {
      throw InputError(fmt::format("{}: {} of weight '{}' must be float32 {}, the file has {} {}",
                                   vars.where(index), name, weights[weight]->name,
                                   nudge::to_string(weights[weight]->shape), to_string(value.type()),
                                   nudge::to_string(value.shape())));
    }
    state.averages[weight][name] = value;
  }
}

// As Keras names an optimizer that was given none.
std::string optimizer_name(const OptimizerState& state) {
  std::string name;
  for (const char c : state.class_name) name += static_cast<char>(std::tolower(c));
  return name;
}

}  // namespace

std::vector<const Weight*> trainable_weights(const Model& model) {
  std::set<const Layer*> seen;
  std::vector<const Weight*> weights;
  add_trainable(model, seen, weights);
  return weights;
}

Json compile_config(const OptimizerState& state) {
  Json config{{"name", optimizer_name(state)}, {"learning_rate", state.learning_rate}};
  for (const auto& [key, value] : state.options) {
    config[key] = option_json(key, value);
  }
  return {{"optimizer",
           {{"module", "keras.optimizers"},
            {"class_name", state.class_name},
            {"config", config},
            {"registered_name", nullptr}}},
          {"loss", loss_config(state.loss)},
          {"loss_weights", nullptr},
          {"metrics", metrics_config(state.loss)},
          {"weighted_metrics", nullptr},
          {"run_eagerly", false},
          {"steps_per_execution", 1},
          {"jit_compile", "auto"}};
}

void write_optimizer(const Model& model, const OptimizerState& state, H5Group root) {
  const std::vector<const Weight*> weights = trainable_weights(model);
  if (state.averages.size() != weights.size()) {
    throw ValueError(fmt::format("the optimizer's state is of {} weights, model '{}' trains {}",
                                 state.averages.size(), model.name(), weights.size()));
  }
  H5Group vars = root.make_group(kGroup).make_group("vars");
  vars.write_attribute("name", optimizer_name(state));
  vars.write("0", Array::of<int32_t>({}, {static_cast<int32_t>(state.iterations)}));
  vars.write("1", Array::of<float>({}, {static_cast<float>(state.learning_rate)}));
  int index = 2;
  for (const auto& [weight, name] : places(state, weights.size())) {
    const auto& averages = state.averages[weight];
    const auto found = averages.find(name);
    // A weight that no step has moved yet.
    const auto start =
        static_cast<float>(name == "accumulator" ? option(state, "initial_accumulator_value") : 0.0);
    const Array value =
        found == averages.end() ? Array::full<float>(weights[weight]->shape, start) : found->second;
    vars.write(std::to_string(index++), value);
  }
  if (has_product(state)) {
    vars.write(std::to_string(index), Array::of<float>({}, {product_of_momenta(state)}));
  }
}

OptimizerState read_optimizer(const Model& model, const Json& config, const H5Group& root) {
  if (!config.is_object() || !config.contains("compile_config") || !config.at("compile_config").is_object()) {
    return {};
  }
  const Json& compiled = config.at("compile_config");
  if (!compiled.contains("optimizer") || compiled.at("optimizer").is_null()) return {};
  OptimizerState state{.class_name = "an optimizer"};
  try {
    state = described(compiled);
    if (!state.unread.empty()) return state;
    const auto group = root.find_group(kGroup);
    const auto vars = group ? group->find_group("vars") : std::nullopt;
    if (!vars) {
      state.unread = state.class_name + " has not taken a step";
    } else {
      read_variables(model, *vars, state);
    }
  } catch (const nlohmann::json::exception& error) {
    state.unread = root.where() + ": the model's compile_config is not valid: " + plain_words(error);
  } catch (const InputError& error) {
    state.unread = error.what();
  }
  return state;
}

OptimizerState in_order_of(const OptimizerState& state, const std::vector<const Weight*>& from,
                           const std::vector<const Weight*>& to) {
  OptimizerState ordered = state;
  if (state.averages.size() != from.size()) return ordered;
  ordered.averages.assign(to.size(), {});
  for (size_t i = 0; i < to.size(); ++i) {
    const auto found = std::find(from.begin(), from.end(), to[i]);
    if (found != from.end()) ordered.averages[i] = state.averages[static_cast<size_t>(found - from.begin())];
  }
  return ordered;
}

}  // namespace nudge::keras
