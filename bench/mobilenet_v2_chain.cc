#include "mobilenet_v2_chain.h"

#include "nudge/base/random.h"

namespace nudge::bench {
namespace {

using kernels::BlockOptions;
using kernels::BlockProduct;

// ReLU6 of unit normal values: what a trained network's activations look like to the kernels.
std::vector<float> normals(int64_t n, double deviation) {
  Random random(1);
  std::vector<float> table(4093), values(static_cast<size_t>(n));
  for (float& v : table) v = static_cast<float>(random.normal() * deviation);
  for (size_t i = 0; i < values.size(); ++i) values[i] = table[i % table.size()];
  return values;
}

}  // namespace

std::vector<NamedBlock> mobilenet_v2_blocks(int64_t image_size, bool quantized) {
  std::vector<NamedBlock> blocks;
  int64_t size = image_size, channels = 3;
  const auto add = [&](const std::string& kind, BlockProduct product, int64_t out, int64_t kernel,
                       int64_t stride, bool relu6) {
    BlockOptions o;
    o.product = product;
    o.in_height = o.in_width = size;
    o.in_channels = channels;
    o.out_channels = out;
    o.kernel_height = o.kernel_width = kernel;
    o.stride_height = o.stride_width = stride;
    // SAME on even sizes.
    o.pad_bottom = o.pad_right = kernel / 2;
    o.pad_top = o.pad_left = stride == 1 ? kernel / 2 : 0;
    o.batch_norm = true;
    o.activation = {.relu = relu6, .max_value = 6.0f};
    o.quantize_weights = o.track_range = quantized;
    const std::string side = std::to_string(size);
    blocks.push_back({kind + " " + side + "x" + side + " " + std::to_string(channels) + "-" +
                          std::to_string(out) + (stride == 1 ? "" : " stride 2"),
                      o});
    size /= stride;
    channels = out;
  };
  struct Group {
    int64_t expansion, channels, repeats, stride;
  };
  add("conv", BlockProduct::kConv2D, 32, 3, 2, true);
  for (const Group& group : {Group{1, 16, 1, 1}, Group{6, 24, 2, 2}, Group{6, 32, 3, 2}, Group{6, 64, 4, 2},
                             Group{6, 96, 3, 1}, Group{6, 160, 3, 2}, Group{6, 320, 1, 1}}) {
    for (int64_t i = 0; i < group.repeats; ++i) {
      if (group.expansion > 1) add("expand", BlockProduct::kConv2D, channels * group.expansion, 1, 1, true);
      add("depthwise", BlockProduct::kDepthwiseConv2D, channels, 3, i == 0 ? group.stride : 1, true);
      add("project", BlockProduct::kConv2D, group.channels, 1, 1, false);
    }
  }
  add("conv", BlockProduct::kConv2D, 1280, 1, 1, true);
  return blocks;
}

BlockBench::BlockBench(const BlockOptions& options, int64_t batch)
    : block_(options), batch_(batch), quantized_(options.quantize_weights) {
  const int64_t channels = options.out_channels;
  kernel_ = normals(block_.kernel_size(), 0.3);
  gamma_.assign(static_cast<size_t>(channels), 1.0f);
  beta_.assign(gamma_.size(), 0.1f);
  mean_ = beta_;
  variance_ = gamma_;
  dy_ = normals(block_.output_size(batch), 0.1);
  dx_.resize(static_cast<size_t>(block_.input_size(batch)));
  dkernel_.resize(kernel_.size());
  dgamma_ = dbeta_ = gamma_;
  if (quantized_) {
    input_grid_ = kernels::nudge_range(0.0f, 6.0f);
    output_grid_ =
        options.activation.relu ? kernels::nudge_range(0.0f, 6.0f) : kernels::nudge_range(-3.0f, 3.0f);
    x_codes_.resize(dx_.size());
    for (size_t i = 0; i < x_codes_.size(); ++i) x_codes_[i] = static_cast<uint8_t>(i * 2654435761u >> 24);
    y_codes_.resize(static_cast<size_t>(block_.output_size(batch)));
  } else {
    x_ = normals(block_.input_size(batch), 1.0);
    y_.resize(static_cast<size_t>(block_.output_size(batch)));
  }
  saved_.resize(static_cast<size_t>(block_.saved_size(batch, input())));
}

kernels::BlockInput BlockBench::input() const {
  if (quantized_) return {.codes = x_codes_.data(), .grid = input_grid_};
  return {.values = x_.data()};
}

kernels::BlockWeights BlockBench::weights() {
  return {.kernel = kernel_.data(),
          .gamma = gamma_.data(),
          .beta = beta_.data(),
          .moving_mean = mean_.data(),
          .moving_variance = variance_.data()};
}

void BlockBench::forward() {
  block_.forward_product(input(), weights(), batch_, true, saved_.data());
  if (quantized_) {
    block_.forward_apply({.codes = y_codes_.data(), .grid = &output_grid_});
  } else {
    block_.forward_apply({.values = y_.data()});
  }
}

void BlockBench::backward(bool with_input) {
  block_.backward(input(), weights(), dy_.data(),
                  {.kernel = dkernel_.data(), .gamma = dgamma_.data(), .beta = dbeta_.data()},
                  with_input ? dx_.data() : nullptr);
}

double BlockBench::multiply_adds() const {
  const BlockOptions& o = block_.options();
  const int64_t inputs = o.product == BlockProduct::kDepthwiseConv2D ? 1 : o.in_channels;
  return static_cast<double>(block_.output_size(batch_)) *
         static_cast<double>(o.kernel_height * o.kernel_width * inputs);
}

}  // namespace nudge::bench
