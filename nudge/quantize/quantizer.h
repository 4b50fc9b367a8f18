// How a range follows the values it is shown or the loss, and what grid it gives: TFMOT's quantizers and
// more.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "nudge/base/json.h"
#include "nudge/base/shape.h"
#include "nudge/kernels/values/range_gradient.h"

namespace nudge::quantize {

// What learning a range by the loss's gradient remembers.
struct RangeLearning {
  int64_t steps = 0;
  // Adam's averages of the gradient and of its square, for the minimum and for the maximum.
  std::array<double, 2> momentum{}, velocity{};
};

// The figures that a range's movement leaves behind beside its minimum and maximum.
struct RangeProgress {
  int64_t updates = 0;         // batches seen, calibration included
  int64_t training_steps = 0;  // that were made with the range: weights that know their grid
  double mass = 0.0;           // of the debiased moving average: 1 - decay^updates
  double distance = 1.0;       // convergence figure; see Ranges
  double recent_min = 0.0;     // the faster average that `distance` compares with
  double recent_max = 0.0;
  RangeLearning learning;
};

struct QuantizerOptions {
  int num_bits = 8;
  bool per_axis = false;      // one range a channel instead of one a tensor
  int channel_axes = 1;       // how many of the last axes number the channels: 2 for a depthwise kernel
  bool symmetric = false;     // the range is widened to be symmetric around zero
  bool narrow_range = false;  // the lowest code is not used: [-127, 127]
  float init_min = -6.0f;     // where a range starts before any update
  float init_max = 6.0f;
};

class Quantizer {
 public:
  explicit Quantizer(QuantizerOptions options) : options_(options) {}
  virtual ~Quantizer() = default;

  // TFMOT's class: "LastValueQuantizer", "MovingAverageQuantizer", "AllValuesQuantizer", "FixedQuantizer"; or
  // "LearnedQuantizer".
  virtual std::string class_name() const = 0;
  virtual Json config() const = 0;
  const QuantizerOptions& options() const { return options_; }

  // False for a fixed range: it has no variables.
  virtual bool has_range() const { return true; }

  // Moves the range given one batch's extremes; all spans have one element a range.
  virtual void update(std::span<float> min, std::span<float> max, std::span<const float> batch_min,
                      std::span<const float> batch_max, RangeProgress& progress) const = 0;

  // Whether training's batches move the range.  If not, only calibration does, and the first batch of a range
  // that has seen none.
  virtual bool follows_batches() const { return true; }
  // Whether the loss moves it: learn() after each step's backward pass.
  virtual bool learns() const { return false; }
  // Moves the range against the loss's gradient; `rate` is a factor on the quantizer's own learning rate.
  virtual void learn(std::span<float> min, std::span<float> max,
                     std::span<const kernels::RangeGradient> gradients, double rate,
                     RangeProgress& progress) const;

 private:
  QuantizerOptions options_;
};

using QuantizerPtr = std::shared_ptr<const Quantizer>;

// How many ranges a tensor of this shape has under `options`, as a shape: () or (channels,).
// Channels count through the last `channel_axes` axes, the last one fastest.
Shape range_shape(const QuantizerOptions& options, const Shape& tensor);

// Throws UnsupportedError on an unknown class, InputError on a config of the wrong form.
QuantizerPtr quantizer_from_config(const std::string& class_name, const Json& config);

// Makes a custom class known to quantizer_from_config(); a later one of the same name replaces it.
// Thread-safe.
using QuantizerFactory = std::function<QuantizerPtr(const Json& config)>;
void register_quantizer(const std::string& class_name, QuantizerFactory factory);

// What every quantizer's config() starts from, and back.
Json to_json(const QuantizerOptions& options);
QuantizerOptions quantizer_options_from_json(const Json& json);

}  // namespace nudge::quantize
