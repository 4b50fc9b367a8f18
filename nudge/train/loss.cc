#include "nudge/train/loss.h"

#include <algorithm>
#include <cmath>

#include "nudge/base/error.h"

namespace nudge::train {
namespace {

constexpr double kEpsilon = 1e-7;  // keras.config.epsilon()

void check_predictions(const Array& predictions) {
  if (predictions.shape().size() != 2) {
    throw ValueError("a crossentropy needs predictions of shape (batch, classes), given " +
                     to_string(predictions.shape()));
  }
}

// Either form of labels as the probability of class c in row n.
class Targets {
 public:
  Targets(const Array& labels, const Array& predictions) : labels_(labels), classes_(predictions.shape()[1]) {
    const int64_t rows = predictions.shape()[0];
    sparse_ = labels.type() == DataType::kInt32;
    const Shape wanted = sparse_ ? Shape{rows} : Shape{rows, classes_};
    if (labels.shape() != wanted) {
      throw ValueError("labels of shape " + to_string(wanted) + " are needed, given " +
                       to_string(labels.shape()));
    }
    if (!sparse_) return;
    for (const int32_t label : labels.span<int32_t>()) {
      if (label < 0 || label >= classes_) {
        throw ValueError("label " + std::to_string(label) + " is outside the model's " +
                         std::to_string(classes_) + " classes");
      }
    }
  }

  double operator()(int64_t row, int64_t c) const {
    if (sparse_) return labels_.data<int32_t>()[row] == c ? 1.0 : 0.0;
    return static_cast<double>(labels_.data<float>()[row * classes_ + c]);
  }

 private:
  const Array& labels_;
  int64_t classes_;
  bool sparse_ = false;
};

class Crossentropy : public Loss {
 public:
  Crossentropy(std::string name, bool sparse, bool from_logits)
      : name_(std::move(name)), sparse_(sparse), from_logits_(from_logits) {}

  std::string name() const override { return name_; }

  double compute(const Array& labels, const Array& predictions, Array* gradient) const override {
    check_predictions(predictions);
    if (labels.type() != DataType::kInt32 && (sparse_ || labels.type() != DataType::kFloat32)) {
      throw ValueError("loss " + name_ + " needs " +
                       (sparse_ ? "int32 class numbers" : "one-hot float32 rows") + " as labels, given " +
                       to_string(labels.type()));
    }
    const Targets targets(labels, predictions);
    if (gradient != nullptr) *gradient = Array(predictions.shape());
    const int64_t rows = predictions.shape()[0], classes = predictions.shape()[1];
    double sum = 0;
    for (int64_t row = 0; row < rows; ++row) {
      const float* values = predictions.data<float>() + row * classes;
      float* out = gradient == nullptr ? nullptr : gradient->data<float>() + row * classes;
      sum += from_logits_ ? logits_row(values, classes, targets, row, rows, out)
                          : probabilities_row(values, classes, targets, row, rows, out);
    }
    return sum / static_cast<double>(std::max<int64_t>(rows, 1));
  }

 private:
  static double logits_row(const float* logits, int64_t classes, const Targets& target, int64_t row,
                           int64_t rows, float* gradient) {
    const double top = static_cast<double>(*std::max_element(logits, logits + classes));
    double total = 0;
    for (int64_t c = 0; c < classes; ++c) total += std::exp(static_cast<double>(logits[c]) - top);
    double loss = 0, mass = 0;
    for (int64_t c = 0; c < classes; ++c) {
      loss -= target(row, c) * (static_cast<double>(logits[c]) - top - std::log(total));
      mass += target(row, c);
    }
    for (int64_t c = 0; gradient != nullptr && c < classes; ++c) {
      const double probability = std::exp(static_cast<double>(logits[c]) - top) / total;
      gradient[c] = static_cast<float>((probability * mass - target(row, c)) / static_cast<double>(rows));
    }
    return loss;
  }

  // Keras clips what leaves [epsilon, 1 - epsilon], where the gradient is then zero; categorical_crossentropy
  // scales each row to sum 1 first, which changes nothing for a softmax's output.
  static double probabilities_row(const float* values, int64_t classes, const Targets& target, int64_t row,
                                  int64_t rows, float* gradient) {
    double loss = 0;
    for (int64_t c = 0; c < classes; ++c) {
      const double weight = target(row, c);
      if (weight == 0) continue;
      const auto value = static_cast<double>(values[c]);
      const double clipped = std::isnan(value) ? value : std::clamp(value, kEpsilon, 1 - kEpsilon);
      loss -= weight * std::log(clipped);
      if (gradient != nullptr) {
        // Below epsilon the true slope is kept at the clip: a class lost in float underflow can come back.
        gradient[c] =
            value > 1 - kEpsilon ? 0.0f : static_cast<float>(-weight / clipped / static_cast<double>(rows));
      }
    }
    return loss;
  }

  std::string name_;
  bool sparse_;
  bool from_logits_;
};

}  // namespace

std::unique_ptr<Loss> sparse_categorical_crossentropy(bool from_logits) {
  return std::make_unique<Crossentropy>("sparse_categorical_crossentropy", true, from_logits);
}

std::unique_ptr<Loss> categorical_crossentropy(bool from_logits) {
  return std::make_unique<Crossentropy>("categorical_crossentropy", false, from_logits);
}

std::unique_ptr<Loss> loss_from_name(const std::string& name) {
  if (name == "sparse_categorical_crossentropy") return sparse_categorical_crossentropy(false);
  if (name == "sparse_categorical_crossentropy_from_logits") return sparse_categorical_crossentropy(true);
  if (name == "categorical_crossentropy") return categorical_crossentropy(false);
  if (name == "categorical_crossentropy_from_logits") return categorical_crossentropy(true);
  throw ValueError("unknown loss '" + name +
                   "'; known: sparse_categorical_crossentropy, categorical_crossentropy, each also with "
                   "_from_logits");
}

std::vector<int32_t> argmax_rows(const Array& predictions) {
  check_predictions(predictions);
  const int64_t rows = predictions.shape()[0], classes = predictions.shape()[1];
  std::vector<int32_t> result;
  for (int64_t row = 0; row < rows; ++row) {
    const float* values = predictions.data<float>() + row * classes;
    result.push_back(static_cast<int32_t>(std::max_element(values, values + classes) - values));
  }
  return result;
}

double accuracy(const Array& labels, const Array& predictions) {
  const auto predicted = argmax_rows(predictions);
  const auto wanted = labels.type() == DataType::kInt32
                          ? std::vector<int32_t>(labels.span<int32_t>().begin(), labels.span<int32_t>().end())
                          : argmax_rows(labels);
  if (wanted.size() != predicted.size()) throw ValueError("as many labels as predictions are needed");
  int64_t right = 0;
  for (size_t i = 0; i < wanted.size(); ++i) right += wanted[i] == predicted[i] ? 1 : 0;
  return predicted.empty() ? 0.0 : static_cast<double>(right) / static_cast<double>(predicted.size());
}

}  // namespace nudge::train
