// A window that slides over the height and width of an NHWC image: what convolutions and poolings share.
#pragma once

#include <string>

#include "nudge/base/shape.h"
#include "nudge/ops/padding.h"
#include "nudge/ops/size2.h"

namespace nudge::ops {

struct Window {
  Size2 size = 1;
  Size2 strides = 1;
  Size2 dilation = 1;
  Padding padding = Padding::kValid;

  WindowSpan rows(int64_t height) const;
  WindowSpan columns(int64_t width) const;

  // The NHWC shape of what the window makes of `input`, with this many channels.  `where` names the layer.
  // Throws ShapeError when the window does not fit.
  Shape output_shape(const std::string& where, const Shape& input, int64_t channels) const;
};

// Throws ValueError unless 1 <= value < 2^31; `what` is the option.
void check_positive(const std::string& where, const std::string& what, int64_t value);
void check_positive(const std::string& where, const std::string& what, Size2 value);

// Throws ShapeError unless every dimension but the batch is definite and below 2^31.
void check_definite(const std::string& where, const Shape& input);

// A negative axis counts from the back: -1 is the last.  Throws ShapeError outside the shape's rank.
size_t resolve_axis(const std::string& where, int64_t axis, const Shape& input);

}  // namespace nudge::ops
