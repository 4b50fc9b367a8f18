// The file under construction: which TFLite tensor stands for which tensor of the model.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nudge/graph/model.h"
#include "nudge/quantize/ranges.h"
#include "nudge/tflite/model.h"

namespace nudge::convert {

// The 8-bit form of a quantizer's grid.
tflite::Quantization quantization_of(const kernels::Grid& grid);
bool same_grid(const tflite::Quantization& a, const tflite::Quantization& b);
// Whether an 8-bit kernel may take values in units of `from` to units of `to`.  XNNPACK cannot run a file
// where a product's factor is 256 or more, and the reference kernels overflow or abort on much larger ones.
// Only a range that training saw hardly any values in needs that (a ReLU that is all but dead); such an
// operator is a float island.
bool within_reach(double from, double to);

class Emitter {
 public:
  // `ranges` is null for a float model; `portable_scales` as in ConvertOptions.
  Emitter(const quantize::Ranges* ranges, bool portable_scales)
      : ranges_(ranges), portable_scales_(portable_scales) {}

  bool portable_scales() const { return portable_scales_; }

  tflite::SubGraph& graph() { return graph_; }

  // The grid that training put `tensor` on; nothing where it stays float.
  std::optional<tflite::Quantization> grid_of(const Tensor& tensor) const;
  // The grid of one slot of a layer.
  std::optional<tflite::Quantization> grid_of(const Layer& layer, const std::string& slot) const;
  // Throws UnsupportedError when int8 cannot hold the grid.
  std::optional<tflite::Quantization> grid_of(const quantize::Range* range) const;
  // The quantizer of a tensor; null where it stays float.
  const quantize::Range* range_of(const Tensor& tensor) const;
  // Puts the tensors of a range on another scale than that of training.
  void move_scale(const quantize::Range& range, float scale) { moved_scales_[&range] = scale; }
  const quantize::Range* weight_range(const Layer& layer, const std::string& weight) const;

  // Whether the tensor already has an int8 form.
  bool is_integer(const Tensor& tensor) const;
  // The TFLite tensor of either form; the float one is made with DEQUANTIZE when there is none.
  int32_t integer(const Tensor& tensor) const;
  int32_t real(const Tensor& tensor);
  const tflite::Quantization& quantization(int32_t index) const;

  // Records what an operator made for `tensor`.  When training put the tensor on another grid, or on any
  // grid where `index` is float, a QUANTIZE follows and its result stands for the tensor.
  void finish(const Tensor& tensor, int32_t index);
  // `tensor` is the same values as `source` (Dropout).
  void alias(const Tensor& tensor, const Tensor& source);

  // New tensors.  Names are made unique: "conv", "conv:1".  The batch is kept open in the signature.
  int32_t add_activation(const std::string& name, const Shape& shape, DataType type,
                         std::optional<tflite::Quantization> quantization = std::nullopt);
  int32_t add_constant(const std::string& name, const Array& array,
                       std::optional<tflite::Quantization> quantization = std::nullopt);

  // Appends an operator with one output, float when there is no quantization, else int8; returns the output.
  int32_t add_operator(tflite::BuiltinOperator op, std::vector<int32_t> inputs, const std::string& name,
                       const Shape& shape, std::optional<tflite::Quantization> quantization,
                       tflite::Options options = {});
  // The same values on another grid: `index` itself when it is on it already.
  int32_t requantized(int32_t index, const tflite::Quantization& target);
  // The same values in float.
  int32_t dequantized(int32_t index);
  // A RESHAPE that leaves the batch open.
  int32_t reshaped(int32_t index, const std::string& name, const Shape& shape);

  Shape shape_of(int32_t index) const;

 private:
  using Key = std::pair<const Node*, int>;
  struct Value {
    int32_t integer = -1;
    int32_t real = -1;
  };

  static Key key(const Tensor& tensor) { return {tensor.node.get(), tensor.index}; }
  std::string unique_name(const std::string& name);

  const quantize::Ranges* ranges_;
  bool portable_scales_;
  std::map<const quantize::Range*, float> moved_scales_;
  tflite::SubGraph graph_;
  std::map<Key, Value> values_;
  std::set<std::string> names_;
};

}  // namespace nudge::convert
