#include <algorithm>

#include "nudge/kernels/convolution/convolution.h"
#include "nudge/kernels/cpu/parts.h"
#include "nudge/kernels/cpu/scratch.h"
#include "nudge/kernels/elementwise/add_to.h"

namespace nudge::kernels {
namespace {

// No product: what is normalised is the input.
class Identity : public Convolution {
 public:
  explicit Identity(const Geometry& geometry) : Convolution(geometry) {
    forward_chunk_ = backward_chunk_ = std::max<int64_t>(8, kPassFloats / geometry_.in_channels);
    forward_grain_ = backward_grain_ = std::max(forward_chunk_, kPartFloats / geometry_.in_channels);
  }

  void forward(const InputRows& input, const ConvolutionKernel&, int64_t begin, int64_t end,
               const MatmulOutput& out) const override {
    const int64_t n = geometry_.in_channels, count = (end - begin) * n;
    const float* from = input.span(begin * n, count, out.floats);
    if (from != out.floats) std::copy_n(from, count, out.floats);
  }

  void backward(const InputRows&, const ConvolutionKernel&, int64_t begin, int64_t end,
                const GradientRows& gradient, float*, const Reals& dx, bool accumulate_dx) const override {
    if (!dx) return;
    const int64_t n = geometry_.in_channels, count = (end - begin) * n;
    const Reals to = dx.at(begin * n);
    if (to.f32 != nullptr && !accumulate_dx) return gradient.floats(begin, end - begin, to.f32);
    float* rows = scratch_floats(Scratch::kGradient, count);
    gradient.floats(begin, end - begin, rows);
    if (to.f32 != nullptr) return add_to(rows, count, to.f32);
    accumulate_dx ? add_to_bfloat16(rows, count, to.bf16) : round_to_bfloat16(rows, count, to.bf16);
  }
};

}  // namespace

std::unique_ptr<Convolution> make_identity(const Geometry& geometry) {
  return std::make_unique<Identity>(geometry);
}

}  // namespace nudge::kernels
