// Reductions against LiteRT's reference kernels.
#include "nudge/tflite/evaluator/reference_kernels_test.h"

namespace nudge::tflite {
namespace {

using Op = BuiltinOperator;

class ReferenceReductions : public ReferenceKernelsTest {
 protected:
  // One of the dimensions at least, in any order, some counted from behind.
  static std::vector<int32_t> axes(TestModel& model, int32_t rank) {
    std::vector<int32_t> result = shuffled(model, rank);
    result.resize(static_cast<size_t>(pick(model, 1, rank)));
    for (int32_t& axis : result) axis -= heads(model) ? rank : 0;
    return result;
  }
};

TEST_P(ReferenceReductions, OfAnyDimensions) {
  for (const Op op : {Op::kMean, Op::kReduceMax, Op::kReduceMin, Op::kSum}) {
    SCOPED_TRACE(to_string(op));
    const TensorType element = op == Op::kSum ? TensorType::kFloat32 : type();
    for (int32_t rank = 1; rank <= 5; ++rank) {
      TestModel model(seed());
      const int32_t x = model.input(shape(model, rank, 7), element);
      const int32_t y = op == Op::kMean ? model.activation(element) : model.same_scale(x);
      model.add(op, {x, model.ints(axes(model, rank))}, {y}, TfLiteReducerOptions{heads(model)});
      compare(model);
    }
  }
}

TEST_P(ReferenceReductions, WhereTheExtremesAre) {
  for (const Op op : {Op::kArgMax, Op::kArgMin}) {
    for (int32_t rank = 1; rank <= 4; ++rank) {
      TestModel model(seed());
      Shape whole = shape(model, rank, 6);
      const int32_t axis = pick(model, 0, rank - 1);
      whole[static_cast<size_t>(axis)] *= 70;  // codes repeat
      const int32_t x = model.input(whole, type());
      const int32_t at = model.constant(Array::scalar<int32_t>(heads(model) ? axis : axis - rank));
      model.add(op, {x, at}, {model.activation(TensorType::kInt32)}, TfLiteArgMaxOptions{});
      model.add(op, {x, at}, {model.activation(TensorType::kInt64)}, TfLiteArgMaxOptions{TensorType::kInt64});
      compare(model);
    }
  }
}

NUDGE_EACH_SEED(ReferenceReductions);

}  // namespace
}  // namespace nudge::tflite
