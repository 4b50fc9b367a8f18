#include "nudge/ops/shape_rules.h"

#include "nudge/base/error.h"
#include "nudge/ops/broadcast.h"

namespace nudge::ops {
namespace {

struct Rules {
  const std::vector<Shape>& inputs;
  const std::string& where;

  const Shape& x() const { return inputs.at(0); }
  const Shape& kernel() const { return inputs.at(1); }

  Shape operator()(const Conv2D& p) const { return p.window.output_shape(where, x(), kernel().at(3)); }
  Shape operator()(const DepthwiseConv2D& p) const {
    return p.window.output_shape(where, x(), kernel().at(2) * kernel().at(3));
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
    return p.keepdims ? Shape{x().at(0), 1, 1, x().at(3)} : Shape{x().at(0), x().at(3)};
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
  Shape operator()(const Resize& p) const {
    return {x().at(0), x().at(1) * p.factor.height, x().at(2) * p.factor.width, x().at(3)};
  }
  Shape operator()(const Reshape& p) const { return p.shape; }
  Shape operator()(const Dropout&) const { return x(); }
  Shape operator()(const GaussianNoise&) const { return x(); }
  Shape operator()(const Identity&) const { return x(); }
  Shape operator()(const Quantize&) const { return x(); }
};

}  // namespace

Shape output_shape(const Primitive& primitive, const std::vector<Shape>& inputs, const std::string& where) {
  if (inputs.empty()) throw ShapeError(where + name_of(primitive) + " needs an input");
  return std::visit(Rules{inputs, where}, primitive);
}

}  // namespace nudge::ops
