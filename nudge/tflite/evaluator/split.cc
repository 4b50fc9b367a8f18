// SPLIT, SPLIT_V and UNPACK: one tensor into several along an axis.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "nudge/tflite/evaluator/strided_view.h"

namespace nudge::tflite {

namespace {

void expect_outputs(const Preparation& op, int64_t parts) {
  if (parts != static_cast<int64_t>(op.output_count()))
    op.fail(fmt::format("has {} outputs for {} parts", op.output_count(), parts));
}

// How long each part of `whole` is.
std::vector<int64_t> even_lengths(const Preparation& op, int64_t whole, int64_t parts) {
  expect_outputs(op, parts);
  if (parts < 1 || whole % parts != 0) op.fail(fmt::format("{} elements do not split into {}", whole, parts));
  return std::vector<int64_t>(static_cast<size_t>(parts), whole / parts);
}

// One length may be -1: what the others leave.
std::vector<int64_t> given_lengths(const Preparation& op, int64_t whole) {
  const std::vector<int32_t> given = op.constant_ints(1);
  expect_outputs(op, static_cast<int64_t>(given.size()));
  std::vector<int64_t> lengths(given.begin(), given.end());
  const auto open = std::ranges::find(lengths, -1);
  if (open != lengths.end())
    *open = whole - (std::accumulate(lengths.begin(), lengths.end(), int64_t{0}) + 1);
  const bool negative = std::ranges::any_of(lengths, [](int64_t length) { return length < 0; });
  if (negative || std::accumulate(lengths.begin(), lengths.end(), int64_t{0}) != whole) {
    op.fail(fmt::format("parts of ({}) are not the {} elements", fmt::join(given, ", "), whole));
  }
  return lengths;
}

// Where the value, the axis and the number of parts are told.
struct Plan {
  size_t input = 0;
  size_t axis = 0;
  std::vector<int64_t> lengths;
  bool drop_axis = false;
};

Plan make_plan(const Preparation& op) {
  if (op.op() == BuiltinOperator::kUnpack) {
    const auto options = op.options<TfLiteUnpackOptions>();
    const Shape& shape = op.input(0).shape;
    const size_t axis = op.axis(options.axis, shape.size());
    if (shape[axis] != options.num)
      op.fail(fmt::format("{} elements do not unpack into {}", shape[axis], options.num));
    expect_outputs(op, shape[axis]);
    return {0, axis, std::vector<int64_t>(static_cast<size_t>(shape[axis]), 1), true};
  }
  const bool split_v = op.op() == BuiltinOperator::kSplitV;
  const size_t input = split_v ? 0 : 1;
  const Shape& shape = op.input(input).shape;
  const size_t axis = op.axis(op.constant_int(split_v ? 2 : 0), shape.size());
  return {input, axis,
          split_v ? given_lengths(op, shape[axis])
                  : even_lengths(op, shape[axis], op.options<TfLiteSplitOptions>().num_splits)};
}

}  // namespace

Kernel prepare_split(const Preparation& op) {
  const Plan plan = make_plan(op);
  std::vector<Kernel> parts;
  StridedView view = whole_view(op.input(plan.input).shape);
  for (size_t i = 0; i < plan.lengths.size(); ++i) {
    view.shape[plan.axis] = plan.lengths[i];
    Shape shape = view.shape;
    if (plan.drop_axis) shape.erase(shape.begin() + static_cast<int64_t>(plan.axis));
    parts.push_back(copy_view(op, view, shape, plan.input, i));
    view.offset += plan.lengths[i] * view.strides[plan.axis];
  }
  return [parts](Arrays& arrays) {
    for (const Kernel& part : parts) part(arrays);
  };
}

}  // namespace nudge::tflite
