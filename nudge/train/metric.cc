#include "nudge/train/metric.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "nudge/base/error.h"
#include "nudge/train/class_metrics.h"
#include "nudge/train/numeric_metrics.h"

namespace nudge::train {
namespace {

struct KnownMetric {
  const char* name;
  const char* option;  // the one it takes; null: none
  double standard;
  std::unique_ptr<Metric> (*make)(Predicted predicted, double option);
};

int64_t count_of(const char* name, double count) {
  constexpr double kLargest = 1e9;
  if (count == std::floor(count) && std::abs(count) <= kLargest) return static_cast<int64_t>(count);
  throw ValueError(fmt::format("{} must be a whole number, given {}", name, count));
}

// Keras's others are of angles, images' overlap or hinges.
constexpr KnownMetric kMetrics[] = {
    {"accuracy", nullptr, 0, [](Predicted p, double) { return accuracy_metric(p); }},
    {"top_k_categorical_accuracy", "k", 5,
     [](Predicted, double k) { return top_k_metric(count_of("k", k)); }},
    {"precision", "threshold", 0.5, precision_metric},
    {"recall", "threshold", 0.5, recall_metric},
    {"f1_score", nullptr, 0, [](Predicted p, double) { return f1_metric(p); }},
    {"auc", "num_thresholds", 200,
     [](Predicted p, double count) { return auc_metric(p, count_of("num_thresholds", count)); }},
    {"mean_squared_error", nullptr, 0, [](Predicted, double) { return mean_squared_error_metric(); }},
    {"root_mean_squared_error", nullptr, 0,
     [](Predicted, double) { return root_mean_squared_error_metric(); }},
    {"mean_absolute_error", nullptr, 0, [](Predicted, double) { return mean_absolute_error_metric(); }},
};

double option_of(const KnownMetric& known, const std::map<std::string, double>& options) {
  double value = known.standard;
  for (const auto& [name, given] : options) {
    if (known.option == nullptr) {
      throw ValueError(fmt::format("metric {} has no options, given '{}'", known.name, name));
    }
    if (name != known.option) {
      throw ValueError(
          fmt::format("metric {} has no option '{}'; known: {}", known.name, name, known.option));
    }
    value = given;
  }
  return value;
}

}  // namespace

std::unique_ptr<Metric> Metric::fresh() const {
  auto metric = copy();
  std::fill(metric->sums_.begin(), metric->sums_.end(), 0.0);
  return metric;
}

void Metric::restore(const std::vector<double>& sums) {
  if (!takes(sums.size())) {
    throw InputError(fmt::format("metric {} has {} sums, its state {}", name(), sums_.size(), sums.size()));
  }
  sums_ = sums;
}

Predicted predicted_by(const Loss& loss) {
  if (!loss.from_logits()) return Predicted::kProbabilities;
  return loss.independent() ? Predicted::kAnswers : Predicted::kLogits;
}

const std::vector<std::string>& metric_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const KnownMetric& known : kMetrics) all.emplace_back(known.name);
    return all;
  }();
  return names;
}

std::unique_ptr<Metric> metric_from_name(const std::string& name, Predicted predicted,
                                         const std::map<std::string, double>& options) {
  for (const KnownMetric& known : kMetrics) {
    if (name == known.name) return known.make(predicted, option_of(known, options));
  }
  throw ValueError(fmt::format("unknown metric '{}'; known: {}", name, fmt::join(metric_names(), ", ")));
}

}  // namespace nudge::train
