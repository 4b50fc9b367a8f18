#include "nudge/kernels/pooling/pool.h"

#include <algorithm>
#include <string>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/base/threads.h"
#include "nudge/kernels/cpu/parts.h"
#include "nudge/kernels/elementwise/add_to.h"
#include "nudge/kernels/pooling/max_of_pixels.h"

namespace nudge::kernels {
namespace {

// The part of a window that lies in the image.
struct Window {
  int64_t top, bottom, left, right;
  int64_t count() const { return (bottom - top) * (right - left); }
};

void check(const Pool& p) {
  for (const int64_t size : {p.batch, p.in_height, p.in_width, p.channels, p.pool_height, p.pool_width,
                             p.stride_height, p.stride_width}) {
    if (size <= 0)
      throw ValueError("pool: sizes and strides must be positive, given " + std::to_string(size));
  }
  // A window wholly in the padding would have no value.
  if (p.pad_top < 0 || p.pad_bottom < 0 || p.pad_left < 0 || p.pad_right < 0 || p.pad_top >= p.pool_height ||
      p.pad_bottom >= p.pool_height || p.pad_left >= p.pool_width || p.pad_right >= p.pool_width) {
    throw ValueError("pool: padding must be at least 0 and less than the window");
  }
  if (p.in_height + p.pad_top + p.pad_bottom < p.pool_height ||
      p.in_width + p.pad_left + p.pad_right < p.pool_width) {
    throw ValueError("pool: the window is larger than the padded input");
  }
}

Window window_at(const Pool& p, int64_t oy, int64_t ox) {
  const int64_t top = oy * p.stride_height - p.pad_top, left = ox * p.stride_width - p.pad_left;
  return {std::max<int64_t>(0, top), std::min(p.in_height, top + p.pool_height), std::max<int64_t>(0, left),
          std::min(p.in_width, left + p.pool_width)};
}

// Calls body(window, offset of the image's input, offset of the pixel's output) for every output pixel, rows
// in parallel.
template <class Body>
void for_each_window(const Pool& p, const Body& body) {
  const int64_t height = p.out_height(), width = p.out_width();
  const int64_t grain =
      std::max<int64_t>(1, kPartFloats / (width * p.channels * p.pool_height * p.pool_width));
  parallel_for(p.batch * height, grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t image = row / height * p.in_height * p.in_width * p.channels;
      for (int64_t ox = 0; ox < width; ++ox) {
        body(window_at(p, row % height, ox), image, (row * width + ox) * p.channels);
      }
    }
  });
}

// The same for gradients: images in parallel, since windows of one image may overlap.
template <class Body>
void for_each_window_of_image(const Pool& p, bool accumulate, float* dx, const Body& body) {
  const int64_t image_size = p.in_height * p.in_width * p.channels;
  parallel_for(p.batch, 1, [&](int64_t begin, int64_t end) {
    for (int64_t image = begin; image < end; ++image) {
      if (!accumulate) std::fill_n(dx + image * image_size, image_size, 0.0f);
      for (int64_t oy = 0; oy < p.out_height(); ++oy) {
        for (int64_t ox = 0; ox < p.out_width(); ++ox) {
          body(window_at(p, oy, ox), image * image_size,
               ((image * p.out_height() + oy) * p.out_width() + ox) * p.channels);
        }
      }
    }
  });
}

// The offsets of a window's pixels; valid until the same thread asks again.
const std::vector<int64_t>& pixels_of(const Pool& p, const Window& w, int64_t image) {
  thread_local std::vector<int64_t> pixels;
  pixels.clear();
  for (int64_t iy = w.top; iy < w.bottom; ++iy) {
    for (int64_t ix = w.left; ix < w.right; ++ix)
      pixels.push_back(image + (iy * p.in_width + ix) * p.channels);
  }
  return pixels;
}

template <typename T>
void max_pool_of(const Pool& p, const T* x, T* y) {
  check(p);
  for_each_window(p, [&](const Window& w, int64_t image, int64_t out) {
    max_of_pixels(x, pixels_of(p, w, image), p.channels, y + out);
  });
}

template <typename T>
void max_pool_gradient_of(const Pool& p, const T* x, const float* dy, float* dx, bool accumulate) {
  check(p);
  for_each_window_of_image(p, accumulate, dx, [&](const Window& w, int64_t image, int64_t out) {
    max_of_pixels_gradient(x, pixels_of(p, w, image), p.channels, dy + out, dx);
  });
}

}  // namespace

void max_pool(const Pool& pool, const float* x, float* y) { max_pool_of(pool, x, y); }
void max_pool(const Pool& pool, const uint8_t* x, uint8_t* y) { max_pool_of(pool, x, y); }
void max_pool_gradient(const Pool& pool, const float* x, const float* dy, float* dx, bool accumulate) {
  max_pool_gradient_of(pool, x, dy, dx, accumulate);
}
void max_pool_gradient(const Pool& pool, const uint8_t* x, const float* dy, float* dx, bool accumulate) {
  max_pool_gradient_of(pool, x, dy, dx, accumulate);
}

void average_pool(const Pool& p, const Operand& x, float* y) {
  check(p);
  for_each_window(p, [&](const Window& w, int64_t image, int64_t out) {
    const int64_t row_size = (w.right - w.left) * p.channels;
    thread_local std::vector<float> steps;
    steps.resize(static_cast<size_t>(row_size));
    float* mean = y + out;
    std::fill_n(mean, p.channels, 0.0f);
    for (int64_t iy = w.top; iy < w.bottom; ++iy) {
      const int64_t offset = image + (iy * p.in_width + w.left) * p.channels;
      // Codes are summed as whole numbers, which float holds exactly.
      const float* row = load_floats(x, offset, row_size, steps.data());
      for (int64_t i = 0; i < w.right - w.left; ++i) add_to(row + i * p.channels, p.channels, mean);
    }
    const float unit = x.codes != nullptr ? x.grid.scale : 1.0f;
    for (int64_t c = 0; c < p.channels; ++c) mean[c] = mean[c] / static_cast<float>(w.count()) * unit;
  });
}

void average_pool_gradient(const Pool& p, const float* dy, float* dx, bool accumulate) {
  check(p);
  for_each_window_of_image(p, accumulate, dx, [&](const Window& w, int64_t image, int64_t out) {
    thread_local std::vector<float> share;
    share.resize(static_cast<size_t>(p.channels));
    for (size_t c = 0; c < share.size(); ++c) {
      share[c] = dy[out + static_cast<int64_t>(c)] / static_cast<float>(w.count());
    }
    for (int64_t iy = w.top; iy < w.bottom; ++iy) {
      for (int64_t ix = w.left; ix < w.right; ++ix) {
        add_to(share.data(), p.channels, dx + image + (iy * p.in_width + ix) * p.channels);
      }
    }
  });
}

}  // namespace nudge::kernels
