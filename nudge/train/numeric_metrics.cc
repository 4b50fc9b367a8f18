#include "nudge/train/numeric_metrics.h"

#include <cmath>

#include "nudge/train/loss.h"

namespace nudge::train {
namespace {

// The mean of a loss, each item counted once; or the root of it.
class MeanError : public Metric {
 public:
  MeanError(std::string name, std::shared_ptr<const Loss> loss, bool root = false)
      : Metric(2), name_(std::move(name)), loss_(std::move(loss)), root_(root) {}
  std::string name() const override { return name_; }
  void update(const Array& targets, const Array& predictions) override {
    const auto items = static_cast<double>(predictions.shape().at(0));
    sums_[0] += loss_->compute(targets, predictions, nullptr) * items;
    sums_[1] += items;
  }
  double result() const override {
    const double mean = sums_[1] == 0 ? 0.0 : sums_[0] / sums_[1];
    return root_ ? std::sqrt(mean) : mean;
  }

 protected:
  std::unique_ptr<Metric> copy() const override { return std::make_unique<MeanError>(*this); }

 private:
  std::string name_;
  std::shared_ptr<const Loss> loss_;
  bool root_;
};

}  // namespace

std::unique_ptr<Metric> mean_squared_error_metric() {
  return std::make_unique<MeanError>("mean_squared_error", mean_squared_error());
}

std::unique_ptr<Metric> root_mean_squared_error_metric() {
  return std::make_unique<MeanError>("root_mean_squared_error", mean_squared_error(), /*root=*/true);
}

std::unique_ptr<Metric> mean_absolute_error_metric() {
  return std::make_unique<MeanError>("mean_absolute_error", mean_absolute_error());
}

}  // namespace nudge::train
