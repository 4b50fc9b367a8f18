// The entry of the shared library: which primitive is computed how.
#include <malloc.h>

#include "nudge/base/error.h"
#include "nudge/plan/torch/autograd_step.h"
#include "nudge/plan/torch/compute.h"

namespace nudge::plan::torch_steps {
namespace {

struct ComputeOf {
  const std::string& where;

  Compute operator()(const ops::Conv2D& p) const { return convolution(p); }
  Compute operator()(const ops::DepthwiseConv2D& p) const { return convolution(p); }
  Compute operator()(const ops::ConvTranspose2D& p) const { return convolution(p); }
  Compute operator()(const ops::Conv3D& p) const { return convolution(p); }
  Compute operator()(const ops::ConvTranspose3D& p) const { return convolution(p); }
  Compute operator()(const ops::MatMul& p) const { return product(p); }
  Compute operator()(const ops::BatchMatMul& p) const { return product(p); }
  Compute operator()(const ops::Normalize& p) const { return normalization(p); }
  Compute operator()(const ops::Pool& p) const { return pooling(p); }
  Compute operator()(const ops::Reduce& p) const { return pooling(p); }
  Compute operator()(const ops::Activate& p) const { return activation(p); }
  Compute operator()(const ops::Combine& p) const { return merge(p); }
  Compute operator()(const ops::Concatenate& p) const { return merge(p); }
  Compute operator()(const ops::Rescale& p) const { return affine(p); }
  Compute operator()(const ops::Pad& p) const { return movement(p); }
  Compute operator()(const ops::Resize& p) const { return movement(p); }
  Compute operator()(const ops::Transpose& p) const { return movement(p); }
  Compute operator()(const ops::Slice& p) const { return movement(p); }
  Compute operator()(const ops::Gather& p) const { return movement(p); }
  // These have steps of their own (plain_steps.cc).
  Compute operator()(const ops::Reshape&) const { return refuse("Reshape"); }
  Compute operator()(const ops::Constant&) const { return refuse("Constant"); }
  Compute operator()(const ops::Dropout&) const { return refuse("Dropout"); }
  Compute operator()(const ops::GaussianNoise&) const { return refuse("GaussianNoise"); }
  Compute operator()(const ops::Distort&) const { return refuse("Distort"); }
  Compute operator()(const ops::Identity&) const { return refuse("Identity"); }
  Compute operator()(const ops::Quantize&) const { return refuse("Quantize"); }

  Compute refuse(const char* primitive) const {
    throw UnsupportedError(where + primitive + " is not computed by libtorch");
  }
};

class Factory : public FallbackFactory {
 public:
  std::unique_ptr<FallbackStep> step(const ops::Primitive& primitive,
                                     const std::string& where) const override {
    return std::make_unique<AutogradStep>(where, std::visit(ComputeOf{where}, primitive));
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
