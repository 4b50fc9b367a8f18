// The file under construction: which TFLite tensor stands for which value of the program.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nudge/convert/code_grid.h"
#include "nudge/convert/convert.h"
#include "nudge/ops/program.h"
#include "nudge/quantize/ranges.h"
#include "nudge/tflite/model.h"

namespace nudge::convert {

// The 8-bit form of a quantizer's grid.
tflite::Quantization quantization_of(const kernels::Grid& grid);
CodeGrid code_grid(const tflite::Quantization& quantization);
bool same_grid(const tflite::Quantization& a, const tflite::Quantization& b);
// Whether an 8-bit kernel may take values in units of `from` to units of `to`.  XNNPACK cannot run a file
// where a product's factor is 256 or more, and the reference kernels overflow or abort on much larger ones.
// Only a range that training saw hardly any values in needs that (a ReLU that is all but dead); such an
// operator is a float island.
bool within_reach(double from, double to);

// Ranges that are on another grid than that of training.
using MovedGrids = std::map<const quantize::Range*, CodeGrid>;

class Emitter {
 public:
  // `ranges` is null for a float model.  Program and ranges must outlive this.
  Emitter(const ops::Program& program, const quantize::Ranges* ranges, const ConvertOptions& options);

  const ops::Program& program() const { return program_; }
  bool portable_scales() const { return options_.portable_scales; }
  Target target() const { return options_.target; }
  const Shape& shape(ops::ValueId value) const { return program_.value(value).shape; }

  tflite::SubGraph& graph() { return graph_; }

  // The grid that training put a value on; nothing where it stays float.
  std::optional<tflite::Quantization> grid_of(ops::ValueId value) const { return grid_of(range_of(value)); }
  // Throws UnsupportedError when int8 cannot hold the grid.
  std::optional<tflite::Quantization> grid_of(const quantize::Range* range) const;
  // The quantizer of a value, of a weight too; null where it stays float.
  const quantize::Range* range_of(ops::ValueId value) const;
  // Puts the tensors of a range on another grid than that of training.
  void move_grid(const quantize::Range& range, CodeGrid grid) { moved_grids_[&range] = grid; }
  const MovedGrids& moved_grids() const { return moved_grids_; }
  // The weight that a value is or is quantized from.
  const Weight& weight(ops::ValueId value) const;

  // Whether the value already has an int8 form; a weight has one where training has it on a grid.
  bool is_integer(ops::ValueId value) const;
  // The TFLite tensor of either form; the float one is made with DEQUANTIZE when there is none.
  int32_t integer(ops::ValueId value);
  int32_t real(ops::ValueId value);
  const tflite::Quantization& quantization(int32_t index) const;

  // Records what an operator made for `value`.  When training put the value on another grid, or on any
  // grid where `index` is float, a QUANTIZE follows and its result stands for the value.
  void finish(ops::ValueId value, int32_t index);
  // `value` is the same as `source` (Dropout).
  void alias(ops::ValueId value, ops::ValueId source);

  // New tensors.  Names are made unique: "conv", "conv:1".  The batch is kept open in the
  // signature where the target allows it.
  int32_t add_activation(const std::string& name, const Shape& shape, DataType type,
                         std::optional<tflite::Quantization> quantization = std::nullopt);
  int32_t add_constant(const std::string& name, const Array& array,
                       std::optional<tflite::Quantization> quantization = std::nullopt);
  // Floats, as codes where there is a grid.
  int32_t add_real_constant(const std::string& name, const Array& array,
                            const std::optional<tflite::Quantization>& grid);

  // Appends an operator with one output, float when there is no quantization, else int8; returns the output.
  int32_t add_operator(tflite::BuiltinOperator op, std::vector<int32_t> inputs, const std::string& name,
                       const Shape& shape, std::optional<tflite::Quantization> quantization,
                       tflite::Options options = {});
  // The same values on another grid: `index` itself when it is on it already.
  int32_t requantized(int32_t index, const tflite::Quantization& target);
  // The same values in float.
  int32_t dequantized(int32_t index);
  // A RESHAPE; it leaves the batch open where the file does.
  int32_t reshaped(int32_t index, const std::string& name, const Shape& shape);

  Shape shape_of(int32_t index) const;

  void add_scale_move(ScaleMove move) { scale_moves_.push_back(std::move(move)); }
  const std::vector<ScaleMove>& scale_moves() const { return scale_moves_; }

 private:
  struct Value {
    int32_t integer = -1;
    int32_t real = -1;
  };

  std::string unique_name(const std::string& name);
  // A value that operators made, or a weight as the constant that it is.
  Value& made(ops::ValueId value);

  const ops::Program& program_;
  std::vector<const quantize::Range*> ranges_;    // by value
  std::map<ops::ValueId, ops::ValueId> weights_;  // of what is quantized from them
  ConvertOptions options_;
  MovedGrids moved_grids_;
  tflite::SubGraph graph_;
  std::map<ops::ValueId, Value> values_;
  std::set<std::string> names_;
  std::vector<ScaleMove> scale_moves_;
};

}  // namespace nudge::convert
