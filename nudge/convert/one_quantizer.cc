#include "nudge/convert/one_quantizer.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "nudge/convert/run.h"
#include "nudge/convert/settle_ranges.h"
#include "nudge/graph/flatten.h"
#include "nudge/quantize/placed_program.h"

namespace nudge::convert {
namespace {

using tflite::Quantization;

bool is_activation(const tflite::TfLiteTensor& tensor) {
  return !tensor.is_constant() && tensor.quantization &&
         (tensor.type == tflite::TensorType::kInt8 || tensor.type == tflite::TensorType::kUInt8);
}

Quantization signed_form(const tflite::TfLiteTensor& tensor) {
  Quantization grid = *tensor.quantization;
  if (tensor.type == tflite::TensorType::kUInt8) grid.zero_point[0] -= 128;
  return grid;
}

constexpr float kRounding = 1e-6f;

bool is_that_of(const Quantization& quantizer, const Quantization& tensor) {
  return quantizer.zero_point == tensor.zero_point &&
         std::abs(tensor.scale[0] - quantizer.scale[0]) <= kRounding * quantizer.scale[0];
}

Quantization grid_of(const quantize::Range& range, const MovedGrids& moved) {
  const auto found = moved.find(&range);
  if (found == moved.end()) return quantization_of(range.grid());
  return tflite::per_tensor(found->second.scale, found->second.zero_point);
}

bool contains(const std::vector<Quantization>& grids, const Quantization& wanted) {
  return std::any_of(grids.begin(), grids.end(),
                     [&](const Quantization& grid) { return is_that_of(grid, wanted); });
}

// The grids of each layer's outputs: several where a layer is called more than once, none where it stays
// float.
std::map<std::string, std::vector<Quantization>> grids_by_layer(const ops::Program& program,
                                                                const quantize::Ranges& ranges,
                                                                const MovedGrids& moved) {
  const auto of_values = quantize::ranges_of_values(program, ranges);
  std::map<std::string, std::vector<Quantization>> grids;
  for (const ops::Call& call : program.calls) {
    if (call.first == call.last) continue;
    auto& own = grids[quantize::computing_layer(*call.layer).name()];
    for (const ops::ValueId output : call.outputs) {
      const quantize::Range* range = of_values[static_cast<size_t>(output)];
      if (range != nullptr) own.push_back(grid_of(*range, moved));
    }
  }
  return grids;
}

}  // namespace

std::vector<std::string> quantizer_mismatches(const Model& quantized, const tflite::TfLiteModel& file) {
  const ModelPtr flat = flatten_model(quantized);
  const quantize::Ranges ranges(*flat);
  const ops::Program program = quantize::with_quantizers(ops::expand(flat), ranges);
  Emitter emitter(program, &ranges, {});
  settle_ranges(emitter, find_runs(program));
  return quantizer_mismatches(program, ranges, file, emitter.moved_grids());
}

std::vector<std::string> quantizer_mismatches(const ops::Program& program, const quantize::Ranges& ranges,
                                              const tflite::TfLiteModel& file, const MovedGrids& moved) {
  const auto by_layer = grids_by_layer(program, ranges, moved);
  std::vector<Quantization> of_quantizers, of_tensors;
  for (const auto& range : ranges.all()) {
    if (!range->follows_weights()) of_quantizers.push_back(grid_of(*range, moved));
  }

  std::vector<std::string> mismatches;
  for (const tflite::TfLiteTensor& tensor : file.main().tensors) {
    if (!is_activation(tensor)) continue;
    const Quantization grid = signed_form(tensor);
    of_tensors.push_back(grid);
    const auto layer = by_layer.find(tensor.name.substr(0, tensor.name.find(':')));
    if (contains(layer == by_layer.end() ? of_quantizers : layer->second, grid)) continue;
    mismatches.push_back("tensor '" + tensor.name + "' is on no grid that training " +
                         (layer == by_layer.end() ? "has" : "put this layer on"));
  }
  for (const auto& range : ranges.all()) {
    if (!range->follows_weights() && !contains(of_tensors, grid_of(*range, moved))) {
      mismatches.push_back("quantizer '" + range->name() + "' has no 8-bit tensor");
    }
  }
  return mismatches;
}

}  // namespace nudge::convert
