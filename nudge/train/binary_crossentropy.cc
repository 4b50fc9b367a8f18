#include <algorithm>
#include <cmath>

#include "nudge/train/loss.h"
#include "nudge/train/targets.h"

namespace nudge::train {
namespace {

struct Term {
  double loss, gradient;
};

Term of_logit(double logit, double target) {
  const double small = std::exp(-std::abs(logit));
  const double probability = logit >= 0 ? 1 / (1 + small) : small / (1 + small);
  return {std::max(logit, 0.0) - logit * target + std::log1p(small), probability - target};
}

Term of_probability(double value, double target) {
  const double probability = clipped(value);
  Term term{-(target * std::log(probability) + (1 - target) * std::log(1 - probability)), 0.0};
  if (!(value > kCeiling)) term.gradient -= target / probability;
  if (!(value < kEpsilon)) term.gradient += (1 - target) / (1 - probability);
  return term;
}

class BinaryCrossentropy : public Loss {
 public:
  explicit BinaryCrossentropy(bool from_logits) : from_logits_(from_logits) {}

  std::string name() const override {
    return from_logits_ ? "binary_crossentropy_from_logits" : "binary_crossentropy";
  }
  bool from_logits() const override { return from_logits_; }

  double compute(const Array& labels, const Array& predictions, Array* gradient) const override {
    const Targets targets(name(), Targets::Form::kClassNumbersOrRows, labels, predictions);
    const int64_t rows = predictions.shape()[0], outputs = predictions.shape()[1];
    const auto count = static_cast<double>(std::max<int64_t>(rows * outputs, 1));
    if (gradient != nullptr) *gradient = Array(predictions.shape());
    double sum = 0;
    for (int64_t i = 0; i < rows * outputs; ++i) {
      const auto value = static_cast<double>(predictions.data<float>()[i]);
      const double target = targets(i / outputs, i % outputs);
      const Term term = from_logits_ ? of_logit(value, target) : of_probability(value, target);
      sum += term.loss;
      if (gradient != nullptr) gradient->data<float>()[i] = static_cast<float>(term.gradient / count);
    }
    return sum / count;
  }

 private:
  bool from_logits_;
};

}  // namespace

std::unique_ptr<Loss> binary_crossentropy(bool from_logits) {
  return std::make_unique<BinaryCrossentropy>(from_logits);
}

}  // namespace nudge::train
