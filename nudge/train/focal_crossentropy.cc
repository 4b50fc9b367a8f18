#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nudge/base/error.h"
#include "nudge/train/label_smoothing.h"
#include "nudge/train/loss.h"

namespace nudge::train {
namespace {

using Values = std::span<double>;
using Given = std::span<const double>;

FocalOptions checked(const FocalOptions& options) {
  checked_smoothing(options.label_smoothing);
  if (!(options.gamma >= 0)) {
    throw ValueError(fmt::format("gamma is {}, it must not be below 0", options.gamma));
  }
  if (!(options.alpha >= 0)) {
    throw ValueError(fmt::format("alpha is {}, it must not be below 0", options.alpha));
  }
  return options;
}

// x^gamma and its derivative; 0^0 is 1.
double power(double x, double gamma) { return gamma == 0 ? 1.0 : std::pow(std::max(x, 0.0), gamma); }
double slope_of_power(double x, double gamma) {
  return gamma == 0 ? 0.0 : gamma * std::pow(std::max(x, 0.0), gamma - 1);
}

class Focal : public Loss {
 public:
  Focal(std::string name, const FocalOptions& options)
      : name_(options.from_logits ? name + "_from_logits" : std::move(name)), options_(checked(options)) {}

  std::string name() const override { return name_; }
  bool from_logits() const override { return options_.from_logits; }
  bool classifies() const override { return true; }
  std::map<std::string, double> options() const override {
    const FocalOptions standard;
    std::map<std::string, double> all;
    if (options_.label_smoothing != 0) all["label_smoothing"] = options_.label_smoothing;
    if (options_.alpha != standard.alpha) all["alpha"] = options_.alpha;
    if (options_.gamma != standard.gamma) all["gamma"] = options_.gamma;
    if (options_.apply_class_balancing) all["apply_class_balancing"] = 1;
    return all;
  }

 protected:
  Targets::Form form() const override { return Targets::Form::kClassNumbersOrRows; }

  std::string name_;
  FocalOptions options_;
};

class BinaryFocal : public Focal {
 public:
  using Focal::Focal;
  bool independent() const override { return true; }

 protected:
  void smooth(Values target) const override { smooth_answers(target, options_.label_smoothing); }
  double row(Given target, Values predicted, Values gradient) const override {
    const auto count = static_cast<double>(target.size());
    double sum = 0;
    for (size_t i = 0; i < target.size(); ++i) {
      const double y = target[i];
      const double p = from_logits() ? 1 / (1 + std::exp(-predicted[i])) : predicted[i];
      const double clip = clipped(p), missing = 1 - (y * p + (1 - y) * (1 - p));
      const double entropy = -(y * std::log(clip) + (1 - y) * std::log(1 - clip));
      double slope = 0;
      if (!(p > kCeiling)) slope -= y / clip;
      if (!(p < kEpsilon)) slope += (1 - y) / (1 - clip);
      const double factor = power(missing, options_.gamma);
      const double balance =
          options_.apply_class_balancing ? y * options_.alpha + (1 - y) * (1 - options_.alpha) : 1.0;
      sum += balance * factor * entropy;
      const double of_factor = slope_of_power(missing, options_.gamma) * (1 - 2 * y);
      const double of_p = balance * (factor * slope + of_factor * entropy);
      gradient[i] = (from_logits() ? of_p * p * (1 - p) : of_p) / count;
    }
    return sum / count;
  }
};

class CategoricalFocal : public Focal {
 public:
  using Focal::Focal;

 protected:
  void check_outputs(int64_t outputs) const override {
    if (outputs != 1) return;
    throw ValueError(fmt::format(
        "loss {} needs an output for each class; one output for two classes takes binary_focal_crossentropy",
        name_));
  }
  void smooth(Values target) const override { smooth_classes(target, options_.label_smoothing); }
  double row(Given target, Values values, Values gradient) const override {
    double total = 0;
    if (from_logits()) {
      const double top = *std::max_element(values.begin(), values.end());
      for (double& value : values) value = std::exp(value - top);
    }
    for (const double value : values) total += value;
    if (total == 0) {
      std::fill(values.begin(), values.end(), kEpsilon);
      total = kEpsilon * static_cast<double>(values.size());
    }
    double loss = 0, along = 0;
    for (size_t c = 0; c < values.size(); ++c) {
      const double share = values[c] / total, p = clipped(share), missing = 1 - p;
      const double factor = options_.alpha * power(missing, options_.gamma);
      const double entropy = target[c] == 0 ? 0.0 : -target[c] * std::log(p);
      loss += factor * entropy;
      const double of_factor = -options_.alpha * slope_of_power(missing, options_.gamma);
      gradient[c] = share > kCeiling ? 0.0 : of_factor * entropy - factor * target[c] / p;
      along += gradient[c] * share;
    }
    for (size_t c = 0; c < values.size(); ++c) {
      const double of_share = gradient[c] - along;
      gradient[c] = from_logits() ? of_share * values[c] / total : of_share / total;
    }
    return loss;
  }
};

}  // namespace

std::unique_ptr<Loss> binary_focal_crossentropy(FocalOptions options) {
  return std::make_unique<BinaryFocal>("binary_focal_crossentropy", options);
}

std::unique_ptr<Loss> categorical_focal_crossentropy(FocalOptions options) {
  return std::make_unique<CategoricalFocal>("categorical_focal_crossentropy", options);
}

}  // namespace nudge::train
