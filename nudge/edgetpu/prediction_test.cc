#include "nudge/edgetpu/prediction.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "nudge/edgetpu/test_graph.h"

namespace nudge::edgetpu {
namespace {

using Op = tflite::BuiltinOperator;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using tflite::TensorType;

std::vector<Status> statuses(const Prediction& prediction) {
  std::vector<Status> found;
  for (const OperatorPrediction& op : prediction.operators) found.push_back(op.status);
  return found;
}

TEST(Prediction, OfAConvolution) {
  const Prediction prediction = predict(small_convolution().finish());
  EXPECT_EQ(prediction.outcome(), Outcome::kMapped);
  EXPECT_EQ(prediction.mapped(), 1U);
  EXPECT_EQ(prediction.subgraphs, 1U);
  EXPECT_EQ(prediction.parameter_bytes, 4 * 27 + 4 * 4);
  EXPECT_EQ(prediction.min_runtime_version, 12);
  EXPECT_THAT(prediction.notes, IsEmpty());
}

TEST(Prediction, FloatEndsAreNoFault) {
  TestGraph graph;
  const int32_t x = graph.input({1, 8}, TensorType::kFloat32);
  const int32_t a = graph.activation({1, 8}), b = graph.activation({1, 8});
  const int32_t y = graph.activation({1, 8}, TensorType::kFloat32);
  graph.add(Op::kQuantize, {x}, {a});
  graph.add(Op::kRelu, {a}, {b});
  graph.add(Op::kDequantize, {b}, {y});
  const Prediction prediction = predict(graph.finish());
  EXPECT_EQ(prediction.outcome(), Outcome::kMapped);
  EXPECT_EQ(prediction.mapped(), 1U);
  EXPECT_EQ(statuses(prediction), (std::vector<Status>{Status::kUnspecifiedLimitation, Status::kMapped,
                                                       Status::kUnsupportedDataType}));
  EXPECT_THAT(to_text(prediction), HasSubstr("1 of 3 operators on the Edge TPU, its float ends on the CPU"));
}

TEST(Prediction, OperatorsBehindOneOnTheCpuStayThere) {
  TestGraph graph;
  const int32_t x = graph.input({1, 8});
  const int32_t a = graph.activation({1, 8}), b = graph.activation({1, 8}), c = graph.activation({1, 8});
  graph.add(Op::kRelu, {x}, {a});
  graph.add(Op::kElu, {a}, {b});
  graph.add(Op::kRelu, {b}, {c});
  const Prediction prediction = predict(graph.finish());
  EXPECT_EQ(prediction.outcome(), Outcome::kCpuOperators);
  EXPECT_EQ(statuses(prediction),
            (std::vector<Status>{Status::kMapped, Status::kNotSupported, Status::kSecondSubgraph}));
  EXPECT_EQ(prediction.subgraphs, 2U);
}

TEST(Prediction, UnsignedCodesNeedNoNewRuntime) {
  TestGraph graph;
  const int32_t x = graph.input({1, 8}, TensorType::kUInt8);
  graph.add(Op::kRelu, {x}, {graph.activation({1, 8}, TensorType::kUInt8)});
  EXPECT_EQ(predict(graph.finish()).min_runtime_version, 10);
}

TEST(Prediction, VariablesNeedANewerRuntime) {
  TestGraph graph;
  const int32_t x = graph.input({1, 5, 8});
  const int32_t state = graph.activation({1, 8}, TensorType::kInt16);
  graph.tensor(state).is_variable = true;
  graph.add(Op::kUnidirectionalSequenceLstm, {x, graph.weights({8, 8}), state},
            {graph.activation({1, 5, 8})});
  EXPECT_EQ(predict(graph.finish()).min_runtime_version, 14);
}

TEST(Prediction, SaysWhatDoesNotFitOnTheChip) {
  TestGraph graph;
  const int32_t x = graph.input({1, 4096});
  const int32_t y = graph.activation({1, 4096});
  graph.add(Op::kFullyConnected, {x, graph.weights({4096, 4096}), -1}, {y},
            tflite::TfLiteFullyConnectedOptions{});
  const Prediction prediction = predict(graph.as_built());
  EXPECT_EQ(prediction.outcome(), Outcome::kMapped);
  EXPECT_THAT(prediction.notes, Contains(HasSubstr("16.00 MiB of parameters do not fit")));
}

TEST(Prediction, SaysWhatMayGoOtherwise) {
  TestGraph graph;
  const int32_t x = graph.input({1, 1024, 1024, 32});
  const int32_t y = graph.activation({1, 1024, 1024, 32});
  graph.add(Op::kRelu, {x}, {y});
  graph.add(Op::kTranspose, {y, graph.ints({0, 2, 1, 3})}, {graph.activation({1, 1024, 1024, 32})});
  const Prediction prediction = predict(graph.finish());
  EXPECT_THAT(prediction.notes, Contains(HasSubstr("operator 0 RELU writes 32.0 MiB")));
  EXPECT_THAT(prediction.notes, Contains(HasSubstr("TRANSPOSE is often refused")));
}

TEST(Prediction, IsWrittenAsJsonAndText) {
  TestGraph graph = small_convolution();
  const int32_t x = graph.as_built().main().outputs[0];
  graph.add(Op::kElu, {x}, {graph.activation({1, 8, 8, 4})});
  const Prediction prediction = predict(graph.finish());
  const Json json = to_json(prediction);
  EXPECT_EQ(json["outcome"], "cpu_operators");
  EXPECT_EQ(json["mapped"], 1);
  EXPECT_EQ(json["total"], 2);
  EXPECT_EQ(json["ops"][1]["status"], "Operation not supported");
  EXPECT_EQ(json["ops"][1]["mapped"], false);
  EXPECT_EQ(json["failures"], Json::array());
  const std::string text = to_text(prediction);
  EXPECT_THAT(text, HasSubstr("1 of 2 operators on the Edge TPU, 1 on the CPU"));
  EXPECT_THAT(text, HasSubstr("CONV_2D                        1          Mapped to Edge TPU"));
  EXPECT_THAT(text, HasSubstr("   1  ELU"));
}

TEST(Prediction, SaysWhyAModelIsRefused) {
  tflite::TfLiteModel model = small_convolution().finish();
  model.main().operators[0].version = 6;
  const Prediction prediction = predict(model);
  EXPECT_EQ(to_json(prediction)["outcome"], "fails");
  EXPECT_EQ(to_json(prediction)["failures"][0]["says"], "Model could not be parsed");
  EXPECT_THAT(to_text(prediction),
              HasSubstr("the compiler would refuse the model\n  Model could not be parsed: "));
}

}  // namespace
}  // namespace nudge::edgetpu
