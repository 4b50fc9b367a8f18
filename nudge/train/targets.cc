#include "nudge/train/targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nudge/base/error.h"

namespace nudge::train {
namespace {

int64_t outputs_of(const std::string& loss, const Array& predictions) {
  if (predictions.shape().size() < 2) {
    throw ValueError(fmt::format("{} needs predictions of shape (batch, ..., outputs), given {}", loss,
                                 to_string(predictions.shape())));
  }
  return predictions.shape().back();
}

}  // namespace

double clipped(double probability) {
  return std::isnan(probability) ? probability : std::clamp(probability, kEpsilon, kCeiling);
}

Targets::Targets(const std::string& loss, Form form, const Array& labels, const Array& predictions)
    : labels_(labels), outputs_(outputs_of(loss, predictions)) {
  rows_ = outputs_ == 0 ? 0 : predictions.size() / outputs_;
  const bool integers = labels.type() == DataType::kInt32;
  const bool rows =
      form == Form::kClassNumbersOrRows && outputs_ > 1 && labels.shape() == predictions.shape();
  classes_ = integers && form != Form::kNumbers && !rows;
  const bool known = integers || (labels.type() == DataType::kFloat32 && form != Form::kClassNumbers);
  if (!known) {
    const char* wanted = form == Form::kClassNumbers         ? "int32 class numbers"
                         : form == Form::kClassNumbersOrRows ? "one-hot float32 rows"
                                                             : "float32 numbers";
    throw ValueError(
        fmt::format("loss {} needs {} as labels, given {}", loss, wanted, to_string(labels.type())));
  }
  const Shape& full = predictions.shape();
  const Shape without(full.begin(), full.end() - 1);
  const bool fits = labels.shape() == (classes_ ? without : full) ||
                    (outputs_ == 1 && labels.shape() == (classes_ ? full : without));
  if (!fits) {
    throw ValueError("labels of shape " + to_string(classes_ ? without : full) + " are needed, given " +
                     to_string(labels.shape()));
  }
  if (!classes_) return;
  const int64_t classes = outputs_ == 1 ? 2 : outputs_;
  for (const int32_t label : labels.span<int32_t>()) {
    if (label >= 0 && label < classes) continue;
    throw ValueError(fmt::format("label {} is outside the model's {} classes", label, classes));
  }
}

void Targets::read(int64_t row, std::span<double> target) const {
  if (classes_) {
    const int32_t label = labels_.data<int32_t>()[row];
    std::fill(target.begin(), target.end(), 0.0);
    if (outputs_ == 1) {
      target[0] = label;
    } else {
      target[static_cast<size_t>(label)] = 1.0;
    }
  } else if (labels_.type() == DataType::kInt32) {
    std::copy_n(labels_.data<int32_t>() + row * outputs_, outputs_, target.begin());
  } else {
    std::copy_n(labels_.data<float>() + row * outputs_, outputs_, target.begin());
  }
}

}  // namespace nudge::train
