#include "nudge/train/objective.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nudge/base/error.h"
#include "nudge/train/distillation.h"

namespace nudge::train {
namespace {

const Array& at_or_none(const std::vector<Array>& arrays, size_t index) {
  static const Array none;
  return index < arrays.size() ? arrays[index] : none;
}

const std::vector<double>& required(const Tally::Sums& sums, const std::string& name, size_t count) {
  const auto found = sums.find(name);
  if (found == sums.end() || (count > 0 && found->second.size() != count)) {
    throw InputError("the run's sums of '" + name + "' are missing; it began with other losses or metrics");
  }
  return found->second;
}

}  // namespace

Goal goal_of(std::shared_ptr<const Loss> loss) {
  if (loss == nullptr)
    throw ValueError("the loss is null; a Goal without one is an output that is not trained");
  const char* metric = loss->classifies() ? "accuracy" : "mean_absolute_error";
  const Predicted predicted = predicted_by(*loss);
  return {.loss = std::move(loss), .metrics = {metric_from_name(metric, predicted)}};
}

Objective::Objective(std::unique_ptr<Loss> loss) : Objective(std::shared_ptr<const Loss>(std::move(loss))) {}
Objective::Objective(std::shared_ptr<const Loss> loss)
    : Objective(std::vector<Goal>{goal_of(std::move(loss))}) {}

Objective::Objective(std::vector<Goal> goals) : goals_(std::move(goals)) {
  if (std::none_of(goals_.begin(), goals_.end(), [](const Goal& goal) { return goal.loss != nullptr; })) {
    throw ValueError("no output has a loss, so nothing is trained");
  }
  for (const Goal& goal : goals_) {
    if (std::isfinite(goal.weight)) continue;
    throw ValueError("the loss weight of output '" + goal.name + "' is not finite");
  }
}

void Objective::name_outputs(const std::vector<std::string>& names) {
  for (size_t i = 0; i < goals_.size(); ++i) {
    if (goals_[i].name.empty()) goals_[i].name = names.at(i);
  }
}

Objective::Losses Objective::losses(const data::Batch& batch, const std::vector<Array>& predictions,
                                    std::vector<Array>* gradients) const {
  if (predictions.size() != goals_.size()) {
    throw ValueError(
        fmt::format("the model has {} outputs, there are losses for {}", predictions.size(), goals_.size()));
  }
  Losses losses{.total = 0, .each = std::vector<double>(goals_.size(), 0.0)};
  if (gradients != nullptr) gradients->assign(goals_.size(), Array());
  for (size_t i = 0; i < goals_.size(); ++i) {
    const Goal& goal = goals_[i];
    Array* gradient = gradients == nullptr ? nullptr : &(*gradients)[i];
    if (goal.loss == nullptr) {
      if (gradient != nullptr) *gradient = Array(predictions[i].shape());
      continue;
    }
    const std::string where = goals_.size() == 1 ? "" : "output '" + goal.name + "': ";
    const Array& target = at_or_none(batch.targets, i);
    if (target.empty()) throw ValueError(where + "the data have no target for loss " + goal.loss->name());
    try {
      losses.each[i] = goal.loss->compute(target, predictions[i], gradient, at_or_none(batch.weights, i));
    } catch (const ValueError& error) {
      throw ValueError(where + error.what());
    }
    losses.total += goal.weight * losses.each[i];
    if (gradient == nullptr || goal.weight == 1.0) continue;
    for (float& value : gradient->span<float>()) value *= static_cast<float>(goal.weight);
  }
  if (distillation_ != nullptr && gradients != nullptr) {
    add_distillation(batch, predictions, losses, *gradients);
  }
  return losses;
}

void Objective::add_distillation(const data::Batch& batch, const std::vector<Array>& predictions,
                                 Losses& losses, std::vector<Array>& gradients) const {
  const double alpha = distillation_->options().alpha;
  const std::vector<Array> taught = distillation_->outputs(batch);
  double sum = 0;
  for (size_t i = 0; i < goals_.size(); ++i) {
    const Loss* loss = distillation_->loss(i);
    if (loss == nullptr) continue;
    Array slope;
    sum += goals_[i].weight * loss->compute(taught[i], predictions[i], &slope, at_or_none(batch.weights, i));
    const auto own = static_cast<float>(alpha), share = static_cast<float>((1 - alpha) * goals_[i].weight);
    float* gradient = gradients[i].data<float>();
    for (const float value : slope.span<float>()) {
      *gradient = own * *gradient + share * value;
      ++gradient;
    }
  }
  losses.total = alpha * losses.total + (1 - alpha) * sum;
  losses.distillation = sum;
}

Tally::Tally(const Objective& objective) {
  const bool several = objective.goals().size() > 1;
  for (const Goal& goal : objective.goals()) {
    Output& output = outputs_.emplace_back();
    output.name = goal.name;
    output.prefix = several ? goal.name + "_" : "";
    output.trained = goal.loss != nullptr;
    for (const auto& metric : goal.metrics) output.metrics.push_back(metric->fresh());
  }
}

void Tally::add(const Objective::Losses& losses, double total, const data::Batch& batch,
                const std::vector<Array>& predictions) {
  const auto rows = static_cast<double>(batch.rows());
  items_ += rows;
  loss_ += total * rows;
  if (losses.distillation) distillation_ = distillation_.value_or(0.0) + *losses.distillation * rows;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    outputs_[i].loss += losses.each[i] * rows;
    if (outputs_[i].metrics.empty()) continue;
    const Array& target = at_or_none(batch.targets, i);
    if (target.empty()) {
      throw ValueError("output '" + outputs_[i].name + "': the data have no target for its metrics");
    }
    for (const auto& metric : outputs_[i].metrics) metric->update(target, predictions[i]);
  }
}

Logs Tally::logs() const {
  const double items = std::max(items_, 1.0);
  Logs logs{{"loss", loss_ / items}};
  if (distillation_) logs["distillation_loss"] = *distillation_ / items;
  for (const Output& output : outputs_) {
    if (!output.prefix.empty() && output.trained) logs[output.prefix + "loss"] = output.loss / items;
    for (const auto& metric : output.metrics) logs[output.prefix + metric->name()] = metric->result();
  }
  return logs;
}

Tally::Sums Tally::sums() const {
  Sums sums{{"loss", {loss_, items_}}};
  if (distillation_) sums["distillation_loss"] = {*distillation_};
  for (const Output& output : outputs_) {
    if (!output.prefix.empty()) sums[output.prefix + "loss"] = {output.loss};
    for (const auto& metric : output.metrics) sums[output.prefix + metric->name()] = metric->sums();
  }
  return sums;
}

void Tally::restore(const Sums& sums) {
  const auto& of_all = required(sums, "loss", 2);
  loss_ = of_all[0];
  items_ = of_all[1];
  if (sums.contains("distillation_loss")) distillation_ = required(sums, "distillation_loss", 1)[0];
  for (Output& output : outputs_) {
    if (!output.prefix.empty()) output.loss = required(sums, output.prefix + "loss", 1)[0];
    for (const auto& metric : output.metrics) {
      metric->restore(required(sums, output.prefix + metric->name(), 0));
    }
  }
}

}  // namespace nudge::train
