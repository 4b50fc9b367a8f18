#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/train/loss.h"
#include "nudge/train/targets.h"

namespace nudge::train {
namespace {

// What one row says, as float64: `values` and `target` of each class, and the gradient that goes back.
struct Row {
  std::vector<double> values, target, gradient;
};

double of_logits(Row& row) {
  const double top = *std::max_element(row.values.begin(), row.values.end());
  double total = 0, mass = 0, loss = 0;
  for (const double logit : row.values) total += std::exp(logit - top);
  for (size_t c = 0; c < row.values.size(); ++c) {
    loss -= row.target[c] * (row.values[c] - top - std::log(total));
    mass += row.target[c];
  }
  for (size_t c = 0; c < row.values.size(); ++c) {
    row.gradient[c] = std::exp(row.values[c] - top) / total * mass - row.target[c];
  }
  return loss;
}

double of_probabilities(Row& row) {
  double total = 0;
  for (const double value : row.values) total += value;
  if (total == 0) {
    // An int8 sigmoid head may answer zero to every class: Keras on TensorFlow takes each for epsilon.
    std::fill(row.values.begin(), row.values.end(), kEpsilon);
    total = kEpsilon * static_cast<double>(row.values.size());
  }
  double loss = 0, along = 0;
  for (size_t c = 0; c < row.values.size(); ++c) {
    const double share = row.values[c] / total, probability = clipped(share);
    if (row.target[c] != 0) loss -= row.target[c] * std::log(probability);
    row.gradient[c] = share > kCeiling ? 0.0 : -row.target[c] / probability;
    along += row.gradient[c] * share;
  }
  for (double& gradient : row.gradient) gradient = (gradient - along) / total;
  return loss;
}

class Crossentropy : public Loss {
 public:
  Crossentropy(std::string name, Targets::Form form, bool from_logits)
      : name_(from_logits ? name + "_from_logits" : std::move(name)),
        form_(form),
        from_logits_(from_logits) {}

  std::string name() const override { return name_; }
  bool from_logits() const override { return from_logits_; }

  double compute(const Array& labels, const Array& predictions, Array* gradient) const override {
    const Targets targets(name_, form_, labels, predictions);
    const int64_t rows = predictions.shape()[0], classes = predictions.shape()[1];
    if (classes == 1) {
      throw ValueError(fmt::format(
          "loss {} needs an output for each class; one output for two classes takes binary_crossentropy",
          name_));
    }
    if (gradient != nullptr) *gradient = Array(predictions.shape());
    const auto width = static_cast<size_t>(classes);
    Row row{std::vector<double>(width), std::vector<double>(width), std::vector<double>(width)};
    double sum = 0;
    for (int64_t n = 0; n < rows; ++n) {
      const float* given = predictions.data<float>() + n * classes;
      row.values.assign(given, given + classes);
      for (int64_t c = 0; c < classes; ++c) row.target[static_cast<size_t>(c)] = targets(n, c);
      sum += from_logits_ ? of_logits(row) : of_probabilities(row);
      for (int64_t c = 0; gradient != nullptr && c < classes; ++c) {
        gradient->data<float>()[n * classes + c] =
            static_cast<float>(row.gradient[static_cast<size_t>(c)] / static_cast<double>(rows));
      }
    }
    return sum / static_cast<double>(std::max<int64_t>(rows, 1));
  }

 private:
  std::string name_;
  Targets::Form form_;
  bool from_logits_;
};

}  // namespace

std::unique_ptr<Loss> sparse_categorical_crossentropy(bool from_logits) {
  return std::make_unique<Crossentropy>("sparse_categorical_crossentropy", Targets::Form::kClassNumbers,
                                        from_logits);
}

std::unique_ptr<Loss> categorical_crossentropy(bool from_logits) {
  return std::make_unique<Crossentropy>("categorical_crossentropy", Targets::Form::kClassNumbersOrRows,
                                        from_logits);
}

}  // namespace nudge::train
