#include "nudge/ops/window.h"

#include <fmt/format.h>

#include <limits>

#include "nudge/base/error.h"

namespace nudge::ops {
namespace {

constexpr int64_t kLargest = std::numeric_limits<int32_t>::max();

}  // namespace

WindowSpan Window::rows(int64_t height) const {
  return window_span(height, size.height, strides.height, dilation.height, padding);
}

WindowSpan Window::columns(int64_t width) const {
  return window_span(width, size.width, strides.width, dilation.width, padding);
}

Shape Window::output_shape(const std::string& where, const Shape& input, int64_t channels) const {
  check_definite(where, input);
  const int64_t height = rows(input[1]).output;
  const int64_t width = columns(input[2]).output;
  if (height < 1 || width < 1) {
    throw ShapeError(
        fmt::format("{}expected at least {}x{} pixels for a {} window with padding valid, given shape {}",
                    where, (size.height - 1) * dilation.height + 1, (size.width - 1) * dilation.width + 1,
                    to_string(size), to_string(input)));
  }
  return {input[0], height, width, channels};
}

void check_positive(const std::string& where, const std::string& what, int64_t value) {
  if (value < 1 || value > kLargest) {
    throw ValueError(fmt::format("{}{} must be a positive 32-bit number, given {}", where, what, value));
  }
}

void check_positive(const std::string& where, const std::string& what, Size2 value) {
  check_positive(where, what, value.height);
  check_positive(where, what, value.width);
}

void check_definite(const std::string& where, const Shape& input) {
  for (size_t i = 1; i < input.size(); ++i) {
    if (input[i] < 1 || input[i] > kLargest) {
      throw ShapeError(where + "expected definite 32-bit dimensions after the batch, given shape " +
                       to_string(input));
    }
  }
}

size_t resolve_axis(const std::string& where, int64_t axis, const Shape& input) {
  const auto rank = static_cast<int64_t>(input.size());
  if (axis < -rank || axis >= rank) {
    throw ShapeError(fmt::format("{}axis {} is outside the input's {} dimensions, given shape {}", where,
                                 axis, rank, to_string(input)));
  }
  return static_cast<size_t>(axis < 0 ? axis + rank : axis);
}

}  // namespace nudge::ops
