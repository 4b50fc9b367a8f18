// Files that no check covers run on LiteRT in a process of its own.
#include "nudge/train/tensor_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/tflite/litert.h"
#include "nudge/tflite/test_model.h"

namespace nudge::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing::ThrowsMessage;
using tflite::BuiltinOperator;
using tflite::TestModel;

class UncheckedFiles : public testing::TestWithParam<Runtime> {
 protected:
  void SetUp() override {
    if (!tflite::litert_available()) GTEST_SKIP() << "LiteRT is not installed: nothing runs it";
  }
  std::unique_ptr<TensorRunner> open(const tflite::TfLiteModel& file) const {
    return run_file(file, {.runtime = GetParam(), .name = "some.tflite"});
  }
};

// All codes alike are too many for the reference kernel, which ends its process.
TEST_P(UncheckedFiles, SayWhichOperatorMayHaveEndedLiteRt) {
  constexpr int64_t kCodes = 600;
  TestModel model(1);
  const int32_t x = model.input({1, kCodes});
  model.add(BuiltinOperator::kSoftmax, {x}, {model.activation(tflite::per_tensor(1.0F / 256, -128))},
            tflite::TfLiteSoftmaxOptions{.beta = 1});
  const auto runner = open(model.finish());
  Array codes({1, kCodes}, DataType::kInt8);
  const auto run = [&] { runner->run({codes}); };
  if (GetParam() == Runtime::kLitertReference) {
    EXPECT_THAT(run, ThrowsMessage<UnsupportedError>(AllOf(
                         StartsWith("some.tflite: LiteRT was ended by signal 6 (Aborted) while running"),
                         HasSubstr("operator 0 SOFTMAX"), Not(HasSubstr("\n")))));
  } else {
    EXPECT_NO_THROW(run());
  }
}

TEST_P(UncheckedFiles, OfCustomOperatorsAreLiteRtsToRefuse) {
  TestModel model(1);
  const int32_t x = model.input({1, 4});
  model.add(BuiltinOperator::kRelu, {x}, {model.activation()});
  tflite::TfLiteModel file = model.finish();
  file.main().operators[0].op = BuiltinOperator::kCustom;
  file.main().operators[0].custom_code = "Mystery";
  testing::internal::CaptureStderr();
  EXPECT_THAT(
      [&] {
        open(file)->run({Array({1, 4}, DataType::kInt8)});
      },
      ThrowsMessage<UnsupportedError>(AllOf(HasSubstr("LiteRT: running the model failed"),
                                            HasSubstr("operator 0 CUSTOM"), Not(HasSubstr("\n")))));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

INSTANTIATE_TEST_SUITE_P(Runtimes, UncheckedFiles,
                         testing::Values(Runtime::kLitert, Runtime::kLitertReference),
                         [](const auto& runtime) {
                           return runtime.param == Runtime::kLitert ? "Default" : "Reference";
                         });

// Wrong indices never reach LiteRT, whatever else a file holds.
TEST(CheckedFiles, AreRefusedBeforeLiteRtSeesThem) {
  TestModel model(1);
  const int32_t x = model.input({1, 4});
  model.add(BuiltinOperator::kRelu, {x}, {model.activation()});
  tflite::TfLiteModel file = model.finish();
  file.main().operators[0].inputs[0] = 77;
  EXPECT_THAT(
      [&] { run_file(file, {.runtime = Runtime::kLitert, .name = "some.tflite"}); },
      ThrowsMessage<InputError>("some.tflite: operator 0 RELU names tensor 77, but there are 2 tensors"));
}

}  // namespace
}  // namespace nudge::train
