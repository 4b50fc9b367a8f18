#include "nudge/ops/shape_rules.h"

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/ops/broadcast.h"

namespace nudge::ops {
namespace {

// Where every input stands `stride` from the next: SAME keeps stride times the input, VALID all of it.
int64_t transposed(int64_t input, int64_t window, int64_t stride, Padding padding) {
  return input * stride + (padding == Padding::kValid ? std::max<int64_t>(window - stride, 0) : 0);
}

struct Rules {
  const std::vector<Shape>& inputs;
  const std::string& where;

  const Shape& x() const { return inputs.at(0); }
  const Shape& kernel() const { return inputs.at(1); }

  Shape operator()(const Conv2D& p) const { return p.window.output_shape(where, x(), kernel().at(3)); }
  Shape operator()(const DepthwiseConv2D& p) const {
    return p.window.output_shape(where, x(), kernel().at(2) * kernel().at(3));
  }
  Shape operator()(const ConvTranspose2D& p) const {
    const Window& window = p.window;
    return {x().at(0), transposed(x().at(1), window.size.height, window.strides.height, window.padding),
            transposed(x().at(2), window.size.width, window.strides.width, window.padding), kernel().at(2)};
  }
  Shape operator()(const Conv3D& p) const {
    Shape shape{x().at(0), 0, 0, 0, kernel().at(4)};
    for (size_t i = 0; i < 3; ++i) {
      const WindowSpan span =
          window_span(x().at(i + 1), kernel().at(i), p.strides[i], p.dilations[i], p.padding);
      if (span.output < 1) {
        throw ShapeError(where + "a window of " + to_string(kernel()) + " does not fit the shape " +
                         to_string(x()));
      }
      shape[i + 1] = span.output;
    }
    return shape;
  }
  Shape operator()(const ConvTranspose3D& p) const {
    Shape shape{x().at(0), 0, 0, 0, kernel().at(3)};
    for (size_t i = 0; i < 3; ++i) {
      shape[i + 1] = transposed(x().at(i + 1), kernel().at(i), p.strides[i], p.padding);
    }
    return shape;
  }
  Shape operator()(const BatchMatMul& p) const {
    const Shape &a = inputs.at(0), &b = inputs.at(1);
    const size_t rows = a.size() - (p.transpose_a ? 1 : 2), columns = b.size() - (p.transpose_b ? 2 : 1);
    const size_t inner_a = a.size() - (p.transpose_a ? 2 : 1), inner_b = b.size() - (p.transpose_b ? 1 : 2);
    if (a.size() < 2 || b.size() < 2 || a[inner_a] != b[inner_b]) {
      throw ShapeError(where + "a product of the shapes " + to_string(a) + " and " + to_string(b) +
                       " does not exist");
    }
    const auto batch = [](const Shape& shape) { return Shape(shape.begin(), shape.end() - 2); };
    Shape shape = broadcast_shape(where, {batch(a), batch(b)});
    shape.push_back(a[rows]);
    shape.push_back(b[columns]);
    return shape;
  }
  Shape operator()(const MatMul&) const {
    Shape shape = x();
    shape.back() = kernel().at(1);
    return shape;
  }
  Shape operator()(const Normalize&) const { return x(); }
  Shape operator()(const Rescale&) const { return x(); }
  Shape operator()(const Activate&) const { return x(); }
  Shape operator()(const Pool& p) const { return p.window.output_shape(where, x(), x().at(3)); }
  Shape operator()(const Reduce& p) const {
    Shape shape = x();
    for (auto axis = p.axes.rbegin(); axis != p.axes.rend(); ++axis) {
      const auto at = static_cast<size_t>(*axis);
      shape.at(at) = 1;
      if (!p.keepdims) shape.erase(shape.begin() + *axis);
    }
    return shape;
  }
  Shape operator()(const Combine&) const { return broadcast_shape(where, inputs); }
  Shape operator()(const Concatenate& p) const {
    Shape shape = x();
    const size_t axis = resolve_axis(where, p.axis, shape);
    for (size_t i = 1; i < inputs.size(); ++i) shape[axis] += inputs[i].at(axis);
    return shape;
  }
  Shape operator()(const Pad& p) const {
    return {x().at(0), x().at(1) + p.top + p.bottom, x().at(2) + p.left + p.right, x().at(3)};
  }
  Shape operator()(const Resize& p) const { return {x().at(0), p.size.height, p.size.width, x().at(3)}; }
  Shape operator()(const Reshape& p) const { return p.shape; }
  Shape operator()(const Transpose& p) const {
    Shape shape = x();
    for (size_t i = 0; i < shape.size(); ++i) shape[i] = x().at(static_cast<size_t>(p.order.at(i)));
    return shape;
  }
  Shape operator()(const Slice& p) const {
    Shape shape = x();
    for (size_t i = 0; i < shape.size(); ++i) {
      if (p.parts.at(i).count != kUnknown) shape[i] = p.parts[i].count;
    }
    return shape;
  }
  Shape operator()(const Gather&) const {
    Shape shape = inputs.at(1);
    shape.insert(shape.end(), x().begin() + 1, x().end());
    return shape;
  }
  Shape operator()(const Constant& p) const { return p.value.shape(); }
  Shape operator()(const Dropout&) const { return x(); }
  Shape operator()(const GaussianNoise&) const { return x(); }
  Shape operator()(const Distort&) const { return x(); }
  Shape operator()(const Identity&) const { return x(); }
  Shape operator()(const Quantize&) const { return x(); }
};

}  // namespace

Shape output_shape(const Primitive& primitive, const std::vector<Shape>& inputs, const std::string& where) {
  if (inputs.empty() && !std::holds_alternative<Constant>(primitive))
    throw ShapeError(where + name_of(primitive) + " needs an input");
  return std::visit(Rules{inputs, where}, primitive);
}

}  // namespace nudge::ops
