// LiteRT in a process of its own: the same values, and an end that the program survives.
#include "nudge/tflite/litert_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/threads.h"
#include "nudge/tflite/test_model.h"
#include "nudge/tflite/writer.h"

namespace nudge::tflite {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr int64_t kCodes = 1000;

// A SOFTMAX of so many codes: the reference kernel ends the process where 512 of them are the largest.
TfLiteModel large_softmax() {
  TestModel model(1);
  const int32_t x = model.input({1, kCodes});
  model.add(BuiltinOperator::kSoftmax, {x}, {model.activation(per_tensor(1.0F / 256, -128))},
            TfLiteSoftmaxOptions{.beta = 1});
  return model.finish();
}

class OwnProcess : public testing::Test {
 protected:
  void SetUp() override {
    if (!litert_available()) GTEST_SKIP() << "LiteRT is not installed: nothing runs it";
    parallel_for(16, 1, [](int64_t, int64_t) {});  // threads that the other process lacks
  }

  static LiteRtProcess start(const TfLiteModel& model) {
    return LiteRtProcess(serialize(model), {.kernels = Kernels::kReference});
  }
};

TEST_F(OwnProcess, GivesTheSameValues) {
  const TfLiteModel model = large_softmax();
  LiteRtProcess apart = start(model);
  LiteRt here(serialize(model), {.kernels = Kernels::kReference});
  ASSERT_EQ(apart.inputs().size(), 1U);
  EXPECT_EQ(apart.inputs()[0].name, here.inputs()[0].name);
  EXPECT_EQ(apart.inputs()[0].shape, Shape({1, kCodes}));
  EXPECT_EQ(apart.inputs()[0].scale, here.inputs()[0].scale);
  EXPECT_EQ(apart.outputs()[0].zero_point, -128);
  Random random(3);
  for (const int64_t batches : {3, 1, 40}) {
    Array codes({batches, kCodes}, DataType::kInt8);
    for (int8_t& code : codes.span<int8_t>()) code = static_cast<int8_t>(random.next());
    EXPECT_TRUE(identical(apart.run({codes})[0], here.run({codes})[0])) << batches << " batches";
  }
}

TEST_F(OwnProcess, RefusesWhatDoesNotFitAndGoesOn) {
  LiteRtProcess apart = start(large_softmax());
  EXPECT_THROW(apart.run({}), ShapeError);
  EXPECT_THROW(apart.run({Array({1, kCodes})}), ValueError);
  Array codes({2, kCodes}, DataType::kInt8);
  for (int64_t i = 0; i < codes.size(); ++i) codes.data<int8_t>()[i] = static_cast<int8_t>(i % 100);
  EXPECT_EQ(apart.run({codes}).size(), 1U);
  EXPECT_THROW(LiteRtProcess(std::vector<std::byte>(100)), InputError);
}

TEST_F(OwnProcess, EndsAloneWhereLiteRtAborts) {
  LiteRtProcess apart = start(large_softmax());
  EXPECT_THAT(
      [&] {
        apart.run({Array({1, kCodes}, DataType::kInt8)});
      },
      ThrowsMessage<LiteRtEnded>(HasSubstr("LiteRT was ended by signal 6")));
}

}  // namespace
}  // namespace nudge::tflite
