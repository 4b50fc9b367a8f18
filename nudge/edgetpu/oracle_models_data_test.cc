// Twelve of Coral's models with what the compiler made of each operator, read off the compiled files.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "nudge/base/file.h"
#include "nudge/edgetpu/prediction.h"
#include "nudge/tflite/reader.h"

namespace nudge::edgetpu {
namespace {

TEST(OracleModels, EveryOperatorIsPredictedAsCompiled) {
  const auto folder = std::filesystem::path(NUDGE_SOURCE_DIR) / "../shared/oracles/edgetpu";
  if (!std::filesystem::is_directory(folder)) GTEST_SKIP() << "no " << folder << ": skipped";
  const std::string oracle = (folder / "coral.json").string();
  const Json models = parse_json(read_text_file(oracle), oracle);
  size_t operators = 0;
  for (const Json& model : models) {
    const auto name = model["model"].get<std::string>();
    SCOPED_TRACE(name);
    const Prediction prediction = predict(tflite::read((folder / "models" / name).string()));
    EXPECT_TRUE(prediction.failures.empty()) << prediction.failures.front().reason;
    ASSERT_EQ(prediction.operators.size(), model["ops"].size());
    for (size_t i = 0; i < prediction.operators.size(); ++i) {
      EXPECT_EQ(prediction.operators[i].status == Status::kMapped, model["ops"][i]["mapped"].get<bool>())
          << "operator " << i << " " << prediction.operators[i].op << ": "
          << to_string(prediction.operators[i].status);
      ++operators;
    }
  }
  EXPECT_EQ(models.size(), 12U);
  EXPECT_EQ(operators, 432U);
}

}  // namespace
}  // namespace nudge::edgetpu
