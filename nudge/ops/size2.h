// A height and a width.
#pragma once

#include <cstdint>
#include <string>

#include "nudge/base/json.h"
#include "nudge/base/shape.h"

namespace nudge::ops {

// Implicit from one number, so that `.kernel_size = 3` and `.kernel_size = {3, 5}` both read well.
struct Size2 {
  int64_t height;
  int64_t width;

  Size2(int64_t both) : height(both), width(both) {}  // NOLINT(google-explicit-constructor)
  Size2(int64_t rows, int64_t columns) : height(rows), width(columns) {}

  bool operator==(const Size2&) const = default;
};

// "3x5"
std::string to_string(Size2 size);
// [3, 5]
Json to_json(Size2 size);

}  // namespace nudge::ops
