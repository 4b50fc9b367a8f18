#include <fmt/format.h>

#include <optional>

#include "nudge/applications/backbone.h"
#include "nudge/applications/families.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {
namespace {

using layers::Padding;

struct NasnetMember {
  const char* name;
  const char* model;
  int64_t size;
  int64_t last_filters;
  int cells;  // of each of the three stages
  int64_t stem;
  bool skip_reduction;  // a stage's first cell sees what the stage before the reduction saw
};

constexpr NasnetMember kNasnets[] = {{"NASNetMobile", "nasnet_mobile", 224, 1056, 4, 32, false},
                                     {"NASNetLarge", "nasnet_large", 331, 4032, 6, 96, true}};

// What a cell gives, and what it took: the next cell sees both.
struct Cells {
  Tensor x;
  std::optional<Tensor> before;
};

class NasnetLayers {
 public:
  explicit NasnetLayers(LayerNames& names) : names_(names) {}

  // Both kinds give as many channels a branch as `filters`; `id` ends every name.
  Cells normal(const Cells& cells, int64_t filters, const std::string& id);
  Cells reduction(const Cells& cells, int64_t filters, const std::string& id);
  Tensor relu(const Tensor& x) { return activated(x, "relu", names_("activation")); }
  Tensor normalized(const Tensor& x, const std::string& name) {
    return layers::batch_normalization(x, {.momentum = 0.9997, .epsilon = 1e-3, .name = name});
  }

 private:
  Tensor pointwise(const Tensor& x, int64_t filters, const std::string& name) {
    return layers::conv2d(x, {.filters = filters,
                              .padding = Padding::kSame,
                              .use_bias = false,
                              .kernel_initializer = {.name = "HeNormal"},
                              .name = name});
  }
  Tensor separable(const Tensor& x, int64_t filters, int64_t size, int64_t stride, const std::string& name) {
    return layers::separable_conv2d(x, {.filters = filters,
                                        .kernel_size = size,
                                        .strides = stride,
                                        .padding = stride == 1 ? Padding::kSame : Padding::kValid,
                                        .use_bias = false,
                                        .name = name});
  }
  // Two separable convolutions, each behind a ReLU; the first one strides.
  Tensor twice(const Tensor& x, int64_t filters, int64_t size, int64_t stride, const std::string& id);
  // The older input brought to the size and the channels of the cell.
  Tensor adjusted(const Cells& cells, int64_t filters, const std::string& id);
  Tensor halved(const Tensor& x, int64_t filters, const std::string& id);
  Tensor average(const Tensor& x, int64_t stride, const std::string& name) {
    return layers::average_pooling2d(x, {.pool_size = 3,
                                         .strides = stride,
                                         .padding = stride == 1 ? Padding::kSame : Padding::kValid,
                                         .name = name});
  }

  LayerNames& names_;
};

Tensor NasnetLayers::twice(const Tensor& input, int64_t filters, int64_t size, int64_t stride,
                           const std::string& id) {
  Tensor x = relu(input);
  if (stride == 2) x = padded_for_stride(x, size, "separable_conv_1_pad_" + id);
  x = separable(x, filters, size, stride, "separable_conv_1_" + id);
  x = relu(normalized(x, "separable_conv_1_bn_" + id));
  x = separable(x, filters, size, 1, "separable_conv_2_" + id);
  return normalized(x, "separable_conv_2_bn_" + id);
}

// Every other pixel, and every other one beside those: half of the channels from each.
Tensor NasnetLayers::halved(const Tensor& input, int64_t filters, const std::string& id) {
  const Tensor x = activated(input, "relu", "adjust_relu_1_" + id);
  const auto half = [&](const Tensor& y, int number) {
    const Tensor picked = layers::average_pooling2d(
        y, {.pool_size = 1, .strides = 2, .name = fmt::format("adjust_avg_pool_{}_{}", number, id)});
    return pointwise(picked, filters / 2, fmt::format("adjust_conv_{}_{}", number, id));
  };
  const Tensor even = half(x, 1);
  Tensor shifted = layers::zero_padding2d(
      x, {.top = 0, .bottom = 1, .left = 0, .right = 1, .name = names_("zero_padding2d")});
  shifted = layers::cropping2d(shifted, {.cropping = {{{1, 0}, {1, 0}}}, .name = names_("cropping2d")});
  const Tensor odd = half(shifted, 2);
  return normalized(layers::concatenate({even, odd}, {.name = names_("concatenate")}), "adjust_bn_" + id);
}

Tensor NasnetLayers::adjusted(const Cells& cells, int64_t filters, const std::string& id) {
  if (!cells.before) return cells.x;
  const Tensor& before = *cells.before;
  if (before.shape()[2] != cells.x.shape()[2]) return halved(before, filters, id);
  if (before.shape()[3] == filters) return before;
  return normalized(pointwise(relu(before), filters, "adjust_conv_projection_" + id), "adjust_bn_" + id);
}

Cells NasnetLayers::normal(const Cells& cells, int64_t filters, const std::string& id) {
  const Tensor p = adjusted(cells, filters, id);
  const auto called = [&](const char* part) { return fmt::format("normal_{}_{}", part, id); };
  const auto sum = [&](const Tensor& a, const Tensor& b, const char* name) {
    return layers::add({a, b}, {.name = called(name)});
  };
  const Tensor h = normalized(pointwise(relu(cells.x), filters, called("conv_1")), called("bn_1"));
  const Tensor left1 = twice(h, filters, 5, 1, called("left1"));
  const Tensor x1 = sum(left1, twice(p, filters, 3, 1, called("right1")), "add_1");
  const Tensor left2 = twice(p, filters, 5, 1, called("left2"));
  const Tensor x2 = sum(left2, twice(p, filters, 3, 1, called("right2")), "add_2");
  const Tensor x3 = sum(average(h, 1, called("left3")), p, "add_3");
  const Tensor left4 = average(p, 1, called("left4"));
  const Tensor x4 = sum(left4, average(p, 1, called("right4")), "add_4");
  const Tensor x5 = sum(twice(h, filters, 3, 1, called("left5")), h, "add_5");
  return {layers::concatenate({p, x1, x2, x3, x4, x5}, {.name = called("concat")}), cells.x};
}

Cells NasnetLayers::reduction(const Cells& cells, int64_t filters, const std::string& id) {
  const Tensor p = adjusted(cells, filters, id);
  const auto called = [&](const char* part) { return fmt::format("reduction_{}_{}", part, id); };
  const auto largest = [&](const Tensor& x, const std::string& name) {
    return layers::max_pooling2d(x, {.pool_size = 3, .strides = 2, .name = name});
  };
  const Tensor h = normalized(pointwise(relu(cells.x), filters, called("conv_1")), called("bn_1"));
  const Tensor padded = padded_for_stride(h, 3, called("pad_1"));
  const Tensor left1 = twice(h, filters, 5, 2, called("left1"));
  const Tensor x1 =
      layers::add({left1, twice(p, filters, 7, 2, called("right1"))}, {.name = called("add_1")});
  const Tensor left2 = largest(padded, called("left2"));
  const Tensor x2 =
      layers::add({left2, twice(p, filters, 7, 2, called("right2"))}, {.name = called("add_2")});
  const Tensor left3 = average(padded, 2, called("left3"));
  const Tensor x3 = layers::add({left3, twice(p, filters, 5, 2, called("right3"))}, {.name = called("add3")});
  const Tensor x4 = layers::add({x2, average(x1, 1, called("left4"))}, {.name = names_("add")});
  const Tensor left5 = twice(x1, filters, 3, 1, called("left4"));
  const Tensor x5 = layers::add({left5, largest(padded, called("right5"))}, {.name = called("add4")});
  return {layers::concatenate({x2, x3, x4, x5}, {.name = called("concat")}), cells.x};
}

Tensor nasnet_body(const Tensor& image, const NasnetMember& member, LayerNames& names) {
  NasnetLayers layer(names);
  const int64_t filters = member.last_filters / 24;
  Tensor x = layers::conv2d(image, {.filters = member.stem,
                                    .kernel_size = 3,
                                    .strides = 2,
                                    .use_bias = false,
                                    .kernel_initializer = {.name = "HeNormal"},
                                    .name = "stem_conv1"});
  Cells cells = {layer.normalized(x, "stem_bn1"), std::nullopt};
  cells = layer.reduction(cells, filters / 4, "stem_1");
  cells = layer.reduction(cells, filters / 2, "stem_2");
  for (int stage = 0; stage < 3; ++stage) {
    const int64_t wide = filters << stage;
    if (stage > 0) {
      const std::optional<Tensor> earlier = cells.before;
      cells = layer.reduction(cells, wide, fmt::format("reduce_{}", stage * member.cells));
      if (member.skip_reduction) cells.before = earlier;
    }
    // A reduction takes a number of its own.
    const int first = stage * member.cells + (stage > 0 ? 1 : 0);
    for (int i = 0; i < member.cells; ++i) cells = layer.normal(cells, wide, std::to_string(first + i));
  }
  return layer.relu(cells.x);
}

Application nasnet_application(const NasnetMember& member) {
  const auto build = [member](const Tensor& image, const ApplicationOptions&, LayerNames& names) {
    return nasnet_body(image, member, names);
  };
  return {.name = member.name,
          .model_name = member.model,
          .preprocessing = "tf",
          .input_shape = {member.size, member.size, 3},
          .body = build,
          .top = plain_top,
          .short_pool_names = false};
}

}  // namespace

std::vector<Application> nasnet() { return from_rows(kNasnets, nasnet_application); }

}  // namespace nudge::applications
