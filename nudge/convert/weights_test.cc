// Which weights a file holds: those that training computed with, or float training's own, rounded once.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <span>

#include "nudge/base/random.h"
#include "nudge/convert/fold.h"
#include "nudge/convert/test_models.h"
#include "nudge/kernels/elementwise/fake_quant.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/ranges.h"

namespace nudge::convert {
namespace {

constexpr size_t kInputs = 64, kUnits = 24;

const tflite::TfLiteTensor& kernel_of(const tflite::TfLiteModel& file) {
  for (const tflite::TfLiteTensor& tensor : file.main().tensors) {
    if (tensor.name == "product/kernel") return tensor;
  }
  throw std::runtime_error("no kernel");
}

// How far the file's weights are from `kernel` (inputs, units) times the normalisation's factor, in steps of
// the file's grid.
struct Distance {
  double largest = 0;
  double squares = 0;
};

Distance distance(const tflite::TfLiteModel& file, std::span<const float> kernel, const Affine& affine) {
  const tflite::TfLiteTensor& tensor = kernel_of(file);
  Distance result;
  for (size_t c = 0; c < kUnits; ++c) {
    const auto scale = static_cast<double>(tensor.quantization->scale.at(c));
    for (size_t i = 0; i < kInputs; ++i) {
      const double real = static_cast<double>(kernel[i * kUnits + c]) * affine.multiplier[c];
      const double code = static_cast<int8_t>(tensor.data.at(c * kInputs + i));
      const double steps = std::abs(code - real / scale);
      result.largest = std::max(result.largest, steps);
      result.squares += steps * steps;
    }
  }
  return result;
}

class FileWeights : public testing::Test {
 protected:
  FileWeights() {
    const Tensor x = input({kInputs}, "x");
    const Tensor y = layers::dense(x, {.units = kUnits, .name = "product"});
    model_ = make_model(x, layers::batch_normalization(y, {.name = "bn"}));
    randomize(*model_, 3);
    quantized_ = quantize::quantize_model(*model_);
    const Layer& bn = model_->layer("bn");
    affine_ = affine_of(bn.weight("gamma").value, bn.weight("beta").value, bn.weight("moving_mean").value,
                        bn.weight("moving_variance").value, 1e-3);
    floats_ = model_->layer("product").weight("kernel").value;
    calibrate(*quantized_, *model_, random_inputs(*model_, 20, 4));
    narrow_output();
    const quantize::Ranges ranges(*quantized_);
    const quantize::Range& range = *ranges.find(quantized_->layer("quant_product"), "kernel");
    on_grid_ = floats_.clone();
    for (size_t i = 0; i < kInputs * kUnits; ++i) {
      float& weight = on_grid_.data<float>()[i];
      kernels::fake_quantize(&weight, 1, range.grid(range.count() == 1 ? 0 : i % kUnits), &weight);
    }
  }

  // To few sums a code, so that portable scales are far from training's.
  void narrow_output() {
    Layer& layer = quantized_->layer("quant_bn");
    for (const char* end : {"output_min", "output_max"}) layer.weight(end).value.data<float>()[0] /= 30.0f;
  }

  // As if training had not seen the grids.
  void forget_training() {
    for (const LayerPtr& layer : quantized_->layers()) {
      auto* quantized = dynamic_cast<quantize::QuantizedLayer*>(layer.get());
      if (quantized == nullptr) continue;
      for (quantize::QuantizerSlot& slot : quantized->slots()) slot.progress.training_steps = 0;
    }
  }

  ModelPtr model_, quantized_;
  Affine affine_;
  Array floats_, on_grid_;
};

TEST_F(FileWeights, AreThoseThatTrainingComputedWith) {
  const tflite::TfLiteModel file = convert(*quantized_).file;
  EXPECT_LE(distance(file, on_grid_.span<float>(), affine_).largest, 0.501);
  EXPECT_GT(distance(file, floats_.span<float>(), affine_).largest, 0.6);
}

TEST_F(FileWeights, AreFloatTrainingsRoundedOnceWhereOnlyRangesWereRead) {
  const tflite::TfLiteModel trained = convert(*quantized_).file;
  forget_training();
  const tflite::TfLiteModel file = convert(*quantized_).file;
  const Distance once = distance(file, floats_.span<float>(), affine_);
  EXPECT_LE(once.largest, 0.501);
  EXPECT_LT(once.squares, 0.8 * distance(trained, floats_.span<float>(), affine_).squares);
}

TEST_F(FileWeights, AreOnTrainingsGridsWithItsScales) {
  forget_training();
  const tflite::TfLiteModel file = convert(*quantized_, {.portable_scales = false}).file;
  EXPECT_LE(distance(file, on_grid_.span<float>(), affine_).largest, 1e-3);
}

}  // namespace
}  // namespace nudge::convert
