#include "nudge/explain/explain.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>

#include "nudge/base/error.h"
#include "nudge/convert/convert.h"
#include "nudge/explain/advice.h"
#include "nudge/explain/deviation.h"
#include "nudge/graph/flatten.h"
#include "nudge/keras/quantizer_members.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/quantized_layer.h"
#include "nudge/train/tensor_runner.h"

namespace nudge::explain {
namespace {

using Named = std::map<std::string, Array>;

Named by_name(train::NamedTensors tensors) {
  return {std::make_move_iterator(tensors.begin()), std::make_move_iterator(tensors.end())};
}

// What a quantized layer is called where it has no quantizers.
std::string float_name(const Layer& layer) {
  const auto* quantized = dynamic_cast<const quantize::QuantizedLayer*>(&layer);
  return quantized != nullptr && quantized->inner() != nullptr ? quantized->inner()->name() : layer.name();
}

// What ends in one output of the file.
struct Part {
  std::vector<std::string> layers;  // in the model's order, the one that is named last
  std::vector<std::string> inputs;  // the outputs of the file that it starts from
};

Part part_of(const Model& model, const std::string& name, const std::map<std::string, Deviation>& kept) {
  Part part;
  std::vector<const Node*> open;
  for (const auto& node : model.nodes()) {
    if (node->layer->name() == name) open.push_back(node.get());
  }
  std::set<const Node*> within;
  while (!open.empty()) {
    const Node* node = open.back();
    open.pop_back();
    if (!within.insert(node).second) continue;
    for (const Tensor& input : node->inputs) {
      if (kept.contains(input.layer().name())) {
        part.inputs.push_back(input.layer().name());
      } else {
        open.push_back(input.node.get());
      }
    }
  }
  for (const auto& node : model.nodes()) {
    if (within.contains(node.get())) part.layers.push_back(node->layer->name());
  }
  return part;
}

class Explanation {
 public:
  explicit Explanation(const ModelPtr& quantized)
      : quantized_(flatten_model(*quantized)),
        floating_(flatten_model(*keras::float_layers(*quantized))),
        conversion_(convert::convert(*quantized)),
        float_runner_(train::run_model(floating_, {.all_tensors = true})),
        simulation_(train::run_model(quantized, {.simulated = true, .all_tensors = true})),
        file_(
            train::run_file(conversion_.file, {.runtime = train::Runtime::kReference, .all_tensors = true})) {
    for (const LayerPtr& layer : quantized_->layers()) simulated_names_[float_name(*layer)] = layer->name();
    for (const LayerPtr& layer : floating_->layers()) keep(layer->name());
  }

  void add(const std::vector<Array>& inputs) {
    const Named floating = by_name(float_runner_->run(inputs));
    const Named simulated = by_name(simulation_->run(inputs));
    const Named stored = by_name(file_->run(inputs));
    for (auto& [name, deviation] : deviations_) {
      deviation.add(floating.at(name), simulated.at(simulated_names_.at(name)), stored.at(name));
    }
  }

  std::vector<LayerError> result() const {
    std::vector<LayerError> rows;
    for (const std::string& name : order_) {
      LayerError row = deviations_.at(name).error();
      row.layer = name;
      Part part = part_of(*floating_, name, deviations_);
      row.own_sqnr = own_sqnr(name, part.inputs);
      row.together = std::move(part.layers);
      for (const convert::ScaleMove& move : conversion_.scale_moves) {
        if (feeds(move.name, name)) row.scale_move = std::max(row.scale_move, move.factor);
      }
      for (const convert::FloatIsland& island : conversion_.islands) {
        if (island.name == name || island.name.starts_with(name + "/")) row.island = island.reason;
      }
      row.advice = advice(row);
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  // Layers that the file computes together leave the last one's output alone.
  void keep(const std::string& name) {
    for (const tflite::TfLiteTensor& tensor : conversion_.file.main().tensors) {
      const bool comparable = tensor.type == tflite::TensorType::kFloat32 ||
                              (tensor.quantization && tensor.quantization->scale.size() == 1);
      if (tensor.name != name || tensor.is_constant() || !comparable || !simulated_names_.contains(name))
        continue;
      if (deviations_.emplace(name, Deviation(tensor)).second) order_.push_back(name);
    }
  }

  double own_sqnr(const std::string& name, const std::vector<std::string>& inputs) const {
    double inherited = 0;
    for (const std::string& input : inputs) {
      inherited = std::max(inherited, deviations_.at(input).relative_error());
    }
    const double added = deviations_.at(name).relative_error() - inherited;
    return added > 0 ? -10 * std::log10(added) : std::numeric_limits<double>::infinity();
  }

  // Whether the weights of `layer` are those of the operator whose output is called `output`.
  bool feeds(const std::string& layer, const std::string& output) const {
    const auto& graph = conversion_.file.main();
    for (const tflite::Operator& op : graph.operators) {
      if (op.outputs.empty() || graph.tensors.at(static_cast<size_t>(op.outputs[0])).name != output) continue;
      for (const int32_t input : op.inputs) {
        if (input >= 0 && graph.tensors.at(static_cast<size_t>(input)).name.starts_with(layer + "/"))
          return true;
      }
    }
    return false;
  }

  ModelPtr quantized_, floating_;
  convert::Conversion conversion_;
  std::unique_ptr<train::TensorRunner> float_runner_, simulation_, file_;
  std::map<std::string, std::string> simulated_names_;  // by the float layer's
  std::map<std::string, Deviation> deviations_;
  std::vector<std::string> order_;
};

}  // namespace

std::vector<LayerError> explain(const ModelPtr& quantized, std::span<const std::vector<Array>> batches) {
  if (!quantize::is_quantized(*quantized))
    throw ValueError("a float model has nothing to explain: quantize it first");
  if (batches.empty()) throw ValueError("nothing to explain a model with: no batch was given");
  Explanation explanation(quantized);
  for (const std::vector<Array>& inputs : batches) explanation.add(inputs);
  return explanation.result();
}

}  // namespace nudge::explain
