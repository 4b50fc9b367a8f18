// Losses over a batch of predictions, with their gradient.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/train/targets.h"

namespace nudge::train {

// Everything here is Keras's: values, names, defaults, and the mean over all rows ("sum_over_batch_size").  A
// row is what the last axis holds: an image's classes, a pixel's of a segmentation.
class Loss {
 public:
  virtual ~Loss() = default;
  // Keras's name, with "_from_logits" where that is so: "sparse_categorical_crossentropy".
  virtual std::string name() const = 0;
  // Whether predictions are scores on the whole line rather than probabilities.
  virtual bool from_logits() const { return false; }
  // Whether targets say to which class something belongs, and accuracy is something to ask for.
  virtual bool classifies() const { return false; }
  // Whether each output is a question of its own, as of binary_crossentropy.
  virtual bool independent() const { return false; }
  // What differs from Keras's defaults by Keras's names, but for from_logits; flags are 0 or 1.
  virtual std::map<std::string, double> options() const { return {}; }
  // Name and options as one: "huber:delta=0.5".
  std::string spec() const;

  // The mean over the rows, each item's counted `weights` times (float32 (N); empty: once); `predictions`
  // float32 (N, ..., outputs), `labels` as Targets takes them.  Unless `gradient` is null it receives
  // d loss / d predictions, of the same shape.  Throws ValueError on labels or shapes that do not fit.
  double compute(const Array& labels, const Array& predictions, Array* gradient,
                 const Array& weights = {}) const;

 protected:
  virtual Targets::Form form() const = 0;
  // Throws ValueError where it is no loss for so many outputs.
  virtual void check_outputs(int64_t) const {}
  // Label smoothing.
  virtual void smooth(std::span<double>) const {}
  // Of one row, whose `predicted` it may change; overwrites `gradient`.
  virtual double row(std::span<const double> target, std::span<double> predicted,
                     std::span<double> gradient) const = 0;
};

// Each crossentropy of probabilities clips them to [1e-7, 1 - 1e-7].  Above, the gradient is zero; below it
// stays what it is at the clip, so that a class lost in float's underflow can come back.

// labels int32 (N).  A row of probabilities that does not sum to one is divided by its sum, as Keras does.
std::unique_ptr<Loss> sparse_categorical_crossentropy(bool from_logits = false);
// labels float32 (N, classes); or int32 (N), which stand for one-hot rows.  Label smoothing takes the part
// `label_smoothing` from each row and gives it to all classes alike.
std::unique_ptr<Loss> categorical_crossentropy(bool from_logits = false, double label_smoothing = 0.0);
// Each output by itself, and their mean.  labels as above; of one output int32 (N) of 0 and 1.
std::unique_ptr<Loss> binary_crossentropy(bool from_logits = false, double label_smoothing = 0.0);

// Lin et al. 2017: what is predicted well already counts less.
struct FocalOptions {
  bool from_logits = false;
  double label_smoothing = 0.0;
  double alpha = 0.25;                 // of the class 1, or of every class
  double gamma = 2.0;                  // how much less; 0: the crossentropy
  bool apply_class_balancing = false;  // of binary_focal_crossentropy, which uses alpha only then
};
std::unique_ptr<Loss> binary_focal_crossentropy(FocalOptions options = {});
std::unique_ptr<Loss> categorical_focal_crossentropy(FocalOptions options = {});

// Of numbers: labels float32 or int32 of the predictions' shape, whose last axis may be left out where it
// is 1.
std::unique_ptr<Loss> mean_squared_error();
std::unique_ptr<Loss> mean_absolute_error();
// Squared up to `delta`, absolute beyond.  Throws ValueError unless it is above 0.
std::unique_ptr<Loss> huber(double delta = 1.0);

// By Keras's name, or a crossentropy's with "_from_logits" behind it, and options by Keras's names.  Throws
// ValueError listing the names, or the loss's options.
std::unique_ptr<Loss> loss_from_name(const std::string& name,
                                     const std::map<std::string, double>& options = {});
const std::vector<std::string>& loss_names();

}  // namespace nudge::train
