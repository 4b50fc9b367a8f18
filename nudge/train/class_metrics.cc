#include "nudge/train/class_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "nudge/base/error.h"
#include "nudge/train/class_scores.h"

namespace nudge::train {
namespace {

void to_probabilities(std::span<float> row, Predicted predicted) {
  if (predicted == Predicted::kProbabilities) return;
  if (predicted == Predicted::kAnswers || row.size() == 1) {
    for (float& value : row) value = 1 / (1 + std::exp(-value));
    return;
  }
  const float top = *std::max_element(row.begin(), row.end());
  float total = 0;
  for (float& value : row) {
    value = std::exp(value - top);
    total += value;
  }
  for (float& value : row) value /= total;
}

// Every row's targets and probabilities.
using Rows = std::function<void(std::span<const double> target, std::span<const float> probabilities)>;
void each_row(const std::string& metric, Predicted predicted, const Array& labels, const Array& predictions,
              const Rows& use) {
  const Targets targets("metric " + metric, Targets::Form::kClassNumbersOrRows, labels, predictions);
  const auto outputs = static_cast<size_t>(targets.outputs());
  std::vector<double> target(outputs);
  std::vector<float> row(outputs);
  for (int64_t n = 0; n < targets.rows(); ++n) {
    const float* given = predictions.data<float>() + n * targets.outputs();
    row.assign(given, given + outputs);
    to_probabilities(row, predicted);
    targets.read(n, target);
    use(target, row);
  }
}

class Accuracy : public Metric {
 public:
  explicit Accuracy(Predicted predicted) : Metric(2), predicted_(predicted) {}
  std::string name() const override { return "accuracy"; }
  void update(const Array& targets, const Array& predictions) override {
    const int64_t outputs = predictions.shape().empty() ? 0 : predictions.shape().back();
    const int64_t rows = outputs == 0 ? 0 : predictions.size() / outputs;
    const bool classes = targets.type() == DataType::kInt32 && targets.size() == rows;
    sums_[0] += accuracy(targets.reshape(classes ? Shape{rows} : Shape{rows, outputs}),
                         class_scores(predictions.reshape({rows, outputs}),
                                      predicted_ != Predicted::kProbabilities)) *
                static_cast<double>(rows);
    sums_[1] += static_cast<double>(rows);
  }
  double result() const override { return sums_[1] == 0 ? 0.0 : sums_[0] / sums_[1]; }

 protected:
  std::unique_ptr<Metric> copy() const override { return std::make_unique<Accuracy>(*this); }

 private:
  Predicted predicted_;
};

class TopK : public Metric {
 public:
  explicit TopK(int64_t k) : Metric(2), k_(k) {
    if (k < 1) throw ValueError(fmt::format("k is {}, it must be 1 or more", k));
  }
  std::string name() const override { return "top_k_categorical_accuracy"; }
  void update(const Array& labels, const Array& predictions) override {
    each_row(name(), Predicted::kProbabilities, labels, predictions, [&](auto target, auto scores) {
      const auto wanted = std::max_element(target.begin(), target.end()) - target.begin();
      const float score = scores[static_cast<size_t>(wanted)];
      const int64_t above = std::count_if(scores.begin(), scores.end(), [&](float s) { return s > score; });
      sums_[0] += above < k_ && std::isfinite(score) ? 1 : 0;
      sums_[1] += 1;
    });
  }
  double result() const override { return sums_[1] == 0 ? 0.0 : sums_[0] / sums_[1]; }

 protected:
  std::unique_ptr<Metric> copy() const override { return std::make_unique<TopK>(*this); }

 private:
  int64_t k_;
};

// True positives against false positives, or against false negatives.
class Positives : public Metric {
 public:
  Positives(bool precision, Predicted predicted, double threshold)
      : Metric(2), precision_(precision), predicted_(predicted), threshold_(static_cast<float>(threshold)) {
    if (!(threshold >= 0 && threshold <= 1)) {
      throw ValueError(fmt::format("threshold is {}, it must be within 0 and 1", threshold));
    }
  }
  std::string name() const override { return precision_ ? "precision" : "recall"; }
  void update(const Array& labels, const Array& predictions) override {
    each_row(name(), predicted_, labels, predictions, [&](auto target, auto probabilities) {
      for (size_t i = 0; i < target.size(); ++i) {
        const bool yes = probabilities[i] > threshold_, so = target[i] != 0;
        sums_[0] += yes && so ? 1 : 0;
        sums_[1] += (precision_ ? yes && !so : !yes && so) ? 1 : 0;
      }
    });
  }
  double result() const override {
    const double all = sums_[0] + sums_[1];
    return all == 0 ? 0.0 : sums_[0] / all;
  }

 protected:
  std::unique_ptr<Metric> copy() const override { return std::make_unique<Positives>(*this); }

 private:
  bool precision_;
  Predicted predicted_;
  float threshold_;
};

// Three sums a class, as many classes as the first batch has.
class F1Score : public Metric {
 public:
  explicit F1Score(Predicted predicted) : Metric(0), predicted_(predicted) {}
  std::string name() const override { return "f1_score"; }
  void update(const Array& labels, const Array& predictions) override {
    each_row(name(), predicted_, labels, predictions, [&](auto target, auto probabilities) {
      sums_.resize(3 * target.size());
      const float top = *std::max_element(probabilities.begin(), probabilities.end());
      for (size_t c = 0; c < target.size(); ++c) {
        const bool yes = target.size() == 1 ? probabilities[c] > 0.5f
                                            : probabilities[c] >= top && std::abs(probabilities[c]) > 1e-9f;
        const double said = yes ? 1 : 0;
        sums_[3 * c] += said * target[c];
        sums_[3 * c + 1] += said * (1 - target[c]);
        sums_[3 * c + 2] += (1 - said) * target[c];
      }
    });
  }
  double result() const override {
    double sum = 0;
    for (size_t at = 0; at < sums_.size(); at += 3) {
      const double right = sums_[at], precision = right / (right + sums_[at + 1] + kEpsilon);
      const double recall = right / (right + sums_[at + 2] + kEpsilon);
      sum += 2 * precision * recall / (precision + recall + kEpsilon);
    }
    return sums_.empty() ? 0.0 : sum / (static_cast<double>(sums_.size()) / 3);
  }

 protected:
  std::unique_ptr<Metric> copy() const override { return std::make_unique<F1Score>(*this); }
  bool takes(size_t sums) const override { return sums % 3 == 0; }

 private:
  Predicted predicted_;
};

// How many positives and negatives lie between two thresholds, as Keras buckets them.
class Auc : public Metric {
 public:
  Auc(Predicted predicted, int64_t thresholds)
      : Metric(2 * static_cast<size_t>(std::clamp<int64_t>(thresholds, 2, kMost))), predicted_(predicted) {
    if (thresholds < 2 || thresholds > kMost) {
      throw ValueError(fmt::format("num_thresholds is {}, it must be within 2 and {}", thresholds, kMost));
    }
  }
  std::string name() const override { return "auc"; }
  void update(const Array& labels, const Array& predictions) override {
    const size_t count = sums_.size() / 2;
    each_row(name(), predicted_, labels, predictions, [&](auto target, auto probabilities) {
      for (size_t i = 0; i < target.size(); ++i) {
        const float place = std::ceil(probabilities[i] * static_cast<float>(count - 1)) - 1;
        const auto bucket = static_cast<size_t>(std::clamp(place, 0.0f, static_cast<float>(count - 1)));
        ++sums_[target[i] != 0 ? bucket : count + bucket];
      }
    });
  }
  double result() const override {
    const size_t count = sums_.size() / 2;
    double positives = 0, negatives = 0;
    for (size_t i = 0; i < count; ++i) {
      positives += sums_[i];
      negatives += sums_[count + i];
    }
    if (positives == 0 || negatives == 0) return 0.0;
    // From the highest threshold down: the curve goes from (0, 0) to (1, 1).
    double area = 0, right = 0, wrong = 0;
    for (size_t i = count; i-- > 0;) {
      const double more_right = sums_[i] / positives, more_wrong = sums_[count + i] / negatives;
      area += more_wrong * (right + more_right / 2);
      right += more_right;
      wrong += more_wrong;
    }
    return area;
  }

 protected:
  std::unique_ptr<Metric> copy() const override { return std::make_unique<Auc>(*this); }

 private:
  static constexpr int64_t kMost = 100'000;
  Predicted predicted_;
};

}  // namespace

std::unique_ptr<Metric> accuracy_metric(Predicted predicted) { return std::make_unique<Accuracy>(predicted); }
std::unique_ptr<Metric> top_k_metric(int64_t k) { return std::make_unique<TopK>(k); }
std::unique_ptr<Metric> precision_metric(Predicted predicted, double threshold) {
  return std::make_unique<Positives>(true, predicted, threshold);
}
std::unique_ptr<Metric> recall_metric(Predicted predicted, double threshold) {
  return std::make_unique<Positives>(false, predicted, threshold);
}
std::unique_ptr<Metric> f1_metric(Predicted predicted) { return std::make_unique<F1Score>(predicted); }
std::unique_ptr<Metric> auc_metric(Predicted predicted, int64_t thresholds) {
  return std::make_unique<Auc>(predicted, thresholds);
}

}  // namespace nudge::train
