// Operators that only move values, against LiteRT's reference kernels, on random shapes and orders.
#include "nudge/tflite/evaluator/reference_kernels_test.h"

namespace nudge::tflite {
namespace {

using Op = BuiltinOperator;

class ReferenceMovement : public ReferenceKernelsTest {
 protected:
  // `count` tensors like `x`, each an output of an operator.
  static std::vector<int32_t> alike(TestModel& model, int32_t x, int32_t count) {
    std::vector<int32_t> tensors;
    for (int32_t i = 0; i < count; ++i) tensors.push_back(model.same_scale(x));
    return tensors;
  }
  static std::vector<int32_t> sizes(const Shape& shape) { return {shape.begin(), shape.end()}; }
};

TEST_P(ReferenceMovement, Transpose) {
  for (int32_t rank = 1; rank <= 6; ++rank) {
    TestModel model(seed());
    const int32_t x = model.input(shape(model, rank, 5), type());
    std::vector<int32_t> order = shuffled(model, rank);
    if (heads(model)) order[0] -= rank;
    model.add(Op::kTranspose, {x, model.ints(order)}, {model.same_scale(x)});
    compare(model);
  }
}

TEST_P(ReferenceMovement, Slice) {
  for (int32_t rank = 1; rank <= 5; ++rank) {
    TestModel model(seed());
    const Shape whole = shape(model, rank, 6);
    std::vector<int32_t> begin, size;
    for (const int64_t length : whole) {
      begin.push_back(pick(model, 0, static_cast<int32_t>(length) - 1));
      size.push_back(heads(model) ? -1 : pick(model, 1, static_cast<int32_t>(length) - begin.back()));
    }
    const int32_t x = model.input(whole, type());
    model.add(Op::kSlice, {x, model.ints(begin), model.ints(size)}, {model.same_scale(x)});
    compare(model);
  }
}

TEST_P(ReferenceMovement, StridedSlice) {
  for (int32_t rank = 1; rank <= 5; ++rank) {
    TestModel model(seed() * 8 + static_cast<uint64_t>(rank));
    const Shape whole = shape(model, rank, 9);
    TfLiteStridedSliceOptions options{pick(model, 0, 31), pick(model, 0, 31)};
    std::vector<int32_t> begin, end, strides;
    for (size_t d = 0; d < whole.size(); ++d) {
      const auto length = static_cast<int32_t>(whole[d]);
      const bool backwards = heads(model);
      const int32_t first = pick(model, 0, length - 1), last = pick(model, 0, length - 1);
      const int32_t low = std::min(first, last), high = std::max(first, last);
      strides.push_back(pick(model, 1, 3) * (backwards ? -1 : 1));
      begin.push_back(backwards ? high : low);
      end.push_back(backwards ? low - 1 - (low == 0 ? length : 0) : high + 1);
      if (heads(model)) begin.back() -= length;
      if (pick(model, 0, 3) == 0) {
        options.shrink_axis_mask |= 1 << d;
        options.begin_mask &= ~(1 << d);
        strides.back() = 1;
      }
    }
    if (strides[0] > 0) end[0] += 100;  // beyond the end is the end
    const int32_t x = model.input(whole, type());
    model.add(Op::kStridedSlice, {x, model.ints(begin), model.ints(end), model.ints(strides)},
              {model.same_scale(x)}, options);
    compare(model);
  }
}

TEST_P(ReferenceMovement, ReverseAndTile) {
  for (int32_t rank = 1; rank <= 5; ++rank) {
    TestModel model(seed());
    const int32_t x = model.input(shape(model, rank, 5), type());
    model.add(Op::kReverseV2, {x, model.ints({pick(model, 0, rank - 1)})}, {model.same_scale(x)});
    std::vector<int32_t> times;
    for (int32_t d = 0; d < rank; ++d) times.push_back(pick(model, 1, 3));
    model.add(Op::kTile, {x, model.ints(times)}, {model.same_scale(x)});
    // The reference kernels know neither in int8.
    is_float() ? compare(model) : compare_with_builtin(model);
  }
}

TEST_P(ReferenceMovement, BroadcastTo) {
  for (int32_t rank = 1; rank <= 5; ++rank) {
    TestModel model(seed());
    const Shape whole = shape(model, rank, 5);
    Shape part(whole.begin() + pick(model, 0, rank - 1), whole.end());
    for (int64_t& size : part) size = heads(model) ? 1 : size;
    const int32_t x = model.input(part, type());
    model.add(Op::kBroadcastTo, {x, model.ints(sizes(whole))}, {model.same_scale(x)});
    compare(model);
  }
}

TEST_P(ReferenceMovement, Split) {
  for (int32_t rank = 1; rank <= 5; ++rank) {
    TestModel model(seed());
    const int32_t axis = pick(model, 0, rank - 1), parts = pick(model, 1, 3);
    Shape whole = shape(model, rank, 4);
    whole[static_cast<size_t>(axis)] *= 2 * parts;
    const int32_t x = model.input(whole, type());
    const int32_t at = model.constant(Array::scalar<int32_t>(heads(model) ? axis : axis - rank));
    model.add(Op::kSplit, {at, x}, alike(model, x, parts), TfLiteSplitOptions{parts});
    const auto length = static_cast<int32_t>(whole[static_cast<size_t>(axis)]);
    const int32_t first = pick(model, 1, length - 1);
    model.add(Op::kSplitV, {x, model.ints({first, heads(model) ? -1 : length - first}), at},
              alike(model, x, 2), TfLiteSplitOptions{2});
    compare(model);
  }
}

TEST_P(ReferenceMovement, PackAndUnpack) {
  for (int32_t rank = 1; rank <= 4; ++rank) {
    TestModel model(seed());
    const Shape whole = shape(model, rank, 5);
    const int32_t x = model.input(whole, type());
    const int32_t axis = pick(model, 0, rank - 1), to = pick(model, 0, rank);
    const auto count = static_cast<int32_t>(whole[static_cast<size_t>(axis)]);
    const std::vector<int32_t> parts = alike(model, x, count);
    model.add(Op::kUnpack, {x}, parts, TfLiteUnpackOptions{count, heads(model) ? axis : axis - rank});
    const int32_t packed = model.same_scale(x);
    model.add(Op::kPack, {x, x, x}, {packed}, TfLitePackOptions{3, heads(model) ? to : to - rank - 1});
    compare(model);
  }
}

TEST_P(ReferenceMovement, ConcatenationOfAnyRank) {
  for (int32_t rank = 1; rank <= 5; ++rank) {
    TestModel model(seed());
    const int32_t x = model.input(shape(model, rank, 5), type());
    const int32_t y = model.same_scale(x);
    std::vector<int32_t> begin(static_cast<size_t>(rank), 0), size(static_cast<size_t>(rank), -1);
    const int32_t axis = pick(model, 0, rank - 1);
    size[static_cast<size_t>(axis)] = 1;
    model.add(Op::kSlice, {x, model.ints(begin), model.ints(size)}, {y});
    model.add(Op::kConcatenation, {x, y, x}, {model.same_scale(x)}, TfLiteConcatenationOptions{axis});
    compare(model);
  }
}

TEST_P(ReferenceMovement, PadOfAnyRank) {
  for (int32_t rank = 1; rank <= 5; ++rank) {
    TestModel model(seed());
    const int32_t x = model.input(shape(model, rank, 4), type());
    std::vector<int32_t> pads;
    for (int32_t i = 0; i < 2 * rank; ++i) pads.push_back(pick(model, 0, 2));
    const int32_t amounts = model.constant(Array::of<int32_t>({rank, 2}, pads));
    model.add(Op::kPad, {x, amounts}, {model.same_scale(x)});
    const int32_t value = is_float() ? model.floats({1}) : model.scalar_code(x);
    model.add(Op::kPadV2, {x, amounts, value}, {model.same_scale(x)});
    compare(model);
  }
}

TEST_P(ReferenceMovement, Gather) {
  for (int32_t rank = 1; rank <= 4; ++rank) {
    TestModel model(seed());
    Shape whole = shape(model, rank, 5);
    const int32_t axis = pick(model, 0, rank - 1);
    whole[static_cast<size_t>(axis)] = pick(model, kInt32Inputs, 9);
    const int32_t table = is_float() ? model.floats(whole) : model.weights(whole, 0, false);
    const int32_t chosen = model.input(shape(model, pick(model, 1, 3), 4), TensorType::kInt32);
    model.add(Op::kGather, {table, chosen}, {model.same_scale(table)},
              TfLiteGatherOptions{heads(model) ? axis : axis - rank});
    const int32_t x = model.input(whole, type());
    model.add(Op::kGather, {x, model.ints({3, 0, 2, 0})}, {model.same_scale(x)}, TfLiteGatherOptions{axis});
    compare(model);
  }
}

TEST_P(ReferenceMovement, GatherInBatches) {
  TestModel model(seed());
  const int32_t x = model.input({2, 3, 6, 2}, type());
  const int32_t chosen = model.input({2, 3, 4}, TensorType::kInt32);
  model.add(Op::kGather, {x, chosen}, {model.same_scale(x)}, TfLiteGatherOptions{2, 2});
  model.add(Op::kGather, {x, chosen}, {model.same_scale(x)}, TfLiteGatherOptions{2, 1});
  compare(model);
}

// The runtime takes codes as they are, whatever the scale on the other side.
TEST_P(ReferenceMovement, CodesOfAnotherScale) {
  TestModel model(seed());
  const int32_t x = model.input({1, 4, 3, 6});
  model.add(Op::kTranspose, {x, model.ints(shuffled(model, 4))}, {model.activation()});
  model.add(Op::kReshape, {x, model.ints({-1, 12})}, {model.activation()}, TfLiteReshapeOptions{{-1, 12}});
  model.add(Op::kResizeBilinear, {x, model.ints({7, 5})}, {model.activation()},
            TfLiteResizeBilinearOptions{});
  model.add(Op::kMaximum, {x, x}, {model.activation()});
  compare(model);
}

TEST_P(ReferenceMovement, Cast) {
  using enum TensorType;
  for (const TensorType from : {kFloat32, kInt32, kInt8, kBool}) {
    TestModel model(seed());
    const int32_t x = model.input({2, 3, 4}, from);
    for (const TensorType to : {kFloat32, kInt32, kInt8, kBool}) {
      if (to != from) model.add(Op::kCast, {x}, {model.activation(to)}, TfLiteCastOptions{from, to});
    }
    compare(model);
  }
}

NUDGE_EACH_SEED(ReferenceMovement);

}  // namespace
}  // namespace nudge::tflite
