#include "nudge/cli/objective_option.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>

#include "nudge/base/error.h"
#include "nudge/cli/spec.h"

namespace nudge::cli {
namespace {

constexpr const char* kAuto = "auto";

struct Assignment {
  std::string output;  // "": every one
  std::string value;
};

// What follows a colon is of a SPEC's own.
Assignment assignment(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals > text.find(':') || text.starts_with('{')) return {"", text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::unique_ptr<train::Loss> loss_from(const std::string& text) {
  Spec spec("--loss", text);
  return train::loss_from_name(spec.name(), spec.numbers());
}

std::unique_ptr<train::Metric> metric_from(const std::string& text, train::Predicted predicted) {
  Spec spec("--metrics", text);
  return train::metric_from_name(spec.name(), predicted, spec.numbers());
}

// What `make` has against it, without the flag's name before it; "" where nothing.
std::string complaint(const std::string& flag, const std::function<void()>& make) {
  try {
    make();
    return "";
  } catch (const ValueError& error) {
    return error.what();
  } catch (const CLI::ValidationError& error) {
    const std::string message = error.what(), start = flag + ": ";
    return message.starts_with(start) ? message.substr(start.size()) : message;
  }
}

std::string wrong_loss(const std::string& text) {
  const std::string value = assignment(text).value;
  return value == kAuto ? "" : complaint("--loss", [&] { loss_from(value); });
}

std::string wrong_metric(const std::string& text) {
  return complaint("--metrics",
                   [&] { metric_from(assignment(text).value, train::Predicted::kProbabilities); });
}

std::optional<double> number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string wrong_weight(const std::string& text) {
  const Assignment given = assignment(text);
  return given.output.empty() || !number(given.value) ? text + ": give OUTPUT=NUMBER" : "";
}

// What is said of that output: by its own name, or else of all.
std::vector<std::string> values_for(const std::vector<std::string>& given, const std::string& output) {
  std::vector<std::string> own, all;
  for (const std::string& text : given) {
    const Assignment one = assignment(text);
    if (one.output == output) own.push_back(one.value);
    if (one.output.empty()) all.push_back(one.value);
  }
  return own.empty() ? all : own;
}

void check_known_outputs(const char* flag, const std::string& model, const std::vector<std::string>& given,
                         const std::vector<train::OutputForm>& forms) {
  for (const std::string& text : given) {
    const std::string output = assignment(text).output;
    const bool known =
        std::any_of(forms.begin(), forms.end(), [&](const auto& form) { return form.name == output; });
    if (output.empty() || known) continue;
    std::vector<std::string> names;
    for (const auto& form : forms) names.push_back(form.name);
    throw ValueError(fmt::format("{} {}: {} has no output '{}'; it has {}", flag, text, model, output,
                                 fmt::join(names, ", ")));
  }
}

bool has_target(const train::Feed& feed, size_t output) {
  return feed.classes ? output == 0 : output < feed.stored.size() && feed.stored[output].has_value();
}

// Whether the target of that output says classes by their numbers.
bool says_classes(const train::Feed& feed, size_t output, const train::OutputForm& form) {
  if (feed.classes) return true;
  const data::StoredArray& stored = *feed.stored[output];
  if (stored.type == DataType::kFloat32) return false;
  return stored.shape.empty() || stored.shape.back() == 1 || stored.shape.back() != form.outputs;
}

}  // namespace

void add_objective_options(CLI::App& command, ObjectiveOptions& options, bool training) {
  command
      .add_option("--loss", options.losses,
                  fmt::format("{} (auto: what goes with the model's outputs); of one output OUTPUT=LOSS, may "
                              "be repeated",
                              fmt::join(train::loss_names(), ", ")))
      ->check(CLI::Validator(wrong_loss, ""))
      ->allow_extra_args(false);
  command
      .add_option("--metrics", options.metrics,
                  fmt::format("{} (accuracy of classes, else mean_absolute_error); of one output "
                              "OUTPUT=METRIC, may be repeated",
                              fmt::join(train::metric_names(), ", ")))
      ->check(CLI::Validator(wrong_metric, ""))
      ->allow_extra_args(false);
  if (!training) return;
  command
      .add_option("--loss-weights", options.weights,
                  "OUTPUT=NUMBER: what its loss counts in the sum (1); may be repeated")
      ->check(CLI::Validator(wrong_weight, ""))
      ->allow_extra_args(false);
}

ChosenObjective chosen_objective(const std::string& model, const ObjectiveOptions& options,
                                 const std::vector<train::OutputForm>& forms, const train::Feed& feed,
                                 const std::string& data) {
  check_known_outputs("--loss", model, options.losses, forms);
  check_known_outputs("--metrics", model, options.metrics, forms);
  check_known_outputs("--loss-weights", model, options.weights, forms);
  std::vector<train::Goal> goals;
  std::vector<std::string> losses, said, mismatches;
  const bool several = forms.size() > 1;
  for (size_t i = 0; i < forms.size(); ++i) {
    train::Goal goal;
    if (has_target(feed, i)) {
      const auto loss = values_for(options.losses, forms[i].name);
      const bool automatic = loss.empty() || loss.back() == kAuto;
      goal = train::goal_of(automatic ? train::loss_for(forms[i], says_classes(feed, i, forms[i]))
                                      : loss_from(loss.back()));
      const std::string where =
          several ? fmt::format("output '{}' ends in ", forms[i].name) : "the model ends in ";
      const std::string name = goal.loss->spec();
      if (automatic) {
        said.push_back(fmt::format("loss {}: {}{}", name, where,
                                   forms[i].from_logits() ? "logits" : forms[i].activation));
      }
      const std::string mismatch = automatic ? "" : train::loss_mismatch(forms[i], *goal.loss);
      if (!mismatch.empty()) mismatches.push_back(fmt::format("{}: {}", model, mismatch));
      const auto metrics = values_for(options.metrics, forms[i].name);
      if (!metrics.empty()) goal.metrics.clear();
      for (const std::string& metric : metrics) {
        goal.metrics.push_back(metric_from(metric, train::predicted_by(*goal.loss)));
      }
      for (const std::string& weight : values_for(options.weights, forms[i].name))
        goal.weight = *number(weight);
      losses.push_back(several ? fmt::format("{}={}", forms[i].name, name) : name);
    }
    goal.name = forms[i].name;
    goals.push_back(std::move(goal));
  }
  if (losses.empty()) {
    std::vector<std::string> names;
    for (const auto& form : forms) names.push_back(fmt::format("'{}'", form.name));
    throw InputError(fmt::format("{}: no array y, nor one named as an output of {}: {}", data, model,
                                 fmt::join(names, ", ")));
  }
  return {train::Objective(std::move(goals)), fmt::format("{}", fmt::join(losses, ",")), said, mismatches};
}

Json to_json(const ObjectiveOptions& options) {
  return {{"losses", options.losses}, {"metrics", options.metrics}, {"weights", options.weights}};
}

ObjectiveOptions objective_options_from(const Json& json) {
  return {.losses = json.at("losses").get<std::vector<std::string>>(),
          .metrics = json.at("metrics").get<std::vector<std::string>>(),
          .weights = json.at("weights").get<std::vector<std::string>>()};
}

std::string metrics_text(const train::Logs& metrics) {
  std::string text = fmt::format("loss {:.4f}", metrics.at("loss"));
  for (const auto& [name, value] : metrics) {
    if (name != "loss") text += fmt::format(", {} {:.4f}", name, value);
  }
  return text;
}

}  // namespace nudge::cli
