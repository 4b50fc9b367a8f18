#include "nudge/train/class_scores.h"

#include <algorithm>
#include <cmath>

#include "nudge/base/error.h"

namespace nudge::train {
namespace {

void check_rank(const Array& scores) {
  if (scores.shape().size() == 2) return;
  throw ValueError("classes are told from scores of shape (batch, classes), given " +
                   to_string(scores.shape()));
}

}  // namespace

int64_t class_count(int64_t outputs) { return outputs == 1 ? 2 : outputs; }

Array class_scores(const Array& predictions, bool from_logits) {
  check_rank(predictions);
  if (predictions.shape()[1] != 1) return predictions;
  Array scores({predictions.shape()[0], 2});
  float* out = scores.data<float>();
  for (const float value : predictions.span<float>()) {
    const float probability = from_logits ? 1 / (1 + std::exp(-value)) : value;
    *out++ = 1 - probability;
    *out++ = probability;
  }
  return scores;
}

std::vector<int32_t> argmax_rows(const Array& scores) {
  check_rank(scores);
  const int64_t rows = scores.shape()[0], classes = scores.shape()[1];
  std::vector<int32_t> result;
  for (int64_t row = 0; row < rows; ++row) {
    const float* values = scores.data<float>() + row * classes;
    result.push_back(static_cast<int32_t>(std::max_element(values, values + classes) - values));
  }
  return result;
}

std::vector<int32_t> classes_of(const Array& labels) {
  if (labels.type() == DataType::kInt32 && labels.shape().size() == 1) {
    return {labels.span<int32_t>().begin(), labels.span<int32_t>().end()};
  }
  Array rows = labels;
  if (labels.type() == DataType::kInt32) {
    rows = Array(labels.shape());
    std::copy_n(labels.data<int32_t>(), labels.size(), rows.data<float>());
  }
  if (rows.shape().size() == 1) rows = rows.reshape({rows.size(), 1});
  return argmax_rows(class_scores(rows, /*from_logits=*/false));
}

double accuracy(const Array& labels, const Array& scores) {
  const auto predicted = argmax_rows(scores);
  const auto wanted = classes_of(labels);
  if (wanted.size() != predicted.size()) throw ValueError("as many labels as predictions are needed");
  int64_t right = 0;
  for (size_t i = 0; i < wanted.size(); ++i) right += wanted[i] == predicted[i] ? 1 : 0;
  return predicted.empty() ? 0.0 : static_cast<double>(right) / static_cast<double>(predicted.size());
}

}  // namespace nudge::train
