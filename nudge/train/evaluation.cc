#include "nudge/train/evaluation.h"

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/train/class_scores.h"

namespace nudge::train {

Evaluation evaluate(const Scoring& predict, data::Loader& data, const Loss& loss, int64_t steps) {
  Evaluation result;
  std::vector<float> predictions;
  double loss_sum = 0, right = 0;
  int64_t classes = 0;
  data.seek(0, 0);
  const int64_t all = data.steps_per_epoch();
  for (int64_t step = 0; step < (steps > 0 ? std::min(steps, all) : all); ++step) {
    const data::Batch batch = data.next();
    const Array output = predict(batch.x);
    const auto rows = static_cast<double>(batch.y.size());
    loss_sum += rows * loss.compute(batch.y, output, nullptr);
    const Array scores = class_scores(output, loss.from_logits());
    right += rows * accuracy(batch.y, scores);
    classes = scores.shape().back();
    const auto values = scores.span<float>();
    predictions.insert(predictions.end(), values.begin(), values.end());
    const auto labels = batch.y.span<int32_t>();
    result.labels.insert(result.labels.end(), labels.begin(), labels.end());
    result.items.insert(result.items.end(), batch.items.begin(), batch.items.end());
  }
  result.count = static_cast<int64_t>(result.labels.size());
  const double count = std::max(1.0, static_cast<double>(result.count));
  result.loss = loss_sum / count;
  result.accuracy = right / count;
  result.predictions = Array::of<float>({result.count, classes}, predictions);
  return result;
}

double disagreement(const Evaluation& a, const Evaluation& b) {
  const auto first = argmax_rows(a.predictions), second = argmax_rows(b.predictions);
  if (first.size() != second.size()) throw ValueError("two evaluations of different data cannot be compared");
  int64_t differing = 0;
  for (size_t i = 0; i < first.size(); ++i) differing += first[i] != second[i] ? 1 : 0;
  return first.empty() ? 0.0 : static_cast<double>(differing) / static_cast<double>(first.size());
}

}  // namespace nudge::train
