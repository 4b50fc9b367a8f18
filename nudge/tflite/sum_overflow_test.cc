#include "nudge/tflite/sum_overflow.h"

#include <gmock/gmock.h>

#include <cmath>

#include "nudge/tflite/evaluator.h"
#include "nudge/tflite/test_model.h"
#include "nudge/tflite/versions.h"

namespace nudge::tflite {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// FULLY_CONNECTED over codes of zero point -128, one unit with these weights.
TfLiteModel dense(const std::vector<int8_t>& weights, int32_t bias = 0) {
  const auto terms = static_cast<int64_t>(weights.size());
  TfLiteModel model;
  SubGraph& graph = model.subgraphs.emplace_back();
  graph.inputs = {graph.add(
      {.name = "x", .shape = {1, terms}, .type = TensorType::kInt8, .quantization = per_tensor(1.0f, -128)})};
  const int32_t kernel =
      graph.add(constant("kernel", Array::of<int8_t>({1, terms}, weights), per_tensor(1.0f, 0)));
  const int32_t offset = graph.add(constant("bias", Array::of<int32_t>({1}, {bias})));
  // Sums over the whole range of 32 bits have codes within [-108, 108].
  graph.outputs = {graph.add({.name = "y", .type = TensorType::kInt8, .quantization = per_tensor(2e7f, 0)})};
  graph.operators.push_back({.op = BuiltinOperator::kFullyConnected,
                             .inputs = {graph.inputs[0], kernel, offset},
                             .outputs = graph.outputs,
                             .options = TfLiteFullyConnectedOptions{}});
  set_lowest_versions(model);
  return Evaluator(model).model();
}

std::vector<int8_t> alternating(size_t terms) {
  std::vector<int8_t> weights(terms, 127);
  for (size_t i = 0; i < terms; i += 2) weights[i] = -127;
  return weights;
}

TEST(SumOverflow, NamesTheOperatorWhoseSumsMayNotFit) {
  EXPECT_THAT(overflowing_sums(dense(std::vector<int8_t>(70'000, 127))),
              ElementsAre(AllOf(HasSubstr("y: "), HasSubstr("channel 0 over 70000 terms"))));
  EXPECT_THAT(overflowing_sums(dense(std::vector<int8_t>(70'000, -127))), testing::SizeIs(1));
  EXPECT_THAT(overflowing_sums(dense(std::vector<int8_t>(66'000, 127), 2'000'000'000)), testing::SizeIs(1));
}

TEST(SumOverflow, IsNoneWhereTheWeightsKeepSumsSmall) {
  EXPECT_THAT(overflowing_sums(dense(std::vector<int8_t>(66'000, 127))), IsEmpty());
  EXPECT_THAT(overflowing_sums(dense(std::vector<int8_t>(200'704, 40))), IsEmpty());
  EXPECT_THAT(overflowing_sums(dense(alternating(130'000))), IsEmpty());
}

TEST(SumOverflow, WrapsAsInTheRuntime) {
  // Random codes are 127.5 above the zero point on average: a sum near 2.27e9, which becomes one near
  // -2.03e9.
  const TfLiteModel model = dense(std::vector<int8_t>(140'000, 127));
  expect_agrees_with_litert(model, 3);
  const Array x = Array::full<int8_t>({1, 140'000}, 0);
  const int64_t sum = int64_t{140'000} * 127 * 128 - (int64_t{1} << 32);
  EXPECT_EQ(Evaluator(model).run({x})[0].data<int8_t>()[0],
            static_cast<int8_t>(std::round(static_cast<double>(sum) / 2e7)));
}

}  // namespace
}  // namespace nudge::tflite
