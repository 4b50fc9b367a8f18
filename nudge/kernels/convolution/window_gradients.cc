#include "nudge/kernels/convolution/window_gradients.h"

#include <algorithm>

#include "nudge/kernels/cpu/scratch.h"
#include "nudge/kernels/elementwise/add_to.h"

namespace nudge::kernels {

WindowGradients::WindowGradients(const Geometry& g, int64_t chunk_rows)
    : geometry_(g),
      padded_rows_(g.last_input_row(g.out_height - 1) - g.first_input_row(0) + 1),
      padded_pitch_((g.pad_left + g.in_width + g.pad_right) * g.in_channels) {
  for (int64_t ky = 0; ky < g.kernel_height; ++ky) {
    for (int64_t kx = 0; kx < g.kernel_width; ++kx) {
      for (int64_t c = 0; c < g.in_channels; c += kPanelColumns) {
        panels_.push_back({ky * g.dilation_height * padded_pitch_ + kx * g.dilation_width * g.in_channels + c,
                           std::min(kPanelColumns, g.in_channels - c)});
      }
    }
  }
  const int64_t images = std::max<int64_t>(1, chunk_rows / g.out_height);
  for (int64_t image = 0; image < images; ++image) {
    for (int64_t oy = 0; oy < g.out_height; ++oy) {
      const int64_t row = (image * padded_rows_ + oy * g.stride_height) * padded_pitch_;
      for (int64_t ox = 0; ox < g.out_width; ++ox)
        row_at_.push_back(row + ox * g.stride_width * g.in_channels);
    }
  }
}

int64_t WindowGradients::transposed_words() const {
  return words_in_panels(pair_count(geometry_.out_channels), columns());
}

void WindowGradients::pack_transposed(const float* kernel, uint32_t* words) const {
  pack_transposed_pairs(kernel, geometry_.kernel_rows(), geometry_.out_channels, geometry_.in_channels,
                        words);
}

void WindowGradients::add(const Bf16Matmul& product, int64_t begin, int64_t end, const Reals& dx,
                          bool accumulate) const {
  const Geometry& g = geometry_;
  const int64_t image = begin / g.out_height, first = begin % g.out_height;
  const int64_t images = (end - 1) / g.out_height - image + 1, padded = padded_rows_ * padded_pitch_;
  float* sums = scratch_floats(Scratch::kPatchGradients, images * padded);
  if (first == 0) std::fill_n(sums, images * padded, 0.0f);
  Bf16Scatter scatter{product};
  scatter.row_at = row_at_.data() + first * g.out_width;
  scatter.panels = panels_.data();
  scatter.to = sums;
  scatter_bf16_amx(scatter);
  if (end % g.out_height != 0) return;
  for (int64_t i = 0; i < images; ++i) take(sums + i * padded, dx.at((image + i) * g.in_image()), accumulate);
}

// The part of an image that is not padding.
void WindowGradients::take(const float* padded, const Reals& image_dx, bool accumulate) const {
  const Geometry& g = geometry_;
  const int64_t size = g.in_width * g.in_channels;
  for (int64_t y = 0; y < g.in_height; ++y) {
    const Reals row = image_dx.at(y * size);
    if (y + g.pad_top >= padded_rows_) {
      // No window reaches so far.
      if (accumulate) continue;
      if (row.f32 != nullptr) std::fill_n(row.f32, size, 0.0f);
      if (row.bf16 != nullptr) std::fill_n(row.bf16, size, Bfloat16{});
      continue;
    }
    const float* sums = padded + (y + g.pad_top) * padded_pitch_ + g.pad_left * g.in_channels;
    if (row.bf16 != nullptr) {
      accumulate ? add_to_bfloat16(sums, size, row.bf16) : round_to_bfloat16(sums, size, row.bf16);
    } else if (accumulate) {
      add_to(sums, size, row.f32);
    } else {
      std::copy_n(sums, size, row.f32);
    }
  }
}

}  // namespace nudge::kernels
