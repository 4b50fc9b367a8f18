// Files made by other programs: each is read, written and read again.
#include <gtest/gtest.h>

#include <filesystem>

#include "nudge/tflite/reader.h"
#include "nudge/tflite/versions.h"
#include "nudge/tflite/writer.h"

namespace nudge::tflite {
namespace {

TEST(OracleFiles, AreReadAndRoundTrip) {
  const std::filesystem::path folder =
      std::filesystem::path(NUDGE_SOURCE_DIR) / "../shared/oracles/edgetpu/models";
  if (!std::filesystem::is_directory(folder)) GTEST_SKIP() << "no " << folder << ": skipped";
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".tflite") continue;
    SCOPED_TRACE(entry.path().string());
    const TfLiteModel model = read(entry.path().string());
    EXPECT_FALSE(model.main().operators.empty());
    TfLiteModel again = parse(serialize(model), "written again");
    if (again.metadata.size() > model.metadata.size()) {
      EXPECT_EQ(again.metadata.back().name, kMinRuntimeVersion);
      again.metadata.pop_back();
    }
    EXPECT_EQ(model, again);
    ++files;
  }
  EXPECT_GT(files, 0);
}

}  // namespace
}  // namespace nudge::tflite
