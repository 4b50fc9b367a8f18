#include "nudge/train/evaluation.h"

#include <algorithm>
#include <cmath>

#include "nudge/base/error.h"
#include "nudge/base/log.h"
#include "nudge/train/class_scores.h"

namespace nudge::train {

namespace {

// Whether an output's scores and class numbers are worth keeping.
bool says_classes(const Objective& objective, const data::Batch& batch,
                  const std::vector<Array>& predictions) {
  if (objective.goals().size() != 1 || !objective.goals().front().loss->classifies()) return false;
  const Array& target = batch.targets.at(0);
  return predictions.front().shape().size() == 2 && target.type() == DataType::kInt32 &&
         target.size() == batch.rows();
}

}  // namespace

Evaluation evaluate(const Scoring& predict, data::BatchStream& data, const Objective& objective,
                    int64_t steps) {
  Evaluation result;
  Tally tally(objective);
  std::vector<float> predictions;
  int64_t classes = 0;
  data.seek(0, 0);
  const int64_t all = data.steps_per_epoch();
  for (int64_t step = 0; step < (steps > 0 ? std::min(steps, all) : all); ++step) {
    const data::Batch batch = data.next();
    const std::vector<Array> outputs = predict(batch.inputs);
    const auto losses = objective.losses(batch, outputs, nullptr);
    tally.add(losses, losses.total, batch, outputs);
    result.items.insert(result.items.end(), batch.items.begin(), batch.items.end());
    if (!says_classes(objective, batch, outputs)) continue;
    const Array scores = class_scores(outputs.front(), objective.goals().front().loss->from_logits());
    classes = scores.shape().back();
    const auto values = scores.span<float>();
    predictions.insert(predictions.end(), values.begin(), values.end());
    const auto labels = batch.targets.front().span<int32_t>();
    result.labels.insert(result.labels.end(), labels.begin(), labels.end());
  }
  result.count = tally.items();
  result.metrics = tally.logs();
  result.loss = result.metrics.at("loss");
  if (!std::isfinite(result.loss)) {
    log_warning("the loss is not finite: the model gives NaN or infinity for some of the data");
  }
  for (const Goal& goal : objective.goals()) {
    const auto found =
        result.metrics.find(objective.goals().size() == 1 ? "accuracy" : goal.name + "_accuracy");
    if (found == result.metrics.end()) continue;
    result.accuracy = found->second;
    break;
  }
  if (classes > 0) result.predictions = Array::of<float>({result.count, classes}, predictions);
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
