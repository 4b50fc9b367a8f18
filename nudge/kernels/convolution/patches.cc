#include <algorithm>
#include <optional>

#include "nudge/base/cpu.h"
#include "nudge/kernels/convolution/convolution.h"
#include "nudge/kernels/convolution/im2col.h"
#include "nudge/kernels/convolution/multiply_rows.h"
#include "nudge/kernels/convolution/multiply_rows_bf16.h"
#include "nudge/kernels/convolution/window_gradients.h"
#include "nudge/kernels/cpu/parts.h"
#include "nudge/kernels/cpu/scratch.h"
#include "nudge/kernels/matmul/matmul_bf16.h"
#include "nudge/kernels/matmul/matmul_f32.h"
#include "nudge/kernels/matmul/packing.h"

namespace nudge::kernels {
namespace {

// Output rows of a chunk of so many pixels at least: whole images, or a part of one.
int64_t chunk_rows(const Geometry& g, int64_t pixels) {
  const int64_t rows = (pixels + g.out_width - 1) / g.out_width;
  return rows < g.out_height ? rows : rows / g.out_height * g.out_height;
}

// Any convolution, as a product of patches.
class Patches : public Convolution {
 public:
  Patches(const Geometry& geometry, Arithmetic arithmetic) : Convolution(geometry, arithmetic) {
    const bool in_tiles = arithmetic != Arithmetic::kFloat32 && cpu_features().amx;
    unit_pixels_ = geometry_.out_width;
    const int64_t k = terms(), n = geometry_.out_channels, width = geometry_.out_width;
    const int64_t fewest = in_tiles ? 256 : 48;
    forward_chunk_ = backward_chunk_ = std::max<int64_t>({1, 131072 / (width * (k + n)), fewest / width});
    forward_grain_ = std::max<int64_t>(1, kPartMultiplications / (width * k * n));
    backward_grain_ = backward_align_ = geometry_.out_height;
    if (in_tiles) {
      backward_chunk_ = chunk_rows(geometry_, backward_chunk_pixels(k / geometry_.taps(), n));
      windows_.emplace(geometry_, backward_chunk_);
    }
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
      multiply_rows_bf16(halves(input, begin, end), m, k, 2 * pair_count(k), *kernel.pairs,
                         geometry_.out_channels, out.floats);
    } else {
      float* patches = scratch_floats(Scratch::kPatches, m * k + kPatchSlack);
      gather_patches(geometry_, input, begin, end, k, patches);
      multiply_rows(m, geometry_.out_channels, k, patches, kernel, out.floats);
    }
  }

  int64_t transposed_words() const override {
    return windows_ ? windows_->transposed_words()
                    : words_in_panels(pair_count(geometry_.out_channels), terms());
  }
  void pack_transposed(const float* values, uint32_t* words) const override {
    if (windows_) return windows_->pack_transposed(values, words);
    pack_transposed_pairs(values, terms(), geometry_.out_channels, terms(), words);
  }

  void backward(const InputRows& input, const ConvolutionKernel& kernel, int64_t begin, int64_t end,
                const GradientRows& gradient, float* kernel_gradient, const Reals& dx,
                bool accumulate_dx) const override {
    if (!backward_in_float32(kernel)) {
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
    // A chunk that is less than an image keeps to one.
    const int64_t of_image = geometry_.out_height - begin % geometry_.out_height;
    if (windows_ && backward_chunk_ < geometry_.out_height && end - begin > of_image) {
      const int64_t middle = begin + of_image;
      backward_bf16(input, kernel, begin, middle, gradient, kernel_gradient, dx, accumulate_dx);
      return backward_bf16(input, kernel, middle, end, gradient, kernel_gradient, dx, accumulate_dx);
    }
    const int64_t k = terms(), n = geometry_.out_channels, m = pixels(begin, end);
    const GradientOperands dy = gradient_operands(gradient, begin * geometry_.out_width, m, n, arithmetic_);
    if (kernel_gradient != nullptr)
      add_kernel_gradient(patches(input, begin, end), k, dy, n, kernel_gradient);
    if (!dx) return;
    if (windows_) {
      const Bf16Matmul product = input_gradient(dy, m, n, kernel.transposed_pairs, windows_->columns());
      return windows_->add(product, begin, end, dx, accumulate_dx);
    }
    float* patches = scratch_floats(Scratch::kPatches, m * k + kPatchSlack);
    Bf16Matmul product = input_gradient(dy, m, n, kernel.transposed_pairs, k);
    product.c = patches;
    product.c_row = k;
    matmul_bf16(product);
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

  // Patches in codes where the input is, else in bfloat16.
  RowsToTurn patches(const InputRows& input, int64_t begin, int64_t end) const {
    RowsToTurn x{.rows = pixels(begin, end)};
    if (input.codes() == nullptr) {
      x.halves = halves(input, begin, end);
      x.pitch = 2 * pair_count(terms());
      return x;
    }
    x.pitch = terms();
    x.zero = input.zero_point();
    const int64_t words = (x.rows * x.pitch + 3) / 4;
    auto* codes = reinterpret_cast<uint8_t*>(scratch_words(Scratch::kPatches, words + kPatchSlack));
    gather_patches(geometry_, input, begin, end, x.pitch, codes);
    x.codes = codes;
    return x;
  }

  // Patches of an even pitch.
  const Bfloat16* halves(const InputRows& input, int64_t begin, int64_t end) const {
    const int64_t pitch = 2 * pair_count(terms());
    const int64_t words = pixels(begin, end) * pitch / 2;
    auto* patches = reinterpret_cast<Bfloat16*>(scratch_words(Scratch::kPatches, words + kPatchSlack));
    gather_patches(geometry_, input, begin, end, pitch, patches);
    return patches;
  }

  std::optional<WindowGradients> windows_;
};

}  // namespace

std::unique_ptr<Convolution> make_patches(const Geometry& geometry, Arithmetic arithmetic) {
  return std::make_unique<Patches>(geometry, arithmetic);
}

}  // namespace nudge::kernels
