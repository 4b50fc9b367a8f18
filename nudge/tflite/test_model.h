// Models of a few operators made in tests, and their comparison with LiteRT.
#pragma once

#include <cstdint>
#include <vector>

#include "nudge/base/random.h"
#include "nudge/tflite/litert.h"
#include "nudge/tflite/model.h"

namespace nudge::tflite {

// Builds a model whose scales, zero points, weights and biases are random.
class TestModel {
 public:
  explicit TestModel(uint64_t seed) : random_(seed) { model_.subgraphs.emplace_back(); }

  Random& random() { return random_; }
  const TfLiteTensor& tensor(int32_t index) const {
    return model_.main().tensors[static_cast<size_t>(index)];
  }

  int32_t input(Shape shape, TensorType type = TensorType::kInt8);
  // What an operator writes; its shape is inferred.
  int32_t activation(TensorType type = TensorType::kInt8);
  int32_t activation(const Quantization& quantization, TensorType type = TensorType::kInt8);
  // With the quantization of another tensor.
  int32_t same_scale(int32_t other);
  int32_t constant(const Array& array);
  int32_t constant(const Array& array, const Quantization& quantization);
  // What an operator keeps between its steps.
  int32_t variable(Shape shape, TensorType type, const Quantization& quantization = {});
  int32_t ints(const std::vector<int32_t>& values);
  int32_t floats(Shape shape);
  // float16 constants.
  int32_t halves(Shape shape);
  // One code with the quantization of another tensor.
  int32_t scalar_code(int32_t other);
  // Int8 with one scale, or one for each index of `dimension`.
  int32_t weights(Shape shape, int32_t dimension, bool per_channel);
  // uint8 with one scale and zero point.
  int32_t unsigned_weights(Shape shape);
  int32_t bias(int64_t channels, int64_t depth);
  // With the scale of the products, which the runtime checks of uint8.
  int32_t bias(int32_t input, int32_t weights, int64_t channels, int64_t depth);
  // An output of the input's type whose range fits sums of `depth` products.
  int32_t product_output(int32_t input, int32_t weights, int64_t depth);

  void add(BuiltinOperator op, std::vector<int32_t> inputs, std::vector<int32_t> outputs,
           Options options = {}, std::vector<int32_t> intermediates = {});

  // Every tensor that an operator writes becomes an output; shapes and versions are filled in.
  TfLiteModel finish();

 private:
  Random random_;
  TfLiteModel model_;
};

// int32 inputs are below this: indices into tables of at least as many rows.
inline constexpr int32_t kInt32Inputs = 4;

// Codes over their whole range, floats around zero.
Array random_array(const TfLiteTensor& tensor, Random& random);

// The model with every tensor that an operator writes among its outputs, up to the first operator that no
// runtime knows (CUSTOM), without signatures.
TfLiteModel with_every_output(TfLiteModel model);

// Codes must be equal, floats within `float_tolerance` of their size.
void expect_same_outputs(const std::vector<Array>& ours, const std::vector<Array>& theirs,
                         double float_tolerance);

// Runs both on random inputs: outputs must be equal to those of LiteRT's kernels, floats within
// `float_tolerance` of their size.  Does nothing, after saying so, where LiteRT is absent.
void expect_agrees_with_litert(const TfLiteModel& model, uint64_t seed, double float_tolerance = 0,
                               Kernels kernels = Kernels::kReference);

}  // namespace nudge::tflite
