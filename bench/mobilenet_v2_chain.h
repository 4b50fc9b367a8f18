// MobileNetV2's convolutions as one chain of fused blocks (without its additions), for benchmarks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nudge/kernels/block/block.h"

namespace nudge::bench {

struct NamedBlock {
  std::string name;  // "expand 112x112 16-96"
  kernels::BlockOptions options;
};

// The 52 convolutions in order, each with BatchNormalization, those that have one with ReLU6.
std::vector<NamedBlock> mobilenet_v2_blocks(int64_t image_size, bool quantized);

// One block with buffers of its own, fed with random data.
class BlockBench {
 public:
  BlockBench(const kernels::BlockOptions& options, int64_t batch);

  void forward();
  // `with_input`: also the gradient of the input, which a network's first layer does not need.
  void backward(bool with_input = true);

  const kernels::Block& block() const { return block_; }
  // Of the product; backward does it twice.
  double multiply_adds() const;

 private:
  kernels::BlockInput input() const;
  kernels::BlockWeights weights();

  kernels::Block block_;
  int64_t batch_;
  bool quantized_;
  kernels::Grid input_grid_, output_grid_;
  std::vector<float> x_, kernel_, gamma_, beta_, mean_, variance_, saved_, y_, dy_, dx_, dkernel_, dgamma_,
      dbeta_;
  std::vector<uint8_t> x_codes_, y_codes_;
};

}  // namespace nudge::bench
