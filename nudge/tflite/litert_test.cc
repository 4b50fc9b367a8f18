#include "nudge/tflite/litert.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "nudge/base/error.h"
#include "nudge/tflite/evaluator.h"
#include "nudge/tflite/test_model.h"
#include "nudge/tflite/writer.h"

namespace nudge::tflite {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// Sets a variable of the environment while it lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() {
    if (before_) ::setenv(name_, before_->c_str(), 1);
    if (!before_) ::unsetenv(name_);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

TEST(LiteRt, SaysHowToGetItWhereItIsAbsent) {
  const Variable variable("NUDGE_LITERT", "/no/such/folder");
  EXPECT_FALSE(litert_available());
  EXPECT_THAT([] { litert_library(); },
              ThrowsMessage<UnsupportedError>(HasSubstr("pip install ai-edge-litert")));
}

class LiteRtRun : public testing::Test {
 protected:
  void SetUp() override {
    if (!litert_available()) GTEST_SKIP() << "LiteRT is not installed: skipped";
    TestModel model(2);
    const int32_t x = model.input({1, 6, 6, 8});
    const int32_t w = model.weights({1, 3, 3, 8}, 3, true);
    model.add(BuiltinOperator::kDepthwiseConv2d, {x, w, model.bias(8, 9)}, {model.product_output(x, w, 9)},
              TfLiteDepthwiseConv2dOptions{});
    model_ = model.finish();
    model_.signatures.push_back(
        {"serving_default", {{"image", x}}, {{"scores", model_.main().outputs[0]}}, 0});
    images_ = Array({40, 6, 6, 8}, DataType::kInt8);
    Random random(9);
    for (int8_t& value : images_.span<int8_t>()) value = static_cast<int8_t>(random.next());
  }
  int64_t differing_from_evaluator(Kernels kernels) const {
    LiteRt runtime(serialize(model_), {.kernels = kernels, .threads = 2});
    const Array theirs = runtime.run({images_})[0];
    const Array ours = Evaluator(model_).run({images_})[0];
    int64_t count = 0;
    for (int64_t i = 0; i < ours.size(); ++i)
      count += ours.data<int8_t>()[i] != theirs.data<int8_t>()[i] ? 1 : 0;
    return count;
  }

  TfLiteModel model_;
  Array images_;
};

TEST_F(LiteRtRun, DescribesInputsAndOutputs) {
  const LiteRt runtime(serialize(model_));
  ASSERT_EQ(runtime.inputs().size(), 1U);
  EXPECT_EQ(runtime.inputs()[0].name, "image");
  EXPECT_EQ(runtime.inputs()[0].shape, Shape({1, 6, 6, 8}));
  EXPECT_EQ(runtime.inputs()[0].type, DataType::kInt8);
  EXPECT_EQ(runtime.outputs()[0].name, "scores");
  const TfLiteTensor& output = model_.main().tensors[static_cast<size_t>(model_.main().outputs[0])];
  EXPECT_EQ(runtime.outputs()[0].scale, output.quantization->scale[0]);
  EXPECT_EQ(runtime.outputs()[0].zero_point, output.quantization->zero_point[0]);
}

// The default kernels round depthwise convolutions otherwise, which shows that the choice reaches the
// runtime.
TEST_F(LiteRtRun, KernelsAreSelectable) {
  EXPECT_EQ(differing_from_evaluator(Kernels::kReference), 0);
  EXPECT_GT(differing_from_evaluator(Kernels::kDefault), 0);
}

TEST_F(LiteRtRun, RefusesInputsThatDoNotFit) {
  LiteRt runtime(serialize(model_));
  EXPECT_THROW(runtime.run({}), ShapeError);
  EXPECT_THROW(runtime.run({Array({1, 6, 6, 8})}), ValueError);
  EXPECT_THROW(runtime.run({Array({1, 6, 5, 8}, DataType::kInt8)}), ShapeError);
}

TEST_F(LiteRtRun, RefusesWhatIsNoModel) { EXPECT_THROW(LiteRt(std::vector<std::byte>(100)), InputError); }

// As Teachable Machine writes them: float ends in the signature, codes in the graph.
TEST_F(LiteRtRun, RunsTheGraphWhoseSignatureNamesOtherTensors) {
  TestModel model(3);
  const int32_t x = model.input({1, 4});
  const int32_t between = model.activation();
  model.add(BuiltinOperator::kRelu, {x}, {between});
  model.add(BuiltinOperator::kRelu6, {between}, {model.activation()});
  TfLiteModel foreign = model.finish();
  SubGraph& graph = foreign.main();
  graph.outputs = {graph.operators[1].outputs[0]};
  foreign.signatures.push_back({"serving_default", {{"image", x}}, {{"scores", between}}, 0});
  LiteRt runtime(serialize(foreign), {.kernels = Kernels::kReference});
  ASSERT_EQ(runtime.outputs().size(), 1U);
  EXPECT_EQ(runtime.outputs()[0].name, graph.tensors[static_cast<size_t>(graph.outputs[0])].name);
  const Array codes = Array::of<int8_t>({1, 4}, {-100, -3, 20, 127});
  EXPECT_TRUE(identical(runtime.run({codes})[0], Evaluator(foreign).run({codes})[0]));
}

TEST_F(LiteRtRun, SaysThatKernelsLackAnOperator) {
  TestModel model(1);
  const int32_t x = model.input({1, 4});
  model.add(BuiltinOperator::kRelu, {x}, {model.activation()});
  TfLiteModel elu = model.finish();
  elu.main().operators[0].op = BuiltinOperator::kElu;
  elu.main().operators[0].version = 1;
  EXPECT_THAT([&] { LiteRt(serialize(elu), {.kernels = Kernels::kReference}); },
              ThrowsMessage<UnsupportedError>(
                  HasSubstr("cannot run the model: Didn't find op for builtin opcode 'ELU'")));
}

}  // namespace
}  // namespace nudge::tflite
