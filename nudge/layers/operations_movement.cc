#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"
#include "nudge/layers/one_dimension.h"
#include "nudge/layers/operation_table.h"

namespace nudge::layers {
namespace {

using ops::ValueId;
using Values = std::vector<ValueId>;

Values reshaped(const OperationArguments& given) {
  const ValueId x = given.x();
  const std::vector<int64_t> wanted = given.integers(1, "newshape");
  const Shape from = given.shape(x);
  Shape to(wanted.begin(), wanted.end());
  if (to.empty() || to.front() != -1) given.unsupported("needs -1, the batch, as the first size");
  const Shape inner(from.begin() + 1, from.end()), rest(to.begin() + 1, to.end());
  for (const int64_t size : rest) {
    if (size < 1) given.unsupported("needs every size but the batch's");
  }
  if (element_count(inner) != element_count(rest)) given.unsupported("would mix samples of the batch");
  to.front() = from.front();
  return {given.make().reshape(x, to)};
}

Values transposed(const OperationArguments& given, std::vector<int64_t> order) {
  const auto rank = static_cast<int64_t>(given.shape(given.x()).size());
  for (int64_t& axis : order) axis += axis < 0 ? rank : 0;
  if (static_cast<int64_t>(order.size()) != rank || order.front() != 0) given.unsupported("moves the batch");
  return {given.make().transpose(given.x(), order)};
}

Values swapped(const OperationArguments& given) {
  const size_t rank = given.shape(given.x()).size();
  std::vector<int64_t> order(rank);
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[given.axis(1, "axis1", -1, rank)], order[given.axis(2, "axis2", -2, rank)]);
  return transposed(given, order);
}

Values expanded(const OperationArguments& given) {
  Shape shape = given.shape(given.x());
  const size_t rank = shape.size() + 1;
  const size_t axis = given.axis(1, "axis", 1, rank);
  shape.insert(shape.begin() + static_cast<long>(axis), 1);
  return {given.make().reshape(given.x(), shape)};
}

Values squeezed(const OperationArguments& given) {
  Shape shape = given.shape(given.x());
  std::vector<int64_t> axes;
  if (given.find(1, "axis") != nullptr) {
    axes = given.axes(1, "axis", given.x());
  } else {
    for (size_t i = 1; i < shape.size(); ++i) {
      if (shape[i] == 1) axes.push_back(static_cast<int64_t>(i));
    }
  }
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
    if (shape.at(static_cast<size_t>(*axis)) != 1) given.unsupported("takes dimensions of 1 alone away");
    shape.erase(shape.begin() + *axis);
  }
  return {given.make().reshape(given.x(), shape)};
}

Values joined(const OperationArguments& given) {
  const Values parts = given.tensors(0, "xs");
  const size_t axis = given.axis(1, "axis", -1, given.shape(parts.front()).size());
  return {given.make().concatenate(parts, static_cast<int64_t>(axis))};
}

Values stacked(const OperationArguments& given) {
  Values parts = given.tensors(0, "x");
  Shape shape = given.shape(parts.front());
  const size_t axis = given.axis(1, "axis", 0, shape.size() + 1);
  shape.insert(shape.begin() + static_cast<long>(axis), 1);
  for (ValueId& part : parts) part = given.make().reshape(part, shape);
  return {given.make().concatenate(parts, static_cast<int64_t>(axis))};
}

Values split(const OperationArguments& given) {
  const ValueId x = given.x();
  const Shape shape = given.shape(x);
  const size_t axis = given.axis(2, "axis", 0, shape.size());
  const Json* sections = given.find(1, "indices_or_sections");
  std::vector<int64_t> ends;
  if (sections != nullptr && sections->is_number_integer()) {
    const int64_t count = sections->get<int64_t>();
    if (count < 1 || shape[axis] % count != 0) given.unsupported("does not split the axis into equal parts");
    for (int64_t i = 1; i < count; ++i) ends.push_back(i * shape[axis] / count);
  } else {
    ends = given.integers(1, "indices_or_sections");
  }
  ends.push_back(shape[axis]);
  Values parts;
  int64_t begin = 0;
  for (const int64_t end : ends) {
    if (end <= begin || end > shape[axis]) given.unsupported("has a part without elements");
    parts.push_back(given.make().slice(x, axis, begin, end - begin));
    begin = end;
  }
  return parts;
}

Values flipped(const OperationArguments& given) {
  ValueId x = given.x();
  for (const int64_t axis : given.axes(1, "axis", x)) {
    const auto at = static_cast<size_t>(axis);
    const int64_t size = given.shape(x)[at];
    x = given.make().slice(x, at, size - 1, size, -1);
  }
  return {x};
}

Values repeated(const OperationArguments& given) {
  const ValueId x = given.x();
  const int64_t count = given.integer(1, "repeats", 1);
  const size_t axis = given.axis(2, "axis", -1, given.shape(x).size());
  return {along(given.call(), x, axis, [&](ValueId image) {
    const Shape& rows = given.shape(image);
    return given.call().add(ops::Resize{{rows[1] * count, rows[2]}}, {image});
  })};
}

Values padded(const OperationArguments& given) {
  const ValueId x = given.x();
  const Json* filling = given.find("constant_values");
  const bool zeros = filling == nullptr || (filling->is_number() && filling->get<double>() == 0.0);
  if (!zeros || given.text("mode", "constant") != "constant") given.unsupported("is read with zeros alone");
  const Array widths = given.array(1, "pad_width");
  const size_t rank = given.shape(x).size();
  if (widths.size() != static_cast<int64_t>(2 * rank))
    given.unsupported("needs two numbers a dimension for 'pad_width'");
  const auto amount = [&](size_t i) { return static_cast<int64_t>(widths.span<float>()[i]); };
  if (amount(0) != 0 || amount(1) != 0) given.unsupported("pads the batch");
  if (rank == 4 && amount(6) == 0 && amount(7) == 0) {
    return {given.call().add(ops::Pad{amount(2), amount(3), amount(4), amount(5)}, {x})};
  }
  ValueId y = x;
  for (size_t i = 1; i < rank; ++i) {
    if (amount(2 * i) == 0 && amount(2 * i + 1) == 0) continue;
    y = along(given.call(), y, i, [&](ValueId image) {
      return given.call().add(ops::Pad{.top = amount(2 * i), .bottom = amount(2 * i + 1)}, {image});
    });
  }
  return {y};
}

// x[...]: slices, whole numbers, "..." and new dimensions.
class Indexing {
 public:
  explicit Indexing(const OperationArguments& given) : given_(given), shape_(given.shape(given.x())) {}

  Values run() {
    const Json* key = given_.find(1, "key");
    if (key == nullptr) given_.unsupported("needs an index");
    if (key->is_object() && key->contains("items")) key = &(*key)["items"];  // a tuple
    const Json keys = key->is_array() ? *key : Json::array({*key});
    for (size_t i = 0; i < keys.size(); ++i) take(keys, i);
    while (slice_.parts.size() < shape_.size()) whole();
    const ValueId sliced = given_.call().add(slice_, {given_.x()});
    return {result_ == given_.shape(sliced) ? sliced : given_.make().reshape(sliced, result_)};
  }

 private:
  int64_t size() const {
    if (slice_.parts.size() >= shape_.size()) given_.unsupported("has more indices than dimensions");
    return shape_[slice_.parts.size()];
  }
  void whole() {
    result_.push_back(size());
    slice_.parts.push_back({0, size(), 1});
  }

  void take(const Json& keys, size_t at) {
    const Json& key = keys[at];
    const std::string kind = key.is_object() ? key.value("class_name", "") : "";
    if (key.is_null()) {
      result_.push_back(1);
    } else if (kind == "__ellipsis__" || key == "...") {
      size_t left = 0;
      for (size_t i = at + 1; i < keys.size(); ++i) left += keys[i].is_null() ? 0 : 1;
      while (slice_.parts.size() + left < shape_.size()) whole();
    } else if (kind == "__slice__") {
      range(key.at("config"));
    } else if (key.is_number_integer()) {
      int64_t index = key.get<int64_t>();
      if (slice_.parts.empty()) given_.unsupported("takes one sample of the batch");
      if (index < 0) index += size();
      if (index < 0 || index >= size())
        given_.unsupported("has an index outside the shape " + to_string(shape_));
      slice_.parts.push_back({index, 1, 1});
    } else {
      given_.unsupported("is indexed by " + excerpt(key));
    }
  }

  // Python's rules: open ends, negative numbers, ends beyond the dimension.
  void range(const Json& config) {
    const auto number = [&](const char* name, int64_t fallback) {
      const auto found = config.find(name);
      if (found == config.end() || found->is_null()) return fallback;
      if (!found->is_number_integer()) given_.unsupported("is indexed by " + excerpt(config));
      return found->get<int64_t>();
    };
    const int64_t count = size(), stride = number("step", 1);
    if (slice_.parts.empty()) {
      if (stride != 1 || number("start", 0) != 0 || !config.value("stop", Json()).is_null()) {
        given_.unsupported("takes a part of the batch");
      }
      return whole();
    }
    if (stride == 0) given_.unsupported("has a step of 0");
    const auto clamped = [&](int64_t index, int64_t low, int64_t high) {
      return std::clamp(index < 0 ? index + count : index, low, high);
    };
    const bool forwards = stride > 0;
    int64_t begin = forwards ? 0 : count - 1, end = forwards ? count : -1;
    constexpr int64_t kOpen = int64_t{1} << 62;
    const int64_t start = number("start", kOpen), stop = number("stop", kOpen);
    if (start != kOpen) begin = forwards ? clamped(start, 0, count) : clamped(start, -1, count - 1);
    if (stop != kOpen) end = forwards ? clamped(stop, 0, count) : clamped(stop, -1, count - 1);
    const int64_t length =
        forwards ? (end - begin + stride - 1) / stride : (begin - end - stride - 1) / -stride;
    if (length < 1) given_.unsupported("leaves nothing of the shape " + to_string(shape_));
    slice_.parts.push_back({begin, length, stride});
    result_.push_back(length);
  }

  const OperationArguments& given_;
  Shape shape_;
  ops::Slice slice_;
  Shape result_;
};

Values same(const OperationArguments& given) { return {given.x()}; }

}  // namespace

OperationTable movement_operations() {
  return {
      {"Concatenate", joined},
      {"ExpandDims", expanded},
      {"Flip", flipped},
      {"GetItem", [](const OperationArguments& given) { return Indexing(given).run(); }},
      {"Identity", same},
      {"Pad", padded},
      {"Repeat", repeated},
      {"Reshape", reshaped},
      {"Split", split},
      {"Squeeze", squeezed},
      {"Stack", stacked},
      {"Swapaxes", swapped},
      {"Transpose",
       [](const OperationArguments& given) { return transposed(given, given.integers(1, "axes")); }},
  };
}

}  // namespace nudge::layers
