#include "nudge/plan/noise_step.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/base/threads.h"

namespace nudge::plan {
namespace {

// Draws that share one generator: the noise is the same at any thread count.
constexpr int64_t kRun = 4096;

// What a draw does: x becomes x * factor + offset.
struct Noise {
  float factor = 1;
  float offset = 0;
};

struct DropElements {
  explicit DropElements(double share)
      : rate(share), scale(static_cast<float>(share < 1.0 ? 1.0 / (1.0 - share) : 0.0)) {}
  Noise operator()(Random& random) const { return {random.uniform() < rate ? 0.0f : scale, 0.0f}; }
  double rate;
  float scale;
};

// Klambauer et al. 2017: the dropped take SELU's lowest value, and an affine map restores mean and variance.
struct DropToLowest {
  explicit DropToLowest(double share) : rate(share) {
    const double lowest = -1.6732632423543772 * 1.0507009873554805;
    const double factor = 1.0 / std::sqrt((1.0 - rate) * (1.0 + rate * lowest * lowest));
    const double offset = -factor * lowest * rate;
    kept = {static_cast<float>(factor), static_cast<float>(offset)};
    dropped = {0.0f, static_cast<float>(factor * lowest + offset)};
  }
  Noise operator()(Random& random) const { return random.uniform() < rate ? dropped : kept; }
  double rate;
  Noise kept;
  Noise dropped;
};

struct MultiplyByNormal {
  explicit MultiplyByNormal(double rate) : deviation(std::sqrt(rate / (1.0 - rate))) {}
  Noise operator()(Random& random) const {
    return {static_cast<float>(1.0 + deviation * random.normal()), 0.0f};
  }
  double deviation;
};

struct AddNormal {
  explicit AddNormal(double stddev) : deviation(stddev) {}
  Noise operator()(Random& random) const { return {1.0f, static_cast<float>(deviation * random.normal())}; }
  double deviation;
};

// Steps through a tensor in memory order and says which draw an element has.
class DrawIndex {
 public:
  // `noise` divides into `shape`: each dimension is the same or 1.
  DrawIndex(const Shape& shape, const Shape& noise)
      : shape_(shape), at_(shape.size(), 0), strides_(shape.size(), 0) {
    int64_t stride = 1;
    for (size_t i = shape.size(); i-- > 0;) {
      if (noise[i] != 1) strides_[i] = stride;
      stride *= noise[i];
    }
  }

  void seek(int64_t element) {
    index_ = 0;
    for (size_t i = shape_.size(); i-- > 0;) {
      at_[i] = element % shape_[i];
      element /= shape_[i];
      index_ += at_[i] * strides_[i];
    }
  }

  int64_t operator*() const { return index_; }

  void operator++() {
    for (size_t i = shape_.size(); i-- > 0;) {
      index_ += strides_[i];
      if (++at_[i] < shape_[i]) return;
      index_ -= shape_[i] * strides_[i];
      at_[i] = 0;
    }
  }

 private:
  Shape shape_;
  Shape at_;
  Shape strides_;
  int64_t index_ = 0;
};

template <typename Draw>
class NoiseStep : public Step {
 public:
  NoiseStep(const ops::Operation& operation, Draw draw, bool acts, std::optional<int64_t> seed,
            Shape noise_shape, int64_t which)
      : Step(operation.name, "grid", operation.inputs, operation.output),
        where_(ops::Program::where(operation)),
        draw_(draw),
        acts_(acts),
        seed_(seed),
        noise_shape_(std::move(noise_shape)),
        which_(which) {}

  void forward(StepContext& context) override {
    Values& values = context.values;
    const ValueId input = inputs()[0];
    now_ = acts_ && context.mode == Mode::kTraining;
    if (!now_) {
      values.alias(output(), input);
      return;
    }
    const uint64_t seed = seed_ ? static_cast<uint64_t>(*seed_) : context.seed;
    generator_ = Random(seed)
                     .fork(stable_hash(description().name) + static_cast<uint64_t>(which_))
                     .fork(static_cast<uint64_t>(context.training_steps));
    draw_shared(values.shape(input));
    const float* x = values.read(input);
    float* y = values.write(output());
    each(values.shape(input),
         [&](int64_t i, const Noise& noise) { y[i] = x[i] * noise.factor + noise.offset; });
  }

  std::vector<ValueId> backward_reads() const override { return {}; }
  bool may_alias() const override { return true; }

  void backward(StepContext& context) override {
    Values& values = context.values;
    const ValueId input = inputs()[0];
    if (!now_) {
      values.pass_gradient(output(), input);
      return;
    }
    Values::Share share = values.begin_gradient(input);
    const float* dy = values.gradient(output());
    float* dx = share.data.f32;
    each(values.shape(input), [&](int64_t i, const Noise& noise) { dx[i] = dy[i] * noise.factor; });
    values.end_gradient(std::move(share));
  }

 private:
  // Calls visit(draw, noise) for draws [0, n).
  template <typename Visit>
  void draws(int64_t n, const Visit& visit) const {
    parallel_for((n + kRun - 1) / kRun, 1, [&](int64_t begin, int64_t end) {
      for (int64_t run = begin; run < end; ++run) {
        Random random = generator_.fork(static_cast<uint64_t>(run));
        const int64_t last = std::min(n, (run + 1) * kRun);
        for (int64_t i = run * kRun; i < last; ++i) visit(i, draw_(random));
      }
    });
  }

  // Where elements share draws these are kept.
  void draw_shared(const Shape& shape) {
    shared_shape_ = noise_shape_;
    for (size_t i = 0; i < shared_shape_.size(); ++i) {
      if (shared_shape_[i] == kUnknown) shared_shape_[i] = shape[i];
      if (shared_shape_[i] != 1 && shared_shape_[i] != shape[i]) {
        throw ShapeError(where_ + "noise_shape " + to_string(noise_shape_) + " does not fit the shape " +
                         to_string(shape) + " of the values");
      }
    }
    if (shared_shape_.empty()) return;
    shared_.resize(static_cast<size_t>(element_count(shared_shape_)));
    draws(element_count(shared_shape_),
          [&](int64_t i, const Noise& noise) { shared_[static_cast<size_t>(i)] = noise; });
  }

  // Calls visit(element, noise) for every element; those with a draw each are drawn again in backward.
  template <typename Visit>
  void each(const Shape& shape, const Visit& visit) const {
    if (shared_shape_.empty()) return draws(element_count(shape), visit);
    parallel_for(element_count(shape), kRun, [&](int64_t begin, int64_t end) {
      DrawIndex index(shape, shared_shape_);
      index.seek(begin);
      for (int64_t i = begin; i < end; ++i, ++index) visit(i, shared_[static_cast<size_t>(*index)]);
    });
  }

  std::string where_;
  Draw draw_;
  bool acts_;
  std::optional<int64_t> seed_;
  Shape noise_shape_;
  int64_t which_;
  bool now_ = false;
  Random generator_{0};
  Shape shared_shape_;
  std::vector<Noise> shared_;
};

template <typename Draw>
StepPtr make_step(const ops::Operation& operation, const ops::Dropout& dropout) {
  return std::make_unique<NoiseStep<Draw>>(operation, Draw(dropout.rate), dropout.rate > 0.0, dropout.seed,
                                           dropout.noise_shape, dropout.draw);
}

}  // namespace

StepPtr make_noise_step(const ops::Operation& operation) {
  if (const auto* noise = operation.as<ops::GaussianNoise>()) {
    return std::make_unique<NoiseStep<AddNormal>>(operation, AddNormal(noise->stddev), noise->stddev > 0.0,
                                                  noise->seed, Shape{}, 0);
  }
  const auto* dropout = operation.as<ops::Dropout>();
  if (dropout == nullptr) return nullptr;
  switch (dropout->kind) {
    case ops::DropoutKind::kZero:
      return make_step<DropElements>(operation, *dropout);
    case ops::DropoutKind::kAlpha:
      return make_step<DropToLowest>(operation, *dropout);
    case ops::DropoutKind::kGaussian:
      return make_step<MultiplyByNormal>(operation, *dropout);
  }
  return nullptr;
}

}  // namespace nudge::plan
