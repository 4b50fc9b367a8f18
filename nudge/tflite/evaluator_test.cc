#include "nudge/tflite/evaluator.h"

#include <gmock/gmock.h>

#include "nudge/base/error.h"
#include "nudge/base/threads.h"
#include "nudge/tflite/test_model.h"

namespace nudge::tflite {
namespace {

using Op = BuiltinOperator;
using testing::HasSubstr;
using testing::ThrowsMessage;

// An inverted residual and a classifier: float in, float out, int8 between.
TfLiteModel small_network(uint64_t seed) {
  TestModel model(seed);
  const int32_t image = model.input({1, 15, 15, 3}, TensorType::kFloat32);
  const int32_t x = model.activation(per_tensor(0.05F, 3));
  model.add(Op::kQuantize, {image}, {x});
  const auto conv = [&](int32_t in, int64_t from, int64_t to, int64_t side, FusedActivation activation) {
    const int32_t w = model.weights({to, side, side, from}, 0, true);
    const int32_t out = model.product_output(in, w, from * side * side);
    model.add(Op::kConv2d, {in, w, model.bias(to, from * side * side)}, {out},
              TfLiteConv2dOptions{TfLitePadding::kSame, 1, 1, activation});
    return out;
  };
  const int32_t stem = conv(x, 3, 8, 3, FusedActivation::kRelu6);
  const int32_t wide = conv(stem, 8, 24, 1, FusedActivation::kRelu6);
  const int32_t taps = model.weights({1, 3, 3, 24}, 3, true);
  const int32_t depthwise = model.product_output(wide, taps, 9);
  model.add(Op::kDepthwiseConv2d, {wide, taps, model.bias(24, 9)}, {depthwise},
            TfLiteDepthwiseConv2dOptions{TfLitePadding::kSame, 1, 1, 1, FusedActivation::kRelu6});
  const int32_t narrow = conv(depthwise, 24, 8, 1, FusedActivation::kNone);
  const int32_t sum = model.activation();
  model.add(Op::kAdd, {stem, narrow}, {sum}, TfLiteAddOptions{});
  const int32_t mean = model.activation(*model.tensor(sum).quantization);
  model.add(Op::kMean, {sum, model.ints({1, 2})}, {mean}, TfLiteReducerOptions{});
  const int32_t dense = model.weights({5, 8}, 0, true);
  const int32_t logits = model.product_output(mean, dense, 8);
  model.add(Op::kFullyConnected, {mean, dense, model.bias(5, 8)}, {logits}, TfLiteFullyConnectedOptions{});
  const int32_t scores = model.activation(per_tensor(1.0F / 256, -128));
  model.add(Op::kSoftmax, {logits}, {scores}, TfLiteSoftmaxOptions{});
  model.add(Op::kDequantize, {scores}, {model.activation(TensorType::kFloat32)});
  return model.finish();
}

TEST(Evaluator, EveryTensorOfAChainEqualsLiteRt) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    SCOPED_TRACE(seed);
    expect_agrees_with_litert(small_network(seed), seed);
  }
}

TEST(Evaluator, BatchesGiveWhatSingleRunsGive) {
  const TfLiteModel model = small_network(1);
  Evaluator batched(model, {.keep_tensors = true});
  Evaluator single(model);
  Array images({5, 15, 15, 3});
  Random random(2);
  for (float& value : images.span<float>()) value = static_cast<float>(random.normal());
  const std::vector<Array> all = batched.run({images});
  const int32_t some_tensor = model.main().operators[3].outputs[0];
  for (int64_t i = 0; i < 5; ++i) {
    const std::vector<Array> one = single.run({images.slice(i, i + 1).clone()});
    for (size_t o = 0; o < one.size(); ++o)
      EXPECT_TRUE(identical(one[o], all[o].slice(i, i + 1).clone())) << i;
    EXPECT_TRUE(identical(single.tensor(some_tensor), batched.tensor(some_tensor).slice(i, i + 1).clone()));
  }
}

TEST(Evaluator, ThreadsDoNotChangeValues) {
  const int before = thread_count();
  Evaluator evaluator(small_network(4));
  Random random(3);
  const Array image = random_array(evaluator.model().main().tensors[0], random);
  set_thread_count(1);
  const std::vector<Array> alone = evaluator.run({image});
  set_thread_count(3);
  const std::vector<Array> together = evaluator.run({image});
  set_thread_count(before);
  for (size_t i = 0; i < alone.size(); ++i) EXPECT_TRUE(identical(alone[i], together[i])) << i;
}

TEST(Evaluator, NamesTheInputThatDoesNotFit) {
  Evaluator evaluator(small_network(0), {.name = "m.tflite"});
  EXPECT_THAT([&] { evaluator.run({}); },
              ThrowsMessage<ValueError>(HasSubstr("m.tflite: has 1 inputs, 0 given")));
  EXPECT_THAT(
      [&] {
        evaluator.run({Array({1, 15, 15, 3}, DataType::kInt8)});
      },
      ThrowsMessage<ValueError>(HasSubstr("is FLOAT32 (1, 15, 15, 3), given int8")));
  EXPECT_THAT(
      [&] {
        evaluator.run({Array({1, 15, 15, 4})});
      },
      ThrowsMessage<ShapeError>(HasSubstr("given (1, 15, 15, 4)")));
}

TEST(Evaluator, TensorsOfABatchAreKeptOnDemand) {
  Evaluator evaluator(small_network(0), {.name = "m.tflite"});
  const int32_t inner = evaluator.model().main().operators[0].outputs[0];
  EXPECT_THROW(evaluator.tensor(inner), ValueError);
  EXPECT_THROW(evaluator.tensor(1000), ValueError);
  evaluator.run({Array({1, 15, 15, 3})});
  EXPECT_EQ(evaluator.tensor(inner).shape(), Shape({1, 15, 15, 3}));
}

void expect_refused(const std::function<void(SubGraph&)>& damage, const std::string& message) {
  TfLiteModel model = small_network(0);
  damage(model.main());
  EXPECT_THAT([&] { Evaluator(model, {.name = "m.tflite"}); }, ThrowsMessage<Error>(HasSubstr(message)));
}

TEST(Evaluator, RefusesWhatItDoesNotCompute) {
  expect_refused([](SubGraph& g) { g.operators[1].op = Op::kLstm; },
                 "m.tflite: operator 1 LSTM: the evaluator does not compute this operator");
  expect_refused([](SubGraph& g) { g.operators[1].options = TfLiteAddOptions{}; },
                 "options of another operator");
  expect_refused(
      [](SubGraph& g) {
        std::get<TfLiteConv2dOptions>(g.operators[1].options).activation = FusedActivation::kTanh;
      },
      "fused activation 4 is not computed here");
  expect_refused(
      [](SubGraph& g) {
        g.tensors[static_cast<size_t>(g.operators[1].outputs[0])].type = TensorType::kInt16;
      },
      "is INT16");
}

TEST(Evaluator, RefusesInconsistentModels) {
  expect_refused([](SubGraph& g) { std::swap(g.operators[1], g.operators[2]); },
                 "computed by no operator before it");
  expect_refused([](SubGraph& g) { g.operators[2].outputs = g.operators[1].outputs; }, "has a value already");
  expect_refused(
      [](SubGraph& g) {
        g.operators[1].inputs.pop_back();
        g.operators[1].inputs[1] = -1;
      },
      "input 1 is missing");
  expect_refused([](SubGraph& g) { std::get<TfLiteConv2dOptions>(g.operators[1].options).stride_h = 0; },
                 "strides");
  expect_refused(
      [](SubGraph& g) { g.tensors[static_cast<size_t>(g.operators[1].outputs[0])].quantization.reset(); },
      "needs exactly one");
  expect_refused(
      [](SubGraph& g) {
        g.tensors[static_cast<size_t>(g.inputs[0])].shape = {1 << 20, 1 << 20, 1 << 10, 3};
      },
      "m.tflite: ");
}

}  // namespace
}  // namespace nudge::tflite
