#include <algorithm>
#include <vector>

#include "nudge/kernels/convolution/convolution.h"
#include "nudge/kernels/convolution/depthwise_taps.h"
#include "nudge/kernels/cpu/parts.h"
#include "nudge/kernels/cpu/scratch.h"
#include "nudge/kernels/elementwise/add_to.h"

namespace nudge::kernels {
namespace {

// Rounded towards minus infinity, for a positive divisor.
int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

// Neighbouring output columns under which the same columns of the kernel lie within the image.
struct Segment {
  int64_t begin, end;           // output columns
  int64_t first_tap, last_tap;  // kernel columns [first, last)
};

class Depthwise : public Convolution {
 public:
  explicit Depthwise(const Geometry& geometry)
      : Convolution(geometry), in_pitch_(geometry.in_width * geometry.out_channels) {
    const Geometry& g = geometry_;
    unit_pixels_ = g.out_width;
    const int64_t in = in_pitch_ * g.stride_height, out = g.out_width * g.out_channels;
    forward_chunk_ = std::max<int64_t>(4, 98304 / (in + out));
    backward_chunk_ = std::max<int64_t>(8, 98304 / (2 * in + 3 * out));
    forward_grain_ = backward_grain_ = std::max<int64_t>(2, kPartFloats / in);
    for (int64_t ox = 0; ox < g.out_width; ++ox) {
      const int64_t left = ox * g.stride_width - g.pad_left;
      int64_t first = 0, last = g.kernel_width;
      while (first < last && left + first * g.dilation_width < 0) ++first;
      while (first < last && left + (last - 1) * g.dilation_width >= g.in_width) --last;
      const bool same =
          !segments_.empty() && segments_.back().first_tap == first && segments_.back().last_tap == last;
      if (same) {
        ++segments_.back().end;
      } else {
        segments_.push_back({ox, ox + 1, first, last});
      }
    }
    gradient_left_ = floor_div((g.kernel_width - 1) * g.dilation_width, g.stride_width);
    // The last input column's rightmost output column, which may lie beyond the image.
    const int64_t last = floor_div(g.in_width - 1 + g.pad_left, g.stride_width);
    gradient_right_ = std::max<int64_t>(0, last - (g.out_width - 1));
  }

  void forward(const InputRows& input, const ConvolutionKernel& kernel, int64_t begin, int64_t end,
               const MatmulOutput& out) const override {
    const Geometry& g = geometry_;
    const int64_t step = g.stride_width * g.out_channels;
    const int64_t pitch = g.out_width * g.out_channels;
    MatmulOutput to = out;
    for_each_image(begin, end, [&](int64_t image, int64_t first, int64_t last) {
      if (kernel.depthwise != nullptr) {
        forward_codes(input, *kernel.depthwise, image, first, last, to);
        to = to.at((last - first) * pitch);
        return;
      }
      const InputBand band = input_band(input, image, first, last);
      for (int64_t oy = first; oy < last; ++oy, to = to.at(pitch)) {
        for (const Segment& segment : segments_) {
          sum_taps(band.rows, step, kernel.values, taps_of(band, oy, segment),
                   {segment.end - segment.begin, g.out_channels}, to.floats + segment.begin * g.out_channels,
                   g.out_channels, false);
        }
      }
    });
  }

  void backward(const InputRows& input, const ConvolutionKernel& kernel, int64_t begin, int64_t end,
                const GradientRows& gradient, float* kernel_gradient, const Reals& dx,
                bool accumulate_dx) const override {
    for_each_image(begin, end, [&](int64_t image, int64_t first, int64_t last) {
      backward_rows(input, kernel, image, first, last, gradient, kernel_gradient, dx, accumulate_dx);
    });
  }

 private:
  // Rows of an image from row `first` on, in floats, channels repeated by the multiplier.
  struct InputBand {
    const float* rows;
    int64_t first;
  };

  // Rows of the output's gradient from row `first` on, each with gradient_left_ zero columns before it.
  struct GradientBand {
    const float* rows;
    int64_t first;
    int64_t pitch;
  };

  // Calls body(image, first, last) with output rows of one image at a time.
  template <class Body>
  void for_each_image(int64_t begin, int64_t end, const Body& body) const {
    const int64_t height = geometry_.out_height;
    while (begin < end) {
      const int64_t image = begin / height;
      const int64_t stop = std::min(end, (image + 1) * height);
      body(image, begin - image * height, stop - image * height);
      begin = stop;
    }
  }

  void forward_codes(const InputRows& input, const DepthwiseWeights& weights, int64_t image, int64_t first,
                     int64_t last, const MatmulOutput& out) const {
    const Geometry& g = geometry_;
    const int64_t top = g.first_input_row(first), bottom = g.last_input_row(last - 1) + 1;
    const int64_t pitch = input.padded_pitch(), bytes = (bottom - top) * pitch;
    auto* band = reinterpret_cast<uint8_t*>(scratch_floats(Scratch::kInput, (bytes + 3) / 4));
    input.padded(image, top, bottom, band);
    std::vector<const uint8_t*> rows(static_cast<size_t>(g.kernel_height));
    for (int64_t oy = first; oy < last; ++oy) {
      for (size_t ky = 0; ky < rows.size(); ++ky)
        rows[ky] = band + (g.first_input_row(oy) + static_cast<int64_t>(ky) - top) * pitch;
      depthwise_row({.weights = &weights,
                     .rows = rows.data(),
                     .zero = input.zero_point(),
                     .stride = g.stride_width,
                     .pixels = g.out_width,
                     .out = out.at((oy - first) * g.out_width * g.out_channels)});
    }
  }

  // What output rows [first, last) need.
  InputBand input_band(const InputRows& input, int64_t image, int64_t first, int64_t last) const {
    const Geometry& g = geometry_;
    const int64_t top = std::clamp<int64_t>(g.first_input_row(first), 0, g.in_height);
    const int64_t bottom = std::clamp<int64_t>(g.last_input_row(last - 1) + 1, top, g.in_height);
    const int64_t row_size = g.in_width * g.in_channels, count = (bottom - top) * row_size;
    const float* rows =
        input.span(image * g.in_image() + top * row_size, count, scratch_floats(Scratch::kInput, count));
    if (g.multiplier == 1) return {rows, top};
    float* repeated = scratch_floats(Scratch::kPatches, count * g.multiplier);
    for (int64_t i = 0; i < count; ++i) std::fill_n(repeated + i * g.multiplier, g.multiplier, rows[i]);
    return {repeated, top};
  }

  // The taps of a segment's first pixel in output row oy.
  std::vector<Tap>& taps_of(const InputBand& band, int64_t oy, const Segment& segment) const {
    const Geometry& g = geometry_;
    std::vector<Tap>& taps = row_taps();
    taps.clear();
    for (int64_t ky = 0; ky < g.kernel_height; ++ky) {
      const int64_t iy = g.first_input_row(oy) + ky * g.dilation_height;
      if (iy < 0 || iy >= g.in_height) continue;
      for (int64_t kx = segment.first_tap; kx < segment.last_tap; ++kx) {
        const int64_t ix = segment.begin * g.stride_width - g.pad_left + kx * g.dilation_width;
        taps.push_back({(iy - band.first) * in_pitch_ + ix * g.out_channels,
                        (ky * g.kernel_width + kx) * g.out_channels});
      }
    }
    return taps;
  }

  // The output row above which no tap of input row iy lies.
  int64_t first_output_row(int64_t iy) const {
    const Geometry& g = geometry_;
    return floor_div(iy + g.pad_top - (g.kernel_height - 1) * g.dilation_height + g.stride_height - 1,
                     g.stride_height);
  }
  int64_t last_output_row(int64_t iy) const {
    return floor_div(iy + geometry_.pad_top, geometry_.stride_height);
  }

  void backward_rows(const InputRows& input, const ConvolutionKernel& kernel, int64_t image, int64_t first,
                     int64_t last, const GradientRows& gradient, float* kernel_gradient, const Reals& dx,
                     bool accumulate_dx) const {
    const Geometry& g = geometry_;
    // The input rows whose gradient this call writes: each belongs to one range of output rows.
    const int64_t top = first == 0 ? 0 : std::min(g.in_height, first * g.stride_height);
    const int64_t bottom = last == g.out_height ? g.in_height : std::min(g.in_height, last * g.stride_height);
    int64_t low = first, high = last;
    if (dx && top < bottom) {
      low = std::clamp<int64_t>(first_output_row(top), 0, first);
      high = std::clamp<int64_t>(last_output_row(bottom - 1) + 1, last, g.out_height);
    }
    const int64_t channels = g.out_channels;
    const int64_t pitch = (gradient_left_ + g.out_width + gradient_right_) * channels;
    float* rows = scratch_floats(Scratch::kGradient, (high - low) * pitch);
    for (int64_t oy = low; oy < high; ++oy) {
      float* row = std::fill_n(rows + (oy - low) * pitch, gradient_left_ * channels, 0.0f);
      gradient.floats((image * g.out_height + oy) * g.out_width, g.out_width, row);
      std::fill_n(row + g.out_width * channels, gradient_right_ * channels, 0.0f);
    }
    if (kernel_gradient != nullptr) {
      const InputBand band = input_band(input, image, first, last);
      for (int64_t oy = first; oy < last; ++oy) {
        const float* row = rows + (oy - low) * pitch + gradient_left_ * channels;
        for (const Segment& segment : segments_) {
          add_tap_gradients(band.rows, g.stride_width * channels, row + segment.begin * channels,
                            taps_of(band, oy, segment), {segment.end - segment.begin, channels},
                            kernel_gradient);
        }
      }
    }
    if (!dx) return;
    for (int64_t iy = top; iy < bottom; ++iy) {
      input_row_gradient({rows, low, pitch}, kernel.values, image, iy, dx, accumulate_dx);
    }
  }

  void input_row_gradient(const GradientBand& band, const float* weights, int64_t image, int64_t iy,
                          const Reals& dx, bool accumulate) const {
    const Geometry& g = geometry_;
    const int64_t channels = g.out_channels, row_size = g.in_width * g.in_channels;
    const Reals out = dx.at(image * g.in_image() + iy * row_size);
    const bool direct = g.multiplier == 1 && out.f32 != nullptr;
    float* target = direct ? out.f32 : scratch_floats(Scratch::kPatchGradients, in_pitch_);
    std::vector<Tap>& taps = row_taps();
    // Input columns a stride apart meet the same taps.
    for (int64_t phase = 0; phase < std::min(g.stride_width, g.in_width); ++phase) {
      taps.clear();
      for (int64_t ky = 0; ky < g.kernel_height; ++ky) {
        const int64_t y = iy + g.pad_top - ky * g.dilation_height;
        const int64_t oy = floor_div(y, g.stride_height);
        if (oy * g.stride_height != y || oy < 0 || oy >= g.out_height) continue;
        for (int64_t kx = 0; kx < g.kernel_width; ++kx) {
          const int64_t x = phase + g.pad_left - kx * g.dilation_width;
          const int64_t ox = floor_div(x, g.stride_width);
          if (ox * g.stride_width != x) continue;
          taps.push_back({(oy - band.first) * band.pitch + (ox + gradient_left_) * channels,
                          (ky * g.kernel_width + kx) * channels});
        }
      }
      const int64_t count = (g.in_width - phase + g.stride_width - 1) / g.stride_width;
      sum_taps(band.rows, channels, weights, taps, {count, channels}, target + phase * channels,
               g.stride_width * channels, direct && accumulate);
    }
    if (direct) return;
    if (g.multiplier > 1) sum_multiples(target, row_size);
    if (out.bf16 != nullptr) {
      accumulate ? add_to_bfloat16(target, row_size, out.bf16)
                 : round_to_bfloat16(target, row_size, out.bf16);
    } else if (accumulate) {
      add_to(target, row_size, out.f32);
    } else {
      std::copy_n(target, row_size, out.f32);
    }
  }

  // The gradients of the copies that the multiplier made of each input, in place.
  void sum_multiples(float* gradients, int64_t inputs) const {
    const int64_t multiplier = geometry_.multiplier;
    for (int64_t i = 0; i < inputs; ++i) {
      float sum = 0.0f;
      for (int64_t m = 0; m < multiplier; ++m) sum += gradients[i * multiplier + m];
      gradients[i] = sum;
    }
  }

  static std::vector<Tap>& row_taps() {
    thread_local std::vector<Tap> taps;
    return taps;
  }

  int64_t in_pitch_;               // floats of an input row, channels repeated
  std::vector<Segment> segments_;  // of every output row
  // Zero columns beside the gradient rows, so that no tap needs a check.
  int64_t gradient_left_ = 0;
  int64_t gradient_right_ = 0;
};

}  // namespace

std::unique_ptr<Convolution> make_depthwise(const Geometry& geometry) {
  return std::make_unique<Depthwise>(geometry);
}

}  // namespace nudge::kernels
