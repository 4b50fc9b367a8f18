#include "nudge/deploy/arena.h"

#include <gtest/gtest.h>

#include "nudge/deploy/test_small_model.h"
#include "nudge/deploy/tflm_interpreter.h"
#include "nudge/tflite/writer.h"

namespace nudge::deploy {
namespace {

TEST(Arena, HoldsWhatLivesAtTheSameTime) {
  const auto with_side = [](int64_t side) {
    tflite::TfLiteModel file = small_model();
    for (tflite::TfLiteTensor& tensor : file.main().tensors) {
      if (tensor.name == "conv") tensor.shape = {1, side, side, 4};
    }
    return estimated_arena(file);
  };
  // The image (192 bytes) and what the convolution makes of it live together.
  EXPECT_GT(with_side(40), 40 * 40 * 4 + 192);
  EXPECT_EQ(with_side(80) - with_side(40), (80 * 80 - 40 * 40) * 4);
}

TEST(Arena, IsEstimatedAboveWhatTheInterpreterNeeds) {
  if (tflm_python().empty()) GTEST_SKIP() << "tflite-micro is not installed";
  for (const auto ends : {tflite::TensorType::kInt8, tflite::TensorType::kFloat32}) {
    const tflite::TfLiteModel file = small_model(ends);
    const int64_t measured = run_tflm(tflm_python(), tflite::serialize(file), {}, {}).arena_bytes;
    EXPECT_GE(estimated_arena(file), measured);
    EXPECT_LT(estimated_arena(file), 2 * measured);
  }
}

}  // namespace
}  // namespace nudge::deploy
