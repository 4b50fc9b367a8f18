// Damaged files that end programs within LiteRT, or take gigabytes, in ../shared/cases/hostile.
#include <gtest/gtest.h>

#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/tflite/litert.h"
#include "nudge/tflite/reader.h"
#include "nudge/train/tensor_runner.h"

namespace nudge::train {
namespace {

std::vector<Array> zeros(const tflite::TfLiteModel& file) {
  std::vector<Array> inputs;
  for (const int32_t index : file.main().inputs) {
    const tflite::TfLiteTensor& tensor = file.main().tensors.at(static_cast<size_t>(index));
    inputs.emplace_back(tensor.shape, tflite::data_type(tensor.type));
  }
  return inputs;
}

// A crash ends this program, and so fails.
TEST(HostileFiles, AreRefusedOrRun) {
  const std::filesystem::path folder = NUDGE_SOURCE_DIR "/../shared/cases/hostile";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no shared/cases beside the checkout";
  std::vector<Runtime> runtimes{Runtime::kReference};
  if (tflite::litert_available())
    runtimes.insert(runtimes.end(), {Runtime::kLitert, Runtime::kLitertReference});
  int files = 0, refused = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".tflite") continue;
    SCOPED_TRACE(entry.path().filename().string());
    ++files;
    for (const Runtime runtime : runtimes) {
      try {
        const std::string path = entry.path().string();
        const tflite::TfLiteModel file = tflite::read(path);
        run_file(file, {.runtime = runtime, .name = path}, read_file(path))->run(zeros(file));
      } catch (const Error&) {
        ++refused;
      }
    }
  }
  EXPECT_GT(files, 5);
  EXPECT_GT(refused, 5);
}

}  // namespace
}  // namespace nudge::train
