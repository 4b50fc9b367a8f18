// Losses over a batch of predictions, with their gradient.
#pragma once

#include <memory>
#include <string>

#include "nudge/base/array.h"

namespace nudge::train {

class Loss {
 public:
  virtual ~Loss() = default;
  // Keras's name: "sparse_categorical_crossentropy".
  virtual std::string name() const = 0;

  // The mean over the batch; `predictions` float32 (N, classes).  Unless `gradient` is null it receives
  // d loss / d predictions, of the same shape.  Throws ValueError on labels or shapes that do not fit.
  virtual double compute(const Array& labels, const Array& predictions, Array* gradient) const = 0;
};

// labels int32 (N).  Predictions are probabilities, clipped to [1e-7, 1 - 1e-7] as Keras does, or logits.
std::unique_ptr<Loss> sparse_categorical_crossentropy(bool from_logits = false);
// labels float32 (N, classes); or int32 (N), which stand for one-hot rows.
std::unique_ptr<Loss> categorical_crossentropy(bool from_logits = false);

// "sparse_categorical_crossentropy", "categorical_crossentropy", either with "_from_logits" appended.
// Throws ValueError listing them.
std::unique_ptr<Loss> loss_from_name(const std::string& name);

// The share of rows whose largest prediction is the label; the first of equals counts, as in Keras.
// `labels` as for either loss.
double accuracy(const Array& labels, const Array& predictions);

// The class of the largest prediction, a row each.
std::vector<int32_t> argmax_rows(const Array& predictions);

}  // namespace nudge::train
