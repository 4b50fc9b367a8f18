#include "nudge/ops/primitive.h"

#include <array>
#include <string_view>

namespace nudge::ops {
namespace {

// In the variant's order.
constexpr std::array<std::string_view, std::variant_size_v<Primitive>> kNames{
    "Conv2D",   "DepthwiseConv2D", "ConvTranspose2D", "Conv3D",      "ConvTranspose3D",
    "MatMul",   "BatchMatMul",     "Normalize",       "Rescale",     "Activate",
    "Pool",     "Reduce",          "Combine",         "Concatenate", "Pad",
    "Resize",   "Reshape",         "Transpose",       "Slice",       "Gather",
    "Constant", "Dropout",         "GaussianNoise",   "Distort",     "Identity",
    "Quantize"};

template <size_t... I>
std::vector<Primitive> one_of_each(std::index_sequence<I...>) {
  return {Primitive(std::in_place_index<I>)...};
}

template <typename... P>
bool holds_any(const Primitive& primitive) {
  return (std::holds_alternative<P>(primitive) || ...);
}

}  // namespace

std::string name_of(const Primitive& primitive) { return std::string(kNames.at(primitive.index())); }

const std::vector<Primitive>& all_primitives() {
  static const std::vector<Primitive> all = one_of_each(std::make_index_sequence<kNames.size()>());
  return all;
}

bool is_product(const Primitive& primitive) {
  return holds_any<Conv2D, DepthwiseConv2D, ConvTranspose2D, MatMul>(primitive);
}

bool takes_in_relu(const Primitive& primitive) {
  const auto* combine = std::get_if<Combine>(&primitive);
  return is_product(primitive) || holds_any<Normalize, Rescale>(primitive) ||
         (combine != nullptr && combine->how == Combination::kAdd);
}

bool moves_values(const Primitive& primitive) {
  if (const auto* pool = std::get_if<Pool>(&primitive)) return pool->of == Reduction::kMax;
  if (const auto* reduce = std::get_if<Reduce>(&primitive)) {
    return reduce->of == Reduction::kMax || reduce->of == Reduction::kMin;
  }
  if (const auto* resize = std::get_if<Resize>(&primitive)) {
    return resize->interpolation == Interpolation::kNearest;
  }
  return holds_any<Reshape, Transpose, Slice, Gather, Pad, Dropout, GaussianNoise, Distort, Identity>(
      primitive);
}

bool keeps_scale(const Primitive& primitive) {
  if (const auto* pool = std::get_if<Pool>(&primitive)) return pool->of == Reduction::kAverage;
  if (const auto* combine = std::get_if<Combine>(&primitive)) {
    return combine->how == Combination::kMaximum || combine->how == Combination::kMinimum;
  }
  if (const auto* resize = std::get_if<Resize>(&primitive)) {
    return resize->interpolation == Interpolation::kBilinear;
  }
  return std::holds_alternative<Concatenate>(primitive);
}

}  // namespace nudge::ops
