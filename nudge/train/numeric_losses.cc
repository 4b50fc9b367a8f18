// Losses of numbers: what each output is off by, and their mean.
#include <fmt/format.h>

#include <cmath>

#include "nudge/base/error.h"
#include "nudge/train/loss.h"

namespace nudge::train {
namespace {

struct Term {
  double loss, gradient;
};

double sign(double value) { return value > 0 ? 1.0 : value < 0 ? -1.0 : 0.0; }

class NumericLoss : public Loss {
 protected:
  Targets::Form form() const override { return Targets::Form::kNumbers; }
  double row(std::span<const double> target, std::span<double> predicted,
             std::span<double> gradient) const override {
    const auto count = static_cast<double>(target.size());
    double sum = 0;
    for (size_t i = 0; i < target.size(); ++i) {
      const Term one = term(predicted[i] - target[i]);
      sum += one.loss;
      gradient[i] = one.gradient / count;
    }
    return sum / count;
  }
  // `error` is what is predicted less what is so.
  virtual Term term(double error) const = 0;
};

class MeanSquaredError : public NumericLoss {
 public:
  std::string name() const override { return "mean_squared_error"; }

 protected:
  Term term(double error) const override { return {error * error, 2 * error}; }
};

class MeanAbsoluteError : public NumericLoss {
 public:
  std::string name() const override { return "mean_absolute_error"; }

 protected:
  Term term(double error) const override { return {std::abs(error), sign(error)}; }
};

class Huber : public NumericLoss {
 public:
  explicit Huber(double delta) : delta_(delta) {
    if (!(delta > 0)) throw ValueError(fmt::format("delta is {}, it must be above 0", delta));
  }
  std::string name() const override { return "huber"; }
  std::map<std::string, double> options() const override {
    if (delta_ == 1.0) return {};
    return {{"delta", delta_}};
  }

 protected:
  Term term(double error) const override {
    const double size = std::abs(error);
    if (size <= delta_) return {0.5 * error * error, error};
    return {delta_ * size - 0.5 * delta_ * delta_, delta_ * sign(error)};
  }

 private:
  double delta_;
};

}  // namespace

std::unique_ptr<Loss> mean_squared_error() { return std::make_unique<MeanSquaredError>(); }
std::unique_ptr<Loss> mean_absolute_error() { return std::make_unique<MeanAbsoluteError>(); }
std::unique_ptr<Loss> huber(double delta) { return std::make_unique<Huber>(delta); }

}  // namespace nudge::train
