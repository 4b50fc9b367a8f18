#include "nudge/ops/padding.h"

#include <algorithm>
#include <cctype>

#include "nudge/base/error.h"

namespace nudge::ops {

std::string to_string(Padding padding) { return padding == Padding::kSame ? "same" : "valid"; }

Padding padding_from_string(const std::string& name) {
  std::string lower = name;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (lower == "valid") return Padding::kValid;
  if (lower == "same") return Padding::kSame;
  throw ValueError("padding '" + name + "' is not known; use valid or same");
}

WindowSpan window_span(int64_t input, int64_t window, int64_t stride, int64_t dilation, Padding padding) {
  const int64_t reach = (window - 1) * dilation + 1;
  if (padding == Padding::kValid) {
    return {.output = input < reach ? 0 : (input - reach) / stride + 1};
  }
  const int64_t output = (input + stride - 1) / stride;
  const int64_t total = std::max<int64_t>((output - 1) * stride + reach - input, 0);
  return {.output = output, .before = total / 2, .after = total - total / 2};
}

}  // namespace nudge::ops
