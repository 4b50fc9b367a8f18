// Losses over a batch of predictions, with their gradient.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nudge/base/array.h"

namespace nudge::train {

class Loss {
 public:
  virtual ~Loss() = default;
  // Keras's name, with "_from_logits" where that is so: "sparse_categorical_crossentropy".
  virtual std::string name() const = 0;
  // Whether predictions are scores on the whole line rather than probabilities.
  virtual bool from_logits() const = 0;

  // The mean over the batch; `predictions` float32 (N, outputs).  Unless `gradient` is null it receives
  // d loss / d predictions, of the same shape.  Throws ValueError on labels or shapes that do not fit.
  virtual double compute(const Array& labels, const Array& predictions, Array* gradient) const = 0;
};

// Each crossentropy of probabilities is Keras's: they are clipped to [1e-7, 1 - 1e-7].  Above, the gradient
// is zero; below it stays what it is at the clip, so that a class lost in float's underflow can come back.

// labels int32 (N).  A row of probabilities that does not sum to one is divided by its sum, as Keras does.
std::unique_ptr<Loss> sparse_categorical_crossentropy(bool from_logits = false);
// labels float32 (N, classes); or int32 (N), which stand for one-hot rows.
std::unique_ptr<Loss> categorical_crossentropy(bool from_logits = false);
// Each output by itself: yes or no.  Of one output, labels int32 (N) are 0 or 1; of several they are one-hot
// rows or int32 (N), which stand for them.
std::unique_ptr<Loss> binary_crossentropy(bool from_logits = false);

// "sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy", each with
// "_from_logits" appended.
const std::vector<std::string>& loss_names();
// Throws ValueError listing them.
std::unique_ptr<Loss> loss_from_name(const std::string& name);

}  // namespace nudge::train
