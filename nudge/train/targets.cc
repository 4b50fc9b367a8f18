#include "nudge/train/targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nudge/base/error.h"

namespace nudge::train {
namespace {

int64_t outputs_of(const Array& predictions) {
  if (predictions.shape().size() != 2) {
    throw ValueError("a crossentropy needs predictions of shape (batch, classes), given " +
                     to_string(predictions.shape()));
  }
  return predictions.shape()[1];
}

}  // namespace

double clipped(double probability) {
  return std::isnan(probability) ? probability : std::clamp(probability, kEpsilon, kCeiling);
}

Targets::Targets(const std::string& loss, Form form, const Array& labels, const Array& predictions)
    : labels_(labels), outputs_(outputs_of(predictions)), sparse_(labels.type() == DataType::kInt32) {
  if (!sparse_ && (form == Form::kClassNumbers || labels.type() != DataType::kFloat32)) {
    throw ValueError(fmt::format("loss {} needs {} as labels, given {}", loss,
                                 form == Form::kClassNumbers ? "int32 class numbers" : "one-hot float32 rows",
                                 to_string(labels.type())));
  }
  const int64_t rows = predictions.shape()[0];
  const Shape wanted = sparse_ ? Shape{rows} : Shape{rows, outputs_};
  if (labels.shape() != wanted) {
    throw ValueError("labels of shape " + to_string(wanted) + " are needed, given " +
                     to_string(labels.shape()));
  }
  if (!sparse_) return;
  const int64_t classes = outputs_ == 1 ? 2 : outputs_;
  for (const int32_t label : labels.span<int32_t>()) {
    if (label >= 0 && label < classes) continue;
    throw ValueError(fmt::format("label {} is outside the model's {} classes", label, classes));
  }
}

double Targets::operator()(int64_t row, int64_t output) const {
  if (!sparse_) return static_cast<double>(labels_.data<float>()[row * outputs_ + output]);
  return labels_.data<int32_t>()[row] == (outputs_ == 1 ? 1 : output) ? 1.0 : 0.0;
}

}  // namespace nudge::train
