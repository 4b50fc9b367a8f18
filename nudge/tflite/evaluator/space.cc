// SPACE_TO_DEPTH, DEPTH_TO_SPACE, SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND of images.
#include <fmt/format.h>

#include <array>
#include <cstring>

#include "nudge/tflite/evaluator/code_types.h"
#include "nudge/tflite/evaluator/strided_view.h"

namespace nudge::tflite {

namespace {

int64_t block_size(const Preparation& op) {
  const int32_t block = op.options<TfLiteBlockOptions>().block_size;
  if (block < 1) op.fail(fmt::format("blocks of {} pixels", block));
  return block;
}

Kernel space_to_depth(const Preparation& op) {
  op.expect_rank(op.input(0), 4);
  const StridedView whole = whole_view(op.input(0).shape);
  const Shape& s = whole.shape;
  const std::vector<int64_t>& stride = whole.strides;
  const int64_t block = block_size(op);
  if (s[1] % block != 0 || s[2] % block != 0)
    op.fail(fmt::format("an image {} has no whole blocks of {}", to_string(s), block));
  const StridedView view{{s[0], s[1] / block, s[2] / block, block, block, s[3]},
                         {stride[0], stride[1] * block, stride[2] * block, stride[1], stride[2], stride[3]}};
  return copy_view(op, view, {s[0], s[1] / block, s[2] / block, s[3] * block * block});
}

Kernel depth_to_space(const Preparation& op) {
  op.expect_rank(op.input(0), 4);
  const StridedView whole = whole_view(op.input(0).shape);
  const Shape& s = whole.shape;
  const std::vector<int64_t>& stride = whole.strides;
  const int64_t block = block_size(op);
  if (s[3] % (block * block) != 0) op.fail(fmt::format("{} channels are no blocks of {}", s[3], block));
  const int64_t depth = s[3] / (block * block);
  const StridedView view{
      {s[0], s[1], block, s[2], block, depth},
      {stride[0], stride[1], stride[3] * block * depth, stride[2], stride[3] * depth, stride[3]}};
  return copy_view(op, view, {s[0], s[1] * block, s[2] * block, depth});
}

// Pixel (n, y, x) of the spread-out side and (block * batches + n, y', x') of the other: y + before = y' *
// block
// + its part of the block.
struct Blocks {
  std::array<int64_t, 2> block{};
  std::array<int64_t, 2> before{};
  Shape spread;  // the image in space
  Shape packed;  // in batches
};

Blocks read_blocks(const Preparation& op) {
  const TfLiteTensor& input = op.input(0);
  op.expect_rank(input, 4);
  const std::vector<int32_t> block = op.constant_ints(1), margins = op.constant_ints(2);
  if (block.size() != 2 || margins.size() != 4) op.unsupported("only images are computed here");
  for (const int32_t size : block) {
    if (size < 1) op.fail("its blocks are empty");
  }
  for (const int32_t margin : margins) {
    if (margin < 0) op.fail("its margins are negative");
  }
  const bool to_batch = op.op() == BuiltinOperator::kSpaceToBatchNd;
  Blocks b{{block[0], block[1]}, {margins[0], margins[2]}, input.shape, input.shape};
  const int64_t blocks = b.block[0] * b.block[1];
  if (!to_batch && input.shape[0] % blocks != 0) op.fail("its batches do not fill its blocks");
  Shape& result = to_batch ? b.packed : b.spread;
  result[0] = to_batch ? input.shape[0] * blocks : input.shape[0] / blocks;
  for (size_t d = 0; d < 2; ++d) {
    const int64_t size = input.shape[d + 1];
    const int64_t margin = int64_t{margins[2 * d]} + margins[2 * d + 1];
    if (to_batch && (size + margin) % b.block[d] != 0) op.fail("its padded image has no whole blocks");
    result[d + 1] = to_batch ? (size + margin) / b.block[d] : size * b.block[d] - margin;
  }
  return b;
}

// Calls copy(spread pixel, packed pixel) for every pixel that is on both sides.
template <typename Copy>
void each_pixel(const Blocks& b, const Copy& copy) {
  for (int64_t n = 0; n < b.spread[0]; ++n) {
    for (int64_t y = 0; y < b.spread[1]; ++y) {
      for (int64_t x = 0; x < b.spread[2]; ++x) {
        const int64_t row = y + b.before[0], column = x + b.before[1];
        const int64_t batch = (row % b.block[0] * b.block[1] + column % b.block[1]) * b.spread[0] + n;
        copy((n * b.spread[1] + y) * b.spread[2] + x,
             (batch * b.packed[1] + row / b.block[0]) * b.packed[2] + column / b.block[1]);
      }
    }
  }
}

Kernel between_space_and_batch(const Preparation& op) {
  op.expect_type(op.output(), op.input(0).type);
  const Blocks b = read_blocks(op);
  const bool to_batch = op.op() == BuiltinOperator::kSpaceToBatchNd;
  op.set_output_shape(to_batch ? b.packed : b.spread);
  const size_t element = op.element_size(op.input(0));
  const size_t pixel = element * static_cast<size_t>(b.spread[3]);
  std::vector<std::byte> filler(element);
  if (has_codes(op.output())) {
    const int32_t zero = op.zero_point(op.output());
    std::memcpy(filler.data(), &zero, element);  // little endian
  }
  return [=, in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    const std::byte* from = arrays[in].bytes();
    std::byte* to = arrays[out].bytes();
    for (size_t i = 0; i < arrays[out].byte_size(); i += element) std::memcpy(to + i, filler.data(), element);
    each_pixel(b, [&](int64_t spread, int64_t packed) {
      const auto source = static_cast<size_t>(to_batch ? spread : packed);
      const auto target = static_cast<size_t>(to_batch ? packed : spread);
      std::memcpy(to + target * pixel, from + source * pixel, pixel);
    });
  };
}

}  // namespace

Kernel prepare_space(const Preparation& op) {
  switch (op.op()) {
    case BuiltinOperator::kSpaceToDepth:
      return space_to_depth(op);
    case BuiltinOperator::kDepthToSpace:
      return depth_to_space(op);
    default:
      return between_space_and_batch(op);
  }
}

}  // namespace nudge::tflite
