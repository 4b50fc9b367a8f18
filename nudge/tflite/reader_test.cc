#include "nudge/tflite/reader.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/tflite/evaluator.h"
#include "nudge/tflite/test_model.h"
#include "nudge/tflite/versions.h"
#include "nudge/tflite/writer.h"

namespace nudge::tflite {
namespace {

using Op = BuiltinOperator;

using testing::HasSubstr;
using testing::ThrowsMessage;

// Convolution, pooling, addition, reshape and dense: most kinds of options, constants and scales.
TfLiteModel sample_model() {
  TestModel model(3);
  const int32_t x = model.input({1, 8, 8, 3});
  const int32_t w = model.weights({4, 3, 3, 3}, 0, true);
  const int32_t conv = model.product_output(x, w, 27);
  model.add(BuiltinOperator::kConv2d, {x, w, model.bias(4, 27)}, {conv}, TfLiteConv2dOptions{});
  const int32_t pooled = model.same_scale(conv);
  model.add(BuiltinOperator::kMaxPool2d, {conv}, {pooled},
            TfLitePool2dOptions{TfLitePadding::kValid, 2, 2, 2, 2});
  const int32_t sum = model.activation();
  model.add(BuiltinOperator::kAdd, {pooled, pooled}, {sum}, TfLiteAddOptions{FusedActivation::kRelu});
  const int32_t flat = model.same_scale(sum);
  model.add(BuiltinOperator::kReshape, {sum, model.ints({-1, 64})}, {flat}, TfLiteReshapeOptions{{-1, 64}});
  const int32_t dense = model.weights({5, 64}, 0, false);
  const int32_t logits = model.product_output(flat, dense, 64);
  model.add(BuiltinOperator::kFullyConnected, {flat, dense, -1}, {logits}, TfLiteFullyConnectedOptions{});
  model.add(BuiltinOperator::kRelu0To1, {logits}, {model.activation()});
  TfLiteModel made = model.finish();
  made.description = "a sample";
  made.signatures.push_back({"serving_default", {{"image", x}}, {{"logits", logits}}, 0});
  made.metadata.push_back({"note", {std::byte{1}, std::byte{2}}});
  made.main().tensors[0].shape_signature = {-1, 8, 8, 3};
  return made;
}

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

TEST(Reader, ReadsWhatTheWriterWrote) {
  const TfLiteModel model = sample_model();
  TfLiteModel again = parse(serialize(model), "written");
  ASSERT_EQ(again.metadata.size(), 2U);
  EXPECT_EQ(again.metadata[1], runtime_version_metadata(model));
  again.metadata.pop_back();
  EXPECT_EQ(again, model);
}

TEST(Reader, KeepsEveryOption) {
  TfLiteModel model;
  SubGraph& graph = model.subgraphs.emplace_back();
  const int32_t x = graph.add({.name = "x", .shape = {1}});
  const auto add = [&](Op op, Options options) {
    graph.operators.push_back({.op = op, .inputs = {x}, .outputs = {x}, .options = std::move(options)});
  };
  add(Op::kConv3d, TfLiteConv3dOptions{TfLitePadding::kValid, 2, 3, 4, FusedActivation::kRelu6, 5, 6, 7});
  add(Op::kConv3dTranspose,
      TfLiteConv3dOptions{TfLitePadding::kSame, 1, 2, 1, FusedActivation::kNone, 2, 1, 1});
  add(Op::kTransposeConv, TfLiteTransposeConvOptions{TfLitePadding::kValid, 2, 3, FusedActivation::kRelu});
  add(Op::kSpaceToDepth, TfLiteBlockOptions{2});
  add(Op::kDepthToSpace, TfLiteBlockOptions{3});
  add(Op::kSvdf, TfLiteSvdfOptions{2, FusedActivation::kRelu, true});
  add(Op::kGather, TfLiteGatherOptions{-2, 1});
  add(Op::kUnpack, TfLiteUnpackOptions{3, -1});
  add(Op::kPack, TfLitePackOptions{2, 1});
  add(Op::kSplit, TfLiteSplitOptions{3});
  add(Op::kSplitV, TfLiteSplitOptions{4});
  add(Op::kCast, TfLiteCastOptions{TensorType::kBool, TensorType::kInt32});
  add(Op::kArgMax, TfLiteArgMaxOptions{TensorType::kInt64});
  add(Op::kArgMin, TfLiteArgMaxOptions{TensorType::kInt32});
  add(Op::kStridedSlice, TfLiteStridedSliceOptions{1, 2, 3, 4, 5, true});
  add(Op::kBatchMatmul, TfLiteBatchMatMulOptions{true, false});
  add(Op::kDiv, TfLiteDivOptions{FusedActivation::kRelu});
  add(Op::kGelu, TfLiteGeluOptions{true});
  for (const Op op : {Op::kTranspose, Op::kExp, Op::kLogSoftmax, Op::kLess, Op::kSelectV2, Op::kReverseV2,
                      Op::kBroadcastTo, Op::kSign, Op::kSin, Op::kElu}) {
    add(op, {});
  }
  const TfLiteModel again = parse(serialize(model), "written");
  ASSERT_EQ(again.main().operators.size(), graph.operators.size());
  for (size_t i = 0; i < graph.operators.size(); ++i)
    EXPECT_EQ(again.main().operators[i], graph.operators[i]) << to_string(graph.operators[i].op);
}

TEST(Reader, ConstantsAreAlignedAndEqualOnesStoredOnce) {
  TfLiteModel model;
  model.subgraphs.emplace_back();
  const Array values = Array::full<float>({1024}, 1.5F);
  model.main().add(constant("a", values));
  model.main().add(constant("b", values));
  const std::vector<std::byte> bytes = serialize(model);
  EXPECT_LT(bytes.size(), 2 * values.byte_size());
  const std::vector<std::byte> wanted(values.bytes(), values.bytes() + values.byte_size());
  const auto found = std::search(bytes.begin(), bytes.end(), wanted.begin(), wanted.end());
  ASSERT_NE(found, bytes.end());
  EXPECT_EQ((found - bytes.begin()) % 16, 0);
}

TEST(Reader, FilesAreReplacedWhole) {
  const auto path = std::filesystem::temp_directory_path() / "nudge_reader_test.tflite";
  const TfLiteModel model = sample_model();
  write(model, path.string());
  EXPECT_EQ(serialize(read(path.string())), read_file(path.string()));
  std::filesystem::remove(path);
  EXPECT_THAT([&] { read(path.string()); }, ThrowsMessage<InputError>(HasSubstr("nudge_reader_test.tflite")));
  EXPECT_THROW(write(model, "/no/such/folder/x.tflite"), OutputError);
}

TEST(Reader, RefusesWhatIsNoModel) {
  EXPECT_THAT([] { parse({}, "x.tflite"); },
              ThrowsMessage<InputError>(HasSubstr("x.tflite: is no .tflite file")));
  EXPECT_THAT([] { parse(bytes_of("a text that is long enough"), "x.tflite"); },
              ThrowsMessage<InputError>(HasSubstr("TFL3")));
  std::vector<std::byte> bytes = serialize(sample_model());
  bytes.resize(bytes.size() / 2);
  EXPECT_THAT([&] { parse(bytes, "x.tflite"); }, ThrowsMessage<InputError>(HasSubstr("broken or truncated")));
}

// Whatever happens to a file, reading and preparing it either works or throws one of our errors.
void expect_prepared_or_refused(const std::vector<std::byte>& bytes) {
  try {
    TfLiteModel model = parse(bytes, "file");
    const Evaluator evaluator(std::move(model), {.name = "file"});
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("file"));
  }
}

TEST(Reader, TruncatedFilesAreRefused) {
  const std::vector<std::byte> bytes = serialize(sample_model());
  for (size_t length = 0; length < bytes.size(); ++length) {
    SCOPED_TRACE(length);
    expect_prepared_or_refused({bytes.begin(), bytes.begin() + static_cast<int64_t>(length)});
  }
}

TEST(Reader, FlippedBytesNeverCrash) {
  const std::vector<std::byte> bytes = serialize(sample_model());
  Random random(17);
  for (int i = 0; i < 20000; ++i) {
    SCOPED_TRACE(i);
    std::vector<std::byte> broken = bytes;
    const uint64_t flips = 1 + random.below(3);
    for (uint64_t f = 0; f < flips; ++f)
      broken[random.below(broken.size())] = static_cast<std::byte>(random.next());
    expect_prepared_or_refused(broken);
  }
}

// Writes no file that the reader would refuse, and says what is wrong.
void expect_refused(const std::function<void(TfLiteModel&)>& damage, const std::string& message) {
  TfLiteModel model = sample_model();
  damage(model);
  EXPECT_THAT([&] { serialize(model); }, ThrowsMessage<ValueError>(HasSubstr(message)));
}

TEST(Writer, ChecksTheModel) {
  expect_refused([](TfLiteModel& m) { m.subgraphs.clear(); }, "has no subgraph");
  expect_refused([](TfLiteModel& m) { m.main().operators[0].inputs[1] = 99; },
                 "operator 0 CONV_2D names tensor 99");
  expect_refused([](TfLiteModel& m) { m.main().outputs[0] = -1; }, "the list of outputs names tensor -1");
  expect_refused([](TfLiteModel& m) { m.main().tensors[1].data.pop_back(); }, "holds 107 bytes");
  expect_refused([](TfLiteModel& m) { m.main().tensors[0].shape[1] = -8; }, "impossible shape");
  expect_refused([](TfLiteModel& m) { m.main().tensors[1].quantization->scale.pop_back(); },
                 "3 scales but 4 zero points");
  expect_refused([](TfLiteModel& m) { m.main().tensors[1].quantization->dimension = 1; },
                 "4 scales for dimension 1");
  expect_refused([](TfLiteModel& m) { m.main().tensors[0].quantization->scale[0] = 0; }, "must be positive");
  expect_refused([](TfLiteModel& m) { m.main().tensors[0].quantization->zero_point[0] = int64_t{1} << 40; },
                 "no type can hold");
  expect_refused([](TfLiteModel& m) { m.signatures[0].subgraph = 3; }, "names subgraph 3");
  expect_refused([](TfLiteModel& m) { m.signatures[0].outputs[0].second = 77; }, "names tensor 77");
}

TEST(Writer, RefusesScalesThatAreNotRead) {
  TfLiteModel model = sample_model();
  model.main().tensors[1].quantization->details = 2;
  EXPECT_THAT([&] { serialize(model); },
              ThrowsMessage<UnsupportedError>(HasSubstr("blockwise quantization cannot be written")));
}

TEST(Writer, RefusesOptionsItDoesNotKnow) {
  TfLiteModel model = sample_model();
  model.main().operators[0].options = UnknownOptions{7};
  EXPECT_THAT([&] { serialize(model); },
              ThrowsMessage<UnsupportedError>(HasSubstr("CONV_2D has options (number 7)")));
}

}  // namespace
}  // namespace nudge::tflite
