#include <algorithm>
#include <cstring>

#include "nudge/kernels/channel_passes.h"
#include "nudge/kernels/gemm.h"
#include "nudge/kernels/product.h"
#include "nudge/kernels/scratch.h"

namespace nudge::kernels {
namespace {

// Of this many weights on, few rows do better with all threads on one product than with a part each.
constexpr int64_t kLargeKernel = 1 << 20;

// out(m, n) = a(m, k) * kernel, whole numbers exact in 32 bits before they are rounded to float.
void exact_gemm(int64_t m, int64_t n, int64_t k, const float* a, const ProductKernel& kernel, float* out) {
  if (kernel.exact_rows == 0 || k <= kernel.exact_rows) {
    gemm(false, false, m, n, k, a, k, kernel.values, n, 0.0f, out, n);
    return;
  }
  auto* sums = reinterpret_cast<int32_t*>(scratch_floats(Scratch::kSums, m * n));
  for (int64_t first = 0; first < k; first += kernel.exact_rows) {
    const int64_t rows = std::min(kernel.exact_rows, k - first);
    gemm(false, false, m, n, rows, a + first, k, kernel.values + first * n, n, 0.0f, out, n);
    for (int64_t i = 0; i < m * n; ++i) sums[i] = (first == 0 ? 0 : sums[i]) + static_cast<int32_t>(out[i]);
  }
  for (int64_t i = 0; i < m * n; ++i) out[i] = static_cast<float>(sums[i]);
}

// The same from codes, on processors where it is exact.
void code_gemm(int64_t m, int64_t n, int64_t k, const uint8_t* a, int zero, const ProductKernel& kernel,
               float* out) {
  auto* sums = reinterpret_cast<int32_t*>(scratch_floats(Scratch::kSums, m * n));
  integer_gemm(m, n, k, a, k, zero, kernel.codes, n, sums, n);
  for (int64_t i = 0; i < m * n; ++i) out[i] = static_cast<float>(sums[i]);
}

// 1x1 convolutions of stride 1, and Dense.
class PointwiseProduct : public ProductKind {
 public:
  explicit PointwiseProduct(const Geometry& geometry) : ProductKind(geometry) {
    const int64_t k = geometry_.in_channels, n = geometry_.out_channels;
    // Half a megabyte of second-level cache: input and product, or these with the gradients of both.
    const auto chunk = [](int64_t floats) { return std::clamp<int64_t>(98304 / floats / 48 * 48, 96, 1008); };
    forward_chunk_ = chunk(k + n);
    backward_chunk_ = chunk(2 * k + 3 * n);
    forward_grain_ = backward_grain_ = k * n < kLargeKernel ? 24 : 1024;
    if (k * n >= kLargeKernel) forward_chunk_ = backward_chunk_ = 1024;
  }

  void forward(const InputRows& input, const ProductKernel& kernel, int64_t begin, int64_t end,
               float* out) const override {
    const int64_t k = geometry_.in_channels, n = geometry_.out_channels, m = end - begin;
    if (kernel.codes != nullptr) {
      code_gemm(m, n, k, input.codes() + begin * k, input.zero_point(), kernel, out);
    } else {
      exact_gemm(m, n, k, input.span(begin * k, m * k, scratch_floats(Scratch::kInput, m * k)), kernel, out);
    }
  }

  void backward(const InputRows& input, const ProductKernel& kernel, int64_t begin, int64_t end,
                const GradientRows& gradient, float* kernel_gradient, float* dx,
                bool accumulate_dx) const override {
    const int64_t k = geometry_.in_channels, n = geometry_.out_channels, m = end - begin;
    float* dy = scratch_floats(Scratch::kGradient, m * n);
    gradient(begin, m, dy);
    if (kernel_gradient != nullptr) {
      const float* x = input.span(begin * k, m * k, scratch_floats(Scratch::kInput, m * k));
      gemm(true, false, k, n, m, x, k, dy, n, 1.0f, kernel_gradient, n);
    }
    if (dx != nullptr) {
      gemm(false, true, m, k, n, dy, n, kernel.values, n, accumulate_dx ? 1.0f : 0.0f, dx + begin * k, k);
    }
  }
};

// Any convolution, through patches: a row of inputs under the kernel for every output pixel.
class PatchProduct : public ProductKind {
 public:
  explicit PatchProduct(const Geometry& geometry) : ProductKind(geometry) {
    unit_pixels_ = geometry_.out_width;
    const int64_t row = geometry_.out_width * (geometry_.kernel_rows() + geometry_.out_channels);
    forward_chunk_ = backward_chunk_ = std::max<int64_t>({1, 131072 / row, 48 / geometry_.out_width});
    forward_grain_ = std::max<int64_t>(1, 16384 / row);
    backward_grain_ = backward_align_ = geometry_.out_height;
  }

  void forward(const InputRows& input, const ProductKernel& kernel, int64_t begin, int64_t end,
               float* out) const override {
    const int64_t k = geometry_.kernel_rows(), n = geometry_.out_channels;
    const int64_t m = (end - begin) * geometry_.out_width;
    if (kernel.codes != nullptr) {
      auto* patches = reinterpret_cast<uint8_t*>(scratch_floats(Scratch::kPatches, (m * k + 3) / 4));
      gather(input, begin, end, patches);
      code_gemm(m, n, k, patches, input.zero_point(), kernel, out);
    } else {
      float* patches = scratch_floats(Scratch::kPatches, m * k);
      gather(input, begin, end, patches);
      exact_gemm(m, n, k, patches, kernel, out);
    }
  }

  void backward(const InputRows& input, const ProductKernel& kernel, int64_t begin, int64_t end,
                const GradientRows& gradient, float* kernel_gradient, float* dx,
                bool accumulate_dx) const override {
    const int64_t k = geometry_.kernel_rows(), n = geometry_.out_channels;
    const int64_t m = (end - begin) * geometry_.out_width;
    float* dy = scratch_floats(Scratch::kGradient, m * n);
    gradient(begin * geometry_.out_width, m, dy);
    float* patches = scratch_floats(Scratch::kPatches, m * k);
    if (kernel_gradient != nullptr) {
      gather(input, begin, end, patches);
      gemm(true, false, k, n, m, patches, k, dy, n, 1.0f, kernel_gradient, n);
    }
    if (dx == nullptr) return;
    gemm(false, true, m, k, n, dy, n, kernel.values, n, 0.0f, patches, k);
    for (int64_t unit = begin; unit < end; ++unit, patches += geometry_.out_width * k) {
      const int64_t image = unit / geometry_.out_height, oy = unit % geometry_.out_height;
      float* image_dx = dx + image * geometry_.in_image();
      if (oy == 0 && !accumulate_dx) std::fill_n(image_dx, geometry_.in_image(), 0.0f);
      scatter(patches, oy, image_dx);
    }
  }

 private:
  // Output rows [begin, end) as patches of (ky, kx, channel).
  template <typename T>
  void gather(const InputRows& input, int64_t begin, int64_t end, T* patches) const {
    const Geometry& g = geometry_;
    const int64_t channels = g.in_channels, pitch = input.padded_pitch();
    // Neighbours under the kernel lie side by side unless it is dilated.
    const int64_t run = g.dilation_width == 1 ? g.kernel_width : 1;
    for (int64_t unit = begin; unit < end;) {
      const int64_t image = unit / g.out_height, first = unit % g.out_height;
      const int64_t last = std::min(g.out_height, first + end - unit);
      const int64_t top = g.first_input_row(first), bottom = g.last_input_row(last - 1) + 1;
      const int64_t size = (bottom - top) * pitch * static_cast<int64_t>(sizeof(T));
      T* rows = reinterpret_cast<T*>(scratch_floats(Scratch::kInput, (size + 3) / 4));
      input.padded(image, top, bottom, rows);
      for (int64_t oy = first; oy < last; ++oy) {
        for (int64_t ox = 0; ox < g.out_width; ++ox) {
          for (int64_t ky = 0; ky < g.kernel_height; ++ky) {
            const T* row = rows + (g.first_input_row(oy) - top + ky * g.dilation_height) * pitch +
                           ox * g.stride_width * channels;
            for (int64_t kx = 0; kx < g.kernel_width; kx += run) {
              patches = std::copy_n(row + kx * g.dilation_width * channels, run * channels, patches);
            }
          }
        }
      }
      unit += last - first;
    }
  }

  // Adds the gradients of one output row's patches to an image's.
  void scatter(const float* patches, int64_t oy, float* dx) const {
    const Geometry& g = geometry_;
    const int64_t channels = g.in_channels;
    for (int64_t ox = 0; ox < g.out_width; ++ox) {
      for (int64_t ky = 0; ky < g.kernel_height; ++ky) {
        const int64_t iy = g.first_input_row(oy) + ky * g.dilation_height;
        for (int64_t kx = 0; kx < g.kernel_width; ++kx, patches += channels) {
          const int64_t ix = ox * g.stride_width - g.pad_left + kx * g.dilation_width;
          if (iy < 0 || iy >= g.in_height || ix < 0 || ix >= g.in_width) continue;
          add_to(patches, channels, dx + (iy * g.in_width + ix) * channels);
        }
      }
    }
  }
};

}  // namespace

std::unique_ptr<ProductKind> make_matrix_product(const Geometry& geometry) {
  if (geometry.pointwise) return std::make_unique<PointwiseProduct>(geometry);
  return std::make_unique<PatchProduct>(geometry);
}

}  // namespace nudge::kernels
