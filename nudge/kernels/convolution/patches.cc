#include <algorithm>

#include "nudge/kernels/convolution/convolution.h"
#include "nudge/kernels/convolution/im2col.h"
#include "nudge/kernels/convolution/multiply_rows.h"
#include "nudge/kernels/convolution/multiply_rows_bf16.h"
#include "nudge/kernels/cpu/parts.h"
#include "nudge/kernels/cpu/scratch.h"
#include "nudge/kernels/matmul/matmul_bf16.h"
#include "nudge/kernels/matmul/matmul_f32.h"
#include "nudge/kernels/matmul/packing.h"

namespace nudge::kernels {
namespace {

// Any convolution, as a product of patches.
class Patches : public Convolution {
 public:
  Patches(const Geometry& geometry, bool bf16) : Convolution(geometry), bf16_(bf16) {
    unit_pixels_ = geometry_.out_width;
    const int64_t row = geometry_.out_width * (terms() + geometry_.out_channels);
    forward_chunk_ = backward_chunk_ = std::max<int64_t>({1, 131072 / row, 48 / geometry_.out_width});
    forward_grain_ =
        std::max<int64_t>(1, kPartMultiplications / (geometry_.out_width * terms() * geometry_.out_channels));
    backward_grain_ = backward_align_ = geometry_.out_height;
  }

  void forward(const InputRows& input, const ConvolutionKernel& kernel, int64_t begin, int64_t end,
               const MatmulOutput& out) const override {
    const int64_t k = terms(), m = pixels(begin, end);
    if (kernel.int8 != nullptr) {
      const int64_t quads = (k + 3) / 4;
      auto* patches = reinterpret_cast<uint8_t*>(scratch_words(Scratch::kPatches, m * quads + kPatchSlack));
      gather_patches(geometry_, input, begin, end, 4 * quads, patches);
      multiply_rows_int8(m, k, patches, 4 * quads, input.zero_point(), *kernel.int8, out);
    } else if (input.bfloat16() != nullptr) {
      multiply_rows_bf16(halves(input, begin, end), m, k, 2 * pair_count(k), kernel.pairs,
                         geometry_.out_channels, out.floats);
    } else {
      float* patches = scratch_floats(Scratch::kPatches, m * k + kPatchSlack);
      gather_patches(geometry_, input, begin, end, k, patches);
      multiply_rows(m, geometry_.out_channels, k, patches, kernel, out.floats);
    }
  }

  void backward(const InputRows& input, const ConvolutionKernel& kernel, int64_t begin, int64_t end,
                const GradientRows& gradient, float* kernel_gradient, const Reals& dx,
                bool accumulate_dx) const override {
    if (bf16_) {
      backward_bf16(input, kernel, begin, end, gradient, kernel_gradient, dx, accumulate_dx);
    } else {
      backward_f32(input, kernel, begin, end, gradient, kernel_gradient, dx, accumulate_dx);
    }
  }

 private:
  // Pixels of output rows [begin, end), each of them a patch.
  int64_t pixels(int64_t begin, int64_t end) const { return (end - begin) * geometry_.out_width; }
  int64_t terms() const { return geometry_.kernel_rows(); }

  void backward_f32(const InputRows& input, const ConvolutionKernel& kernel, int64_t begin, int64_t end,
                    const GradientRows& gradient, float* kernel_gradient, const Reals& dx,
                    bool accumulate_dx) const {
    const int64_t k = terms(), n = geometry_.out_channels, m = pixels(begin, end);
    float* dy = scratch_floats(Scratch::kGradient, m * n);
    gradient.floats(begin * geometry_.out_width, m, dy);
    float* patches = scratch_floats(Scratch::kPatches, m * k + kPatchSlack);
    if (kernel_gradient != nullptr) {
      gather_patches(geometry_, input, begin, end, k, patches);
      matmul_f32(true, false, k, n, m, patches, k, dy, n, 1.0f, kernel_gradient, n);
    }
    if (!dx) return;
    matmul_f32(false, true, m, k, n, dy, n, kernel.values, n, 0.0f, patches, k);
    for (int64_t unit = begin; unit < end; ++unit, patches += geometry_.out_width * k) {
      const int64_t image = unit / geometry_.out_height, oy = unit % geometry_.out_height;
      float* image_dx = dx.f32 + image * geometry_.in_image();
      if (oy == 0 && !accumulate_dx) std::fill_n(image_dx, geometry_.in_image(), 0.0f);
      scatter_patches(geometry_, patches, oy, image_dx);
    }
  }

  void backward_bf16(const InputRows& input, const ConvolutionKernel& kernel, int64_t begin, int64_t end,
                     const GradientRows& gradient, float* kernel_gradient, const Reals& dx,
                     bool accumulate_dx) const {
    const int64_t k = terms(), n = geometry_.out_channels, m = pixels(begin, end);
    const InterleavedRows dy = paired_gradient(gradient, begin * geometry_.out_width, m, n);
    if (kernel_gradient != nullptr) {
      uint32_t* x = scratch_words(Scratch::kInputPairs, pair_count(m) * k);
      interleave_rows(halves(input, begin, end), m, k, 2 * pair_count(k), x);
      add_kernel_gradient(x, k, dy, n, m, kernel_gradient);
    }
    if (!dx) return;
    float* patches = scratch_floats(Scratch::kPatches, m * k + kPatchSlack);
    input_gradient(dy, m, n, kernel, k, patches, false);
    // An image's gradient is summed in floats; the parts of a batch are whole images, one after the other.
    float* sums = scratch_floats(Scratch::kPatchGradients, geometry_.in_image());
    for (int64_t unit = begin; unit < end; ++unit, patches += geometry_.out_width * k) {
      const int64_t image = unit / geometry_.out_height, oy = unit % geometry_.out_height;
      if (oy == 0) std::fill_n(sums, geometry_.in_image(), 0.0f);
      scatter_patches(geometry_, patches, oy, sums);
      if (oy + 1 < geometry_.out_height) continue;
      Bfloat16* image_dx = dx.bf16 + image * geometry_.in_image();
      const int64_t size = geometry_.in_image();
      accumulate_dx ? add_to_bfloat16(sums, size, image_dx) : round_to_bfloat16(sums, size, image_dx);
    }
  }

  // Patches of an even pitch.
  const Bfloat16* halves(const InputRows& input, int64_t begin, int64_t end) const {
    const int64_t pitch = 2 * pair_count(terms());
    const int64_t words = pixels(begin, end) * pitch / 2;
    auto* patches = reinterpret_cast<Bfloat16*>(scratch_words(Scratch::kPatches, words + kPatchSlack));
    gather_patches(geometry_, input, begin, end, pitch, patches);
    return patches;
  }

  bool bf16_;
};

}  // namespace

std::unique_ptr<Convolution> make_patches(const Geometry& geometry, bool bf16) {
  return std::make_unique<Patches>(geometry, bf16);
}

}  // namespace nudge::kernels
