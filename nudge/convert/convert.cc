#include "nudge/convert/convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <set>

#include "nudge/base/error.h"
#include "nudge/convert/current_ranges.h"
#include "nudge/convert/edgetpu_target.h"
#include "nudge/convert/emit.h"
#include "nudge/convert/float_islands.h"
#include "nudge/convert/one_quantizer.h"
#include "nudge/convert/runtime_differences.h"
#include "nudge/convert/settle_ranges.h"
#include "nudge/graph/flatten.h"
#include "nudge/quantize/placed_program.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/quantized_layer.h"
#include "nudge/tflite/sum_overflow.h"
#include "nudge/tflite/versions.h"

namespace nudge::convert {
namespace {

using tflite::BuiltinOperator;
using tflite::Quantization;

constexpr size_t kListedMoves = 10;

void check_type(DataType type, const char* what) {
  if (type != DataType::kFloat32 && type != DataType::kInt8 && type != DataType::kUInt8) {
    throw ValueError(std::string(what) + " type " + to_string(type) +
                     " is not possible; float32, int8 or uint8");
  }
}

void check_initialized(const Model& model) {
  for (const LayerPtr& layer : model.layers()) {
    for (const Weight* weight : static_cast<const Layer&>(*layer).weights()) {
      if (weight->value.empty()) {
        throw ValueError("layer '" + layer->name() + "': weight '" + weight->name +
                         "' has no value; initialize or load the model first");
      }
    }
  }
}

void add(std::vector<std::string>& lines, std::vector<std::string> more) {
  lines.insert(lines.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

Quantization unsigned_form(Quantization grid) {
  grid.zero_point[0] += 128;
  return grid;
}

class Converter {
 public:
  Converter(const ops::Program& program, const ConvertOptions& options, const quantize::Ranges* ranges)
      : program_(program), options_(options), emitter_(program, ranges, options) {}

  Conversion run() {
    const std::vector<Run> runs = find_runs(program_);
    if (options_.portable_scales) settle_ranges(emitter_, runs);
    for (const ops::ValueId input : program_.inputs) emit_input(input);
    for (const Run& run : runs) {
      std::visit([&](const auto& primitive) { emit(emitter_, run, primitive); }, run.head->primitive);
    }
    for (const ops::ValueId output : program_.outputs) emit_output(output);
    return {.file = finished(), .islands = {}, .scale_moves = largest_moves(), .warnings = {}};
  }

  const MovedGrids& moved_grids() const { return emitter_.moved_grids(); }

  QuantizedLayers quantized_layers() const {
    QuantizedLayers layers;
    for (const ops::Call& call : program_.calls) {
      const std::string& name = quantize::computing_layer(*call.layer).name();
      const auto* quantized = dynamic_cast<const quantize::QuantizedLayer*>(&*call.layer);
      const auto is_weight = [](const quantize::QuantizerSlot& slot) {
        return slot.place == quantize::Place::kWeight;
      };
      if (quantized != nullptr && std::ranges::any_of(quantized->slots(), is_weight))
        layers.weights.insert(name);
      if (call.first != call.last && emitter_.range_of(call.outputs.front()) != nullptr)
        layers.outputs.insert(name);
    }
    return layers;
  }

 private:
  std::vector<ScaleMove> largest_moves() const {
    std::vector<ScaleMove> moves = emitter_.scale_moves();
    const auto size = [](const ScaleMove& move) { return std::abs(std::log(move.factor)); };
    std::ranges::stable_sort(moves, std::greater(), size);
    moves.resize(std::min(moves.size(), kListedMoves));
    return moves;
  }

  // The grid of the QuantizeLayer that reads a model input.
  std::optional<Quantization> input_grid(ops::ValueId input) const {
    for (const ops::Call& call : program_.calls) {
      if (call.first == call.last || call.layer->class_name() != "QuantizeLayer") continue;
      const auto& reads = call.node->inputs.front();
      if (reads.node->layer.get() == program_.value(input).layer)
        return emitter_.grid_of(call.outputs.front());
    }
    return std::nullopt;
  }

  void emit_input(ops::ValueId input) {
    const std::string& name = program_.value(input).layer->name();
    const Shape& shape = emitter_.shape(input);
    if (options_.input_type == DataType::kFloat32) {
      add_input(name, emitter_.add_activation(name, shape, DataType::kFloat32));
      emitter_.finish(input, graph_inputs_.back().second);
      return;
    }
    const auto grid = input_grid(input);
    if (!grid) {
      throw ValueError("input '" + name + "' is not quantized, so the file cannot take " +
                       to_string(options_.input_type) + "; use float32");
    }
    const bool is_unsigned = options_.input_type == DataType::kUInt8;
    const int32_t index =
        emitter_.add_activation(name, shape, options_.input_type, is_unsigned ? unsigned_form(*grid) : *grid);
    add_input(name, index);
    emitter_.finish(input, is_unsigned ? emitter_.requantized(index, *grid) : index);
  }

  // Runtimes look outputs up by name, so no two may have the same.
  void add_output(const std::string& name, int32_t index) {
    const auto taken = [&](const std::string& wanted) {
      return std::any_of(graph_outputs_.begin(), graph_outputs_.end(),
                         [&](const auto& output) { return output.first == wanted; });
    };
    std::string unique = name;
    for (int i = 1; taken(unique); ++i) unique = name + "_" + std::to_string(i);
    // LiteRT gives wrong values for a tensor that is an output twice, or an input and an output.
    const tflite::SubGraph& graph = emitter_.graph();
    const auto listed = [&](const std::vector<int32_t>& ends) {
      return std::find(ends.begin(), ends.end(), index) != ends.end();
    };
    if (listed(graph.inputs) || listed(graph.outputs)) {
      index = emitter_.reshaped(index, unique, emitter_.shape_of(index));
    }
    graph_outputs_.emplace_back(unique, index);
    emitter_.graph().outputs.push_back(index);
  }

  void add_input(const std::string& name, int32_t index) {
    graph_inputs_.emplace_back(name, index);
    emitter_.graph().inputs.push_back(index);
  }

  void emit_output(ops::ValueId output) {
    const std::string& name = quantize::computing_layer(*program_.value(output).layer).name();
    int32_t index = -1;
    if (options_.output_type == DataType::kFloat32) {
      index = emitter_.real(output);
    } else if (!emitter_.is_integer(output)) {
      throw ValueError("output '" + name + "' is not quantized, so the file cannot give " +
                       to_string(options_.output_type) + "; use float32");
    } else {
      index = emitter_.integer(output);
      if (options_.output_type == DataType::kUInt8) index = unsigned_output(index);
    }
    add_output(name, index);
  }

  int32_t unsigned_output(int32_t index) {
    const Quantization grid = unsigned_form(emitter_.quantization(index));
    const std::string name = emitter_.graph().tensors[static_cast<size_t>(index)].name + "/uint8";
    const int32_t output = emitter_.add_activation(name, emitter_.shape_of(index), DataType::kUInt8, grid);
    tflite::Operator quantize;
    quantize.op = BuiltinOperator::kQuantize;
    quantize.inputs = {index};
    quantize.outputs = {output};
    emitter_.graph().operators.push_back(quantize);
    return output;
  }

  void expose_intermediates() {
    std::set<int32_t> known(emitter_.graph().outputs.begin(), emitter_.graph().outputs.end());
    for (const tflite::Operator& op : emitter_.graph().operators) {
      for (const int32_t index : op.outputs) {
        if (!known.insert(index).second) continue;
        add_output(emitter_.graph().tensors[static_cast<size_t>(index)].name, index);
      }
    }
  }

  tflite::TfLiteModel finished() {
    if (options_.expose_intermediates) expose_intermediates();
    tflite::Signature signature;
    signature.inputs = graph_inputs_;
    signature.outputs = graph_outputs_;
    tflite::TfLiteModel file;
    file.description = "Converted by nudge.";
    emitter_.graph().name = "main";
    file.subgraphs.push_back(std::move(emitter_.graph()));
    file.signatures.push_back(std::move(signature));
    tflite::set_lowest_versions(file);
    return file;
  }

  const ops::Program& program_;
  const ConvertOptions& options_;
  Emitter emitter_;
  std::vector<std::pair<std::string, int32_t>> graph_inputs_, graph_outputs_;
};

}  // namespace

Conversion convert(const Model& model, const ConvertOptions& options) {
  check_type(options.input_type, "input");
  check_type(options.output_type, "output");
  check_initialized(model);
  const ModelPtr flat = flatten_model(model);
  if (options.target == Target::kEdgeTpu) check_edgetpu_options(options, quantize::is_quantized(*flat));
  if (!quantize::is_quantized(*flat)) {
    const ops::Program program = ops::expand(flat);
    Conversion result = Converter(program, options, nullptr).run();
    store_weights(result.file, options.weights);
    return result;
  }
  if (options.weights != WeightStorage::kFloat32)
    throw ValueError("the model is quantized: its weights are int8; other weights are for float models");

  const ModelPtr current = with_current_ranges(*flat);
  const quantize::Ranges ranges(*current);
  const ops::Program program = quantize::with_quantizers(ops::expand(current), ranges);
  Converter converter(program, options, &ranges);
  Conversion result = converter.run();
  result.islands = float_islands(result.file, converter.quantized_layers());
  if (options.target == Target::kEdgeTpu) check_mapped(result);
  result.warnings = quantizer_mismatches(program, ranges, result.file, converter.moved_grids());
  add(result.warnings, tflite::overflowing_sums(result.file));
  if (options.portable_scales) add(result.warnings, runtime_differences(result.file));
  const auto settled = ranges.convergence();
  if (settled.converged < settled.total) {
    result.warnings.push_back(
        fmt::format("{} of {} activation ranges have not settled; train on, or calibrate with more data "
                    "(nudge ranges lists them)",
                    settled.total - settled.converged, settled.total));
  }
  return result;
}

}  // namespace nudge::convert
