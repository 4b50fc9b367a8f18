// The entry of the shared library: which layer is computed how.
#include <malloc.h>

#include "nudge/base/error.h"
#include "nudge/plan/torch/autograd_step.h"
#include "nudge/plan/torch/compute.h"

namespace nudge::plan::torch_steps {
namespace {

// The computation of `layer` when it is an L; empty otherwise.
template <typename L>
Compute when(const Layer& layer, Compute (*make)(const L&)) {
  const auto* known = dynamic_cast<const L*>(&layer);
  return known == nullptr ? Compute() : make(*known);
}

Compute compute_of(const Layer& layer) {
  using namespace nudge::layers;
  Compute compute;
  if ((compute = when<Conv2D>(layer, convolution)) || (compute = when<DepthwiseConv2D>(layer, convolution)) ||
      (compute = when<Dense>(layer, product)) || (compute = when<BatchNormalization>(layer, normalization)) ||
      (compute = when<MaxPooling2D>(layer, pooling)) || (compute = when<AveragePooling2D>(layer, pooling)) ||
      (compute = when<GlobalMaxPooling2D>(layer, pooling)) ||
      (compute = when<GlobalAveragePooling2D>(layer, pooling)) || (compute = when<ReLU>(layer, activation)) ||
      (compute = when<LeakyReLU>(layer, activation)) || (compute = when<Softmax>(layer, activation)) ||
      (compute = when<Add>(layer, merge)) || (compute = when<Multiply>(layer, merge)) ||
      (compute = when<Maximum>(layer, merge)) || (compute = when<Concatenate>(layer, merge)) ||
      (compute = when<ZeroPadding2D>(layer, image)) || (compute = when<UpSampling2D>(layer, image)) ||
      (compute = when<Rescaling>(layer, image))) {
    return compute;
  }
  throw UnsupportedError("layer '" + layer.name() + "' (" + layer.class_name() +
                         "): there is no step that computes this class; see CONTRIBUTING for how to add one");
}

class Factory : public FallbackFactory {
 public:
  std::unique_ptr<FallbackStep> layer_step(const Layer& layer) const override {
    const std::string where = "layer '" + layer.name() + "' (" + layer.class_name() + "): ";
    return std::make_unique<AutogradStep>(where, compute_of(layer));
  }
  std::unique_ptr<FallbackStep> activation_step(layers::ActivationFunction function) const override {
    return std::make_unique<AutogradStep>("activation '" + to_string(function) + "': ", activation(function));
  }
};

}  // namespace
}  // namespace nudge::plan::torch_steps

extern "C" __attribute__((visibility("default"))) const nudge::plan::FallbackFactory*
nudge_fallback_factory() {
  static const nudge::plan::torch_steps::Factory factory = [] {
    // libtorch allocates every result anew: without this glibc maps and clears fresh pages for each, up to
    // half of a step's time.  32 MiB is the largest threshold it takes.
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    return nudge::plan::torch_steps::Factory();
  }();
  return &factory;
}
