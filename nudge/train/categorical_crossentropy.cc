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

double of_logits(Given target, Given logits, Values gradient) {
  const double top = *std::max_element(logits.begin(), logits.end());
  double total = 0, mass = 0, loss = 0;
  for (const double logit : logits) total += std::exp(logit - top);
  for (size_t c = 0; c < logits.size(); ++c) {
    loss -= target[c] * (logits[c] - top - std::log(total));
    mass += target[c];
  }
  for (size_t c = 0; c < logits.size(); ++c) {
    gradient[c] = std::exp(logits[c] - top) / total * mass - target[c];
  }
  return loss;
}

double of_probabilities(Given target, Values values, Values gradient) {
  double total = 0;
  for (const double value : values) total += value;
  if (total == 0) {
    // An int8 sigmoid head may answer zero to every class: Keras on TensorFlow takes each for epsilon.
    std::fill(values.begin(), values.end(), kEpsilon);
    total = kEpsilon * static_cast<double>(values.size());
  }
  double loss = 0, along = 0;
  for (size_t c = 0; c < values.size(); ++c) {
    const double share = values[c] / total, probability = clipped(share);
    if (target[c] != 0) loss -= target[c] * std::log(probability);
    gradient[c] = share > kCeiling ? 0.0 : -target[c] / probability;
    along += gradient[c] * share;
  }
  for (double& slope : gradient) slope = (slope - along) / total;
  return loss;
}

class Crossentropy : public Loss {
 public:
  Crossentropy(std::string name, Targets::Form form, bool from_logits, double label_smoothing = 0.0)
      : name_(from_logits ? name + "_from_logits" : std::move(name)),
        form_(form),
        from_logits_(from_logits),
        smoothing_(checked_smoothing(label_smoothing)) {}

  std::string name() const override { return name_; }
  bool from_logits() const override { return from_logits_; }
  bool classifies() const override { return true; }
  std::map<std::string, double> options() const override {
    if (smoothing_ == 0) return {};
    return {{"label_smoothing", smoothing_}};
  }

 protected:
  Targets::Form form() const override { return form_; }
  void check_outputs(int64_t outputs) const override {
    if (outputs != 1) return;
    throw ValueError(fmt::format(
        "loss {} needs an output for each class; one output for two classes takes binary_crossentropy",
        name_));
  }
  void smooth(Values target) const override { smooth_classes(target, smoothing_); }
  double row(Given target, Values predicted, Values gradient) const override {
    return from_logits_ ? of_logits(target, predicted, gradient)
                        : of_probabilities(target, predicted, gradient);
  }

 private:
  std::string name_;
  Targets::Form form_;
  bool from_logits_;
  double smoothing_;
};

}  // namespace

std::unique_ptr<Loss> sparse_categorical_crossentropy(bool from_logits) {
  return std::make_unique<Crossentropy>("sparse_categorical_crossentropy", Targets::Form::kClassNumbers,
                                        from_logits);
}

std::unique_ptr<Loss> categorical_crossentropy(bool from_logits, double label_smoothing) {
  return std::make_unique<Crossentropy>("categorical_crossentropy", Targets::Form::kClassNumbersOrRows,
                                        from_logits, label_smoothing);
}

}  // namespace nudge::train
