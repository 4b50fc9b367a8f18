#include "nudge/convert/weight_storage.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "nudge/base/error.h"
#include "nudge/convert/convert.h"
#include "nudge/convert/test_models.h"
#include "nudge/layers/layers.h"
#include "nudge/tflite/evaluator.h"
#include "nudge/tflite/litert.h"
#include "nudge/tflite/writer.h"

namespace nudge::convert {
namespace {

// A convolution, a depthwise one and a dense layer with large weights, and a dense one with small.
ModelPtr network() {
  const Tensor image = input({9, 9, 16}, "image");
  Tensor x = layers::conv2d(image, {.filters = 144, .kernel_size = 3, .name = "conv"});
  x = layers::batch_normalization(x, {.name = "norm"});
  x = layers::depthwise_conv2d(layers::relu(x), {.kernel_size = 3, .name = "depthwise"});
  x = layers::dense(layers::flatten(x), {.units = 20, .name = "large"});
  return make_model(image, layers::dense(x, {.units = 3, .name = "small"}));
}

tflite::TfLiteModel file_of(const Model& model, WeightStorage storage) {
  return convert(model, {.weights = storage}).file;
}

int64_t count_of(const tflite::TfLiteModel& file, tflite::TensorType type) {
  int64_t count = 0;
  for (const auto& tensor : file.main().tensors) count += tensor.is_constant() && tensor.type == type ? 1 : 0;
  return count;
}

// Of the outputs, relative to the largest.
double distance(const std::vector<Array>& a, const std::vector<Array>& b) {
  double most = 0, largest = 0;
  for (int64_t i = 0; i < a[0].size(); ++i) {
    most = std::max(most, std::abs(double{a[0].data<float>()[i]} - double{b[0].data<float>()[i]}));
    largest = std::max(largest, std::abs(double{a[0].data<float>()[i]}));
  }
  return most / largest;
}

class StoredWeights : public testing::TestWithParam<WeightStorage> {
 protected:
  StoredWeights() : model_(network()) {
    model_->initialize(1);
    whole_ = file_of(*model_, WeightStorage::kFloat32);
    stored_ = file_of(*model_, GetParam());
    inputs_ = random_inputs(*model_, 1, 5);
  }
  bool is_half() const { return GetParam() == WeightStorage::kFloat16; }

  ModelPtr model_;
  tflite::TfLiteModel whole_, stored_;
  std::vector<Array> inputs_;
};

TEST_P(StoredWeights, AreALargePartSmaller) {
  EXPECT_EQ(count_of(stored_, is_half() ? tflite::TensorType::kFloat16 : tflite::TensorType::kInt8), 3);
  EXPECT_EQ(count_of(stored_, tflite::TensorType::kFloat32),
            count_of(whole_, tflite::TensorType::kFloat32) - 3);
  const double part = static_cast<double>(tflite::serialize(stored_).size()) /
                      static_cast<double>(tflite::serialize(whole_).size());
  EXPECT_LT(part, is_half() ? 0.53 : 0.3);
}

TEST_P(StoredWeights, GiveNearlyTheSame) {
  const auto exact = tflite::Evaluator(whole_).run(inputs_);
  const double lost = distance(exact, tflite::Evaluator(stored_).run(inputs_));
  EXPECT_LT(lost, is_half() ? 2e-3 : 0.03);
  EXPECT_GT(lost, 0);
}

TEST_P(StoredWeights, RunOnLiteRt) {
  if (!tflite::litert_available()) GTEST_SKIP() << "LiteRT is not installed: nothing was compared with it";
  const auto ours = tflite::Evaluator(stored_).run(inputs_);
  for (const auto kernels : {tflite::Kernels::kDefault, tflite::Kernels::kReference}) {
    tflite::LiteRt runtime(tflite::serialize(stored_), {.kernels = kernels});
    // XNNPACK rounds a dense layer's input row by row, in its own way.
    const double tolerance = is_half() || kernels == tflite::Kernels::kReference ? 1e-5 : 0.02;
    EXPECT_LT(distance(ours, runtime.run(inputs_)), tolerance);
  }
}

INSTANTIATE_TEST_SUITE_P(Storages, StoredWeights,
                         testing::Values(WeightStorage::kFloat16, WeightStorage::kInt8));

TEST(Float16, RoundsToTheNearest) {
  // Value, float16's bits: exact, rounded down, a tie to even, subnormal, the least, the largest, too large.
  const std::vector<std::pair<float, uint16_t>> cases = {{1, 0x3C00},
                                                         {-2, 0xC000},
                                                         {0.1F, 0x2E66},
                                                         {1 + 0x1p-11F, 0x3C00},
                                                         {1 + 0x3p-11F, 0x3C02},
                                                         {0x1p-14F, 0x0400},
                                                         {0x1p-15F, 0x0200},
                                                         {0x1p-24F, 0x0001},
                                                         {0x1p-25F, 0x0000},
                                                         {0x1.8p-24F, 0x0002},
                                                         {65504, 0x7BFF},
                                                         {65519.0F, 0x7BFF},
                                                         {-0.0F, 0x8000},
                                                         {0x1.ff8p-15F, 0x03FF},
                                                         {0x1.ffep-15F, 0x0400}};
  const Tensor x = input({1024});
  const ModelPtr dense = make_model(x, layers::dense(x, {.units = 1, .name = "dense"}));
  dense->initialize(1);
  Array& kernel = dense->layer("dense").weight("kernel").value;
  for (size_t i = 0; i < cases.size(); ++i) kernel.data<float>()[i] = cases[i].first;
  const tflite::TfLiteModel file = file_of(*dense, WeightStorage::kFloat16);
  for (const auto& tensor : file.main().tensors) {
    if (tensor.type != tflite::TensorType::kFloat16) continue;
    for (size_t i = 0; i < cases.size(); ++i) {
      uint16_t half = 0;
      std::memcpy(&half, tensor.data.data() + 2 * i, sizeof(half));
      EXPECT_EQ(half, cases[i].second) << cases[i].first;
    }
  }
  EXPECT_EQ(count_of(file, tflite::TensorType::kFloat16), 1);
  kernel.data<float>()[7] = 65520;
  EXPECT_EQ(count_of(file_of(*dense, WeightStorage::kFloat16), tflite::TensorType::kFloat16), 0)
      << "infinite in float16";
}

TEST(StoredWeightsOf, QuantizedModelsAreNotChosen) {
  const auto made = trained_like(network(), 1);
  EXPECT_THROW(file_of(*made.quantized, WeightStorage::kFloat16), ValueError);
}

}  // namespace
}  // namespace nudge::convert
