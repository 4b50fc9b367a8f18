// Files made by other programs: each is read, written and read again, and computed as the runtime does.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "nudge/tflite/evaluator.h"
#include "nudge/tflite/reader.h"
#include "nudge/tflite/test_model.h"
#include "nudge/tflite/versions.h"
#include "nudge/tflite/writer.h"

namespace nudge::tflite {
namespace {

// The files, by name; empty where they are absent.
std::vector<std::filesystem::path> oracle_files() {
  const std::filesystem::path folder =
      std::filesystem::path(NUDGE_SOURCE_DIR) / "../shared/oracles/edgetpu/models";
  std::vector<std::filesystem::path> files;
  if (!std::filesystem::is_directory(folder)) return files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".tflite") files.push_back(entry.path());
  }
  return files;
}

TEST(OracleFiles, AreReadAndRoundTrip) {
  const std::vector<std::filesystem::path> files = oracle_files();
  if (files.empty()) GTEST_SKIP() << "no ../shared/oracles/edgetpu/models: skipped";
  for (const std::filesystem::path& file : files) {
    SCOPED_TRACE(file.string());
    const TfLiteModel model = read(file.string());
    EXPECT_FALSE(model.main().operators.empty());
    TfLiteModel again = parse(serialize(model), "written again");
    if (again.metadata.size() > model.metadata.size()) {
      EXPECT_EQ(again.metadata.back().name, kMinRuntimeVersion);
      again.metadata.pop_back();
    }
    EXPECT_EQ(model, again);
  }
}

// Whether an operator keeps a state: LiteRT's C interface opens no such file.
bool has_state(const TfLiteModel& model) {
  return std::ranges::any_of(model.main().tensors, &TfLiteTensor::is_variable);
}

TEST(OracleFiles, EveryTensorEqualsLiteRt) {
  const std::vector<std::filesystem::path> files = oracle_files();
  if (files.empty()) GTEST_SKIP() << "no ../shared/oracles/edgetpu/models: skipped";
  for (const std::filesystem::path& file : files) {
    SCOPED_TRACE(file.string());
    const TfLiteModel model = with_every_output(read(file.string()));
    if (!has_state(model)) expect_agrees_with_litert(model, 7);
  }
}

// By testdata/make_sequence_lstm.py.
TEST(OracleFiles, EveryTensorOfAnLstmEqualsLiteRt) {
  const std::filesystem::path source(NUDGE_SOURCE_DIR);
  const std::filesystem::path file = source / "../shared/oracles/edgetpu/models/keras_lstm_mnist_ptq.tflite";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file << ": skipped";
  std::ifstream stream(source / "nudge/tflite/testdata/sequence_lstm.json");
  const nlohmann::json expected = nlohmann::json::parse(stream);
  Evaluator evaluator(read(file.string()));
  const SubGraph& graph = evaluator.model().main();
  const Shape& shape = graph.tensors[static_cast<size_t>(graph.inputs[0])].shape;
  // The second run begins as the first did.
  for (int run = 0; run < 2; ++run) {
    evaluator.run({Array::of<uint8_t>(shape, expected["input"].get<std::vector<uint8_t>>())});
    EXPECT_FALSE(expected["outputs"].empty());
    for (const auto& [index, values] : expected["outputs"].items()) {
      SCOPED_TRACE("tensor " + index);
      const Array ours = evaluator.tensor(std::stoi(index));
      std::vector<int> codes;
      for (int64_t i = 0; i < ours.size(); ++i)
        codes.push_back(ours.type() == DataType::kInt8 ? ours.data<int8_t>()[i] : ours.data<uint8_t>()[i]);
      EXPECT_EQ(codes, values.get<std::vector<int>>());
    }
  }
}

}  // namespace
}  // namespace nudge::tflite
