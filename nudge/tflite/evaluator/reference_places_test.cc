// Operators of places and neighbours against LiteRT's reference kernels: TOPK_V2, SCATTER_ND, ONE_HOT,
// CUMSUM, MIRROR_PAD, L2_POOL_2D, LOCAL_RESPONSE_NORMALIZATION and ATAN2; and what they refuse.
#include <gmock/gmock.h>

#include <array>
#include <functional>

#include "nudge/base/error.h"
#include "nudge/tflite/evaluator.h"
#include "nudge/tflite/evaluator/reference_kernels_test.h"

namespace nudge::tflite {
namespace {

using Op = BuiltinOperator;
using testing::HasSubstr;
using testing::ThrowsMessage;

class ReferencePlaces : public ReferenceKernelsTest {
 protected:
  static constexpr TensorType kFloat = TensorType::kFloat32, kWhole = TensorType::kInt32;
  // Of few values, so that some are equal.
  static TensorType number(TestModel& model) {
    constexpr std::array kTypes{kFloat, TensorType::kInt8, kWhole};
    return kTypes[static_cast<size_t>(pick(model, 0, 2))];
  }
  static int32_t number(TestModel& model, int32_t value) { return model.constant(Array::scalar(value)); }
};

TEST_P(ReferencePlaces, TopK) {
  TestModel model(seed());
  const int32_t x = model.input({pick(model, 1, 3), pick(model, 1, 4), pick(model, 1, 40)}, number(model));
  const auto k = pick(model, 1, static_cast<int32_t>(model.tensor(x).shape.back()));
  model.add(Op::kTopkV2, {x, number(model, k)}, {model.same_scale(x), model.activation(kWhole)});
  compare(model);
}

TEST_P(ReferencePlaces, ScatterNd) {
  TestModel model(seed());
  const int32_t updates = pick(model, 1, 9), named = pick(model, 1, 2), width = pick(model, 1, 5);
  const int32_t indices = model.input({updates, named}, kWhole);
  const Shape part = named == 1 ? Shape{updates, 5, width} : Shape{updates, width};
  const TensorType type = heads(model) ? kFloat : kWhole;
  model.add(Op::kScatterNd, {indices, model.input(part, type), model.ints({kInt32Inputs, 5, width})},
            {model.activation(type)});
  compare(model);
}

TEST_P(ReferencePlaces, OneHot) {
  TestModel model(seed());
  const int32_t indices = model.input(shape(model, pick(model, 1, 3), 5), kWhole);
  const auto rank = static_cast<int32_t>(model.tensor(indices).shape.size());
  const auto value = [&](float x) { return model.constant(Array::scalar(x)); };
  model.add(Op::kOneHot, {indices, number(model, pick(model, 1, 6)), value(2.5F), value(-1)},
            {model.activation(kFloat)}, TfLiteOneHotOptions{pick(model, -1, rank)});
  compare(model);
}

TEST_P(ReferencePlaces, Cumsum) {
  TestModel model(seed());
  const int32_t rank = pick(model, 1, 4);
  const TensorType type = heads(model) ? kFloat : kWhole;
  const int32_t x = model.input(shape(model, rank, 6), type);
  model.add(Op::kCumsum, {x, number(model, pick(model, -rank, rank - 1))}, {model.activation(type)},
            TfLiteCumsumOptions{heads(model), heads(model)});
  compare(model);
}

TEST_P(ReferencePlaces, MirrorPad) {
  TestModel model(seed());
  const int32_t rank = pick(model, 1, 4);
  const bool symmetric = heads(model);
  const int32_t x = model.input(shape(model, rank, 5), number(model));
  Array pads({rank, 2}, DataType::kInt32);
  for (int64_t i = 0; i < pads.size(); ++i) {
    const int64_t size = model.tensor(x).shape[static_cast<size_t>(i / 2)];
    pads.data<int32_t>()[i] = pick(model, 0, static_cast<int32_t>(size) - (symmetric ? 0 : 1));
  }
  model.add(Op::kMirrorPad, {x, model.constant(pads)}, {model.same_scale(x)},
            TfLiteMirrorPadOptions{symmetric});
  compare(model);
}

TEST_P(ReferencePlaces, Neighbours) {
  TestModel model(seed());
  const int32_t x = model.input({2, pick(model, 3, 8), pick(model, 3, 8), pick(model, 1, 20)}, kFloat);
  const int32_t y = model.input(model.tensor(x).shape, kFloat);
  const TfLitePool2dOptions window{padding(model),    pick(model, 1, 3), pick(model, 1, 3),
                                   pick(model, 1, 3), pick(model, 1, 3), activation(model)};
  model.add(Op::kL2Pool2d, {x}, {model.activation(kFloat)}, window);
  model.add(Op::kLocalResponseNormalization, {x}, {model.activation(kFloat)},
            TfLiteLocalResponseNormalizationOptions{pick(model, 0, 6), 1, 0.3F, 0.75F});
  model.add(Op::kAtan2, {x, y}, {model.activation(kFloat)});
  compare(model, kLastPlaces);
}

NUDGE_EACH_SEED(ReferencePlaces);

// One operator on a float input and int32 constants.
void prepare(Op op, const Shape& shape, const std::vector<std::vector<int32_t>>& constants, Options options,
             std::vector<TensorType> outputs) {
  TestModel model(1);
  std::vector<int32_t> inputs{model.input(shape, TensorType::kFloat32)}, made;
  for (const auto& values : constants) inputs.push_back(model.ints(values));
  made.reserve(outputs.size());
  for (const TensorType type : outputs) made.push_back(model.activation(type));
  model.add(op, inputs, made, std::move(options));
  model.finish();
}

TEST(RefusedPlaces, SayWhatDoesNotFit) {
  constexpr TensorType kFloat = TensorType::kFloat32, kWhole = TensorType::kInt32;
  const auto refuses = [](const std::function<void()>& make, const std::string& message) {
    EXPECT_THAT(make, ThrowsMessage<InputError>(HasSubstr(message)));
  };
  refuses([] { prepare(Op::kTopkV2, {2, 3}, {{4}}, {}, {kFloat, kWhole}); }, "4 values of rows of (2, 3)");
  refuses([] { prepare(Op::kTopkV2, {2, 3}, {{-1}}, {}, {kFloat, kWhole}); }, "-1 values");
  refuses([] { prepare(Op::kCumsum, {2, 3}, {{2}}, TfLiteCumsumOptions{}, {kFloat}); }, "axis 2 of");
  const TfLiteMirrorPadOptions reflect;
  refuses([&] { prepare(Op::kMirrorPad, {3}, {{3, 0}}, reflect, {kFloat}); }, "do not fit its input's rank");
  TestModel pad(1);
  pad.add(Op::kMirrorPad, {pad.input({3}, kFloat), pad.constant(Array::of<int32_t>({1, 2}, {3, 0}))},
          {pad.activation(kFloat)}, reflect);
  refuses([&] { pad.finish(); }, "which shows 2 at most");
  refuses(
      [] {
        prepare(Op::kLocalResponseNormalization, {2, 3}, {}, TfLiteLocalResponseNormalizationOptions{},
                {kFloat});
      },
      "4 dimensions are needed");
  TestModel hot(1);
  hot.add(Op::kOneHot, {hot.ints({1}), hot.ints({-2}), hot.floats({1}), hot.floats({1})},
          {hot.activation(kFloat)}, TfLiteOneHotOptions{0});
  refuses([&] { hot.finish(); }, "a depth of -2");
}

TEST(RefusedPlaces, ScatterChecksItsIndices) {
  const auto scatter = [](const std::vector<int32_t>& shape, const Shape& updates) {
    TestModel model(1);
    const int32_t indices = model.input({2, 1}, TensorType::kInt32);
    model.add(Op::kScatterNd, {indices, model.input(updates, TensorType::kFloat32), model.ints(shape)},
              {model.activation(TensorType::kFloat32)});
    return model.finish();
  };
  EXPECT_THAT(
      [&] {
        scatter({4, 3}, {2, 2});
      },
      ThrowsMessage<InputError>(HasSubstr("where (2, 3) is needed")));
  EXPECT_THAT([&] { scatter({}, {2}); }, ThrowsMessage<InputError>(HasSubstr("do not fit the shape")));
  EXPECT_THROW(scatter({0, 3}, {2, 3}), UnsupportedError);
  for (const int32_t index : {-1, 4}) {
    Evaluator evaluator(scatter({4, 3}, {2, 3}));
    EXPECT_THAT(
        [&] {
          evaluator.run({Array::of<int32_t>({2, 1}, {0, index}), Array({2, 3})});
        },
        ThrowsMessage<InputError>(HasSubstr("into 4 rows")));
  }
}

}  // namespace
}  // namespace nudge::tflite
