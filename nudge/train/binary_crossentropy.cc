#include <algorithm>
#include <cmath>

#include "nudge/train/label_smoothing.h"
#include "nudge/train/loss.h"

namespace nudge::train {
namespace {

struct LogitTerm {
  double loss, gradient;
};

LogitTerm of_logit(double logit, double target) {
  const double small = std::exp(-std::abs(logit));
  const double probability = logit >= 0 ? 1 / (1 + small) : small / (1 + small);
  return {std::max(logit, 0.0) - logit * target + std::log1p(small), probability - target};
}

LogitTerm of_probability(double value, double target) {
  const double probability = clipped(value);
  LogitTerm term{-(target * std::log(probability) + (1 - target) * std::log(1 - probability)), 0.0};
  if (!(value > kCeiling)) term.gradient -= target / probability;
  if (!(value < kEpsilon)) term.gradient += (1 - target) / (1 - probability);
  return term;
}

class BinaryCrossentropy : public Loss {
 public:
  BinaryCrossentropy(bool from_logits, double label_smoothing)
      : from_logits_(from_logits), smoothing_(checked_smoothing(label_smoothing)) {}

  std::string name() const override {
    return from_logits_ ? "binary_crossentropy_from_logits" : "binary_crossentropy";
  }
  bool from_logits() const override { return from_logits_; }
  bool classifies() const override { return true; }
  bool independent() const override { return true; }
  std::map<std::string, double> options() const override {
    if (smoothing_ == 0) return {};
    return {{"label_smoothing", smoothing_}};
  }

 protected:
  Targets::Form form() const override { return Targets::Form::kClassNumbersOrRows; }
  void smooth(std::span<double> target) const override { smooth_answers(target, smoothing_); }
  double row(std::span<const double> target, std::span<double> predicted,
             std::span<double> gradient) const override {
    const auto count = static_cast<double>(target.size());
    double sum = 0;
    for (size_t i = 0; i < target.size(); ++i) {
      const LogitTerm term =
          from_logits_ ? of_logit(predicted[i], target[i]) : of_probability(predicted[i], target[i]);
      sum += term.loss;
      gradient[i] = term.gradient / count;
    }
    return sum / count;
  }

 private:
  bool from_logits_;
  double smoothing_;
};

}  // namespace

std::unique_ptr<Loss> binary_crossentropy(bool from_logits, double label_smoothing) {
  return std::make_unique<BinaryCrossentropy>(from_logits, label_smoothing);
}

}  // namespace nudge::train
