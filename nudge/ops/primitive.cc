#include "nudge/ops/primitive.h"

#include <array>
#include <string_view>

namespace nudge::ops {
namespace {

// In the variant's order.
constexpr std::array<std::string_view, std::variant_size_v<Primitive>> kNames{
    "Conv2D",  "DepthwiseConv2D", "MatMul",        "Normalize",   "Rescale", "Activate",
    "Pool",    "Reduce",          "Combine",       "Concatenate", "Pad",     "Resize",
    "Reshape", "Dropout",         "GaussianNoise", "Identity",    "Quantize"};

template <size_t... I>
std::vector<Primitive> one_of_each(std::index_sequence<I...>) {
  return {Primitive(std::in_place_index<I>)...};
}

}  // namespace

std::string name_of(const Primitive& primitive) { return std::string(kNames.at(primitive.index())); }

const std::vector<Primitive>& all_primitives() {
  static const std::vector<Primitive> all = one_of_each(std::make_index_sequence<kNames.size()>());
  return all;
}

bool is_product(const Primitive& primitive) {
  return std::holds_alternative<Conv2D>(primitive) || std::holds_alternative<DepthwiseConv2D>(primitive) ||
         std::holds_alternative<MatMul>(primitive);
}

bool moves_values(const Primitive& primitive) {
  if (const auto* pool = std::get_if<Pool>(&primitive)) return pool->of == Reduction::kMax;
  if (const auto* reduce = std::get_if<Reduce>(&primitive)) return reduce->of == Reduction::kMax;
  if (const auto* resize = std::get_if<Resize>(&primitive)) {
    return resize->interpolation == Interpolation::kNearest;
  }
  return std::holds_alternative<Reshape>(primitive) || std::holds_alternative<Pad>(primitive) ||
         std::holds_alternative<Dropout>(primitive) || std::holds_alternative<GaussianNoise>(primitive) ||
         std::holds_alternative<Identity>(primitive);
}

bool keeps_scale(const Primitive& primitive) {
  if (const auto* pool = std::get_if<Pool>(&primitive)) return pool->of == Reduction::kAverage;
  if (const auto* combine = std::get_if<Combine>(&primitive)) return combine->how == Combination::kMaximum;
  if (const auto* resize = std::get_if<Resize>(&primitive)) {
    return resize->interpolation == Interpolation::kBilinear;
  }
  return std::holds_alternative<Concatenate>(primitive);
}

}  // namespace nudge::ops
