#include "nudge/edgetpu/cut.h"

#include <gmock/gmock.h>

#include "nudge/base/error.h"
#include "nudge/edgetpu/prediction.h"
#include "nudge/edgetpu/test_graph.h"
#include "nudge/tflite/reader.h"
#include "nudge/tflite/writer.h"

namespace nudge::edgetpu {
namespace {

using Op = tflite::BuiltinOperator;

// A convolution, a RELU of it, and the sum of both.
tflite::TfLiteModel branched() {
  TestGraph graph = small_convolution();
  const int32_t x = graph.as_built().main().outputs[0];
  const int32_t relu = graph.activation({1, 8, 8, 4});
  graph.add(Op::kRelu, {x}, {relu});
  const int32_t sum = graph.activation({1, 8, 8, 4});
  graph.add(Op::kAdd, {x, relu}, {sum}, tflite::TfLiteAddOptions{});
  return graph.finish();
}

TEST(Cut, OneOperatorKeepsItsConstants) {
  const tflite::TfLiteModel model = branched();
  const tflite::SubGraph part = tflite::parse(tflite::serialize(cut(model, 0, 0)), "part").main();
  ASSERT_EQ(part.operators.size(), 1U);
  EXPECT_EQ(part.operators[0].op, Op::kConv2d);
  EXPECT_EQ(part.operators[0].options, model.main().operators[0].options);
  EXPECT_EQ(part.operators[0].version, model.main().operators[0].version);
  ASSERT_EQ(part.tensors.size(), 4U);
  ASSERT_EQ(part.inputs.size(), 1U);
  EXPECT_EQ(part.tensors[static_cast<size_t>(part.operators[0].inputs[1])], model.main().tensors[1]);
  ASSERT_EQ(part.outputs.size(), 1U);
  EXPECT_EQ(part.outputs[0], part.operators[0].outputs[0]);
}

TEST(Cut, AnInputThatIsReadTwiceIsOneInput) {
  const tflite::SubGraph part = cut(branched(), 1, 2).main();
  EXPECT_EQ(part.inputs.size(), 1U);
  EXPECT_EQ(part.outputs.size(), 1U);
  EXPECT_EQ(part.tensors.size(), 3U);
  const tflite::SubGraph sum = cut(branched(), 2, 2).main();
  EXPECT_EQ(sum.inputs.size(), 2U);
}

// What a later operator reads is an output beside what is read inside.
TEST(Cut, OutputsAreWhatOthersRead) { EXPECT_EQ(cut(branched(), 0, 1).main().outputs.size(), 2U); }

TEST(Cut, TheWholeIsTheModelAgain) {
  const tflite::TfLiteModel model = branched();
  const tflite::TfLiteModel whole = cut(model, 0, 2);
  EXPECT_EQ(whole.main().operators.size(), 3U);
  EXPECT_EQ(predict(whole).mapped(), 3U);
  EXPECT_EQ(whole.main().inputs.size(), model.main().inputs.size());
}

TEST(Cut, OfOperatorsThatAreNotThereIsRefused) {
  EXPECT_THROW(cut(branched(), 0, 3), ValueError);
  EXPECT_THROW(cut(branched(), 2, 1), ValueError);
}

}  // namespace
}  // namespace nudge::edgetpu
