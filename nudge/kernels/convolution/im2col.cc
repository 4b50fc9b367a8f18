#include "nudge/kernels/convolution/im2col.h"

#include <algorithm>
#include <cstring>

#include "nudge/kernels/cpu/scratch.h"
#include "nudge/kernels/elementwise/add_to.h"

namespace nudge::kernels {
namespace {

// What a copy of a short run may read and write beyond it.
constexpr size_t kSlackBytes = 16;
static_assert(kSlackBytes == kPatchSlack * sizeof(float));

// Copies n elements and returns their end.  An image of three channels makes runs of a few bytes, which a
// call each would cost more than the bytes.
template <typename T>
T* copy_run(const T* from, int64_t n, T* to) {
  if (static_cast<size_t>(n) * sizeof(T) <= kSlackBytes) {
    std::memcpy(to, from, kSlackBytes);
    return to + n;
  }
  return std::copy_n(from, n, to);
}

}  // namespace

template <typename T>
void gather_patches(const Geometry& g, const InputRows& input, int64_t begin, int64_t end, int64_t pitch,
                    T* patches) {
  const int64_t channels = g.in_channels, row_pitch = input.padded_pitch();
  // Neighbours under the kernel lie side by side unless it is dilated.
  const int64_t run = g.dilation_width == 1 ? g.kernel_width : 1;
  for (int64_t unit = begin; unit < end;) {
    const int64_t image = unit / g.out_height, first = unit % g.out_height;
    const int64_t last = std::min(g.out_height, first + end - unit);
    const int64_t top = g.first_input_row(first), bottom = g.last_input_row(last - 1) + 1;
    const int64_t size = (bottom - top) * row_pitch * static_cast<int64_t>(sizeof(T));
    T* rows = reinterpret_cast<T*>(scratch_floats(Scratch::kInput, (size + 3) / 4 + kPatchSlack));
    input.padded(image, top, bottom, rows);
    for (int64_t oy = first; oy < last; ++oy) {
      for (int64_t ox = 0; ox < g.out_width; ++ox) {
        for (int64_t ky = 0; ky < g.kernel_height; ++ky) {
          const T* row = rows + (g.first_input_row(oy) - top + ky * g.dilation_height) * row_pitch +
                         ox * g.stride_width * channels;
          for (int64_t kx = 0; kx < g.kernel_width; kx += run) {
            patches = copy_run(row + kx * g.dilation_width * channels, run * channels, patches);
          }
        }
        patches = std::fill_n(patches, pitch - g.kernel_rows(), T{});
      }
    }
    unit += last - first;
  }
}

template void gather_patches(const Geometry&, const InputRows&, int64_t, int64_t, int64_t, float*);
template void gather_patches(const Geometry&, const InputRows&, int64_t, int64_t, int64_t, Bfloat16*);
template void gather_patches(const Geometry&, const InputRows&, int64_t, int64_t, int64_t, uint8_t*);

void scatter_patches(const Geometry& g, const float* patches, int64_t oy, float* dx) {
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

}  // namespace nudge::kernels
