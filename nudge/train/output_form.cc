#include "nudge/train/output_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "nudge/base/error.h"
#include "nudge/graph/backward_walk.h"
#include "nudge/layers/training_only.h"
#include "nudge/quantize/quantized_layer.h"
#include "nudge/train/model_ends.h"

namespace nudge::train {
namespace {

void check_one_output(const std::string& what, size_t outputs) {
  if (outputs == 1) return;
  throw ValueError(fmt::format("{} has {} outputs; a classifier has one", what, outputs));
}

// The function that a layer applies last; none where it passes on what the layer before it made.
std::optional<std::string> applied(const Layer& layer) {
  static const std::set<std::string> kMoving{"Flatten", "Reshape"};
  static const std::set<std::string> kFunctions{"Softmax", "ReLU", "LeakyReLU", "PReLU", "ELU"};
  if (kMoving.contains(layer.class_name()) || layers::acts_in_training_only(layer)) return std::nullopt;
  if (kFunctions.contains(layer.class_name())) return snake_case(layer.class_name());
  const Json config = layer.config();
  if (!config.contains("activation") || !config["activation"].is_string()) return "linear";
  const auto function = config["activation"].get<std::string>();
  if (layer.class_name() == "Activation" && function == "linear") return std::nullopt;
  return function;
}

// "" where the operator passes on what it is given.
std::string applied(const tflite::Operator& op) {
  using tflite::BuiltinOperator;
  switch (op.op) {
    case BuiltinOperator::kDequantize:
    case BuiltinOperator::kQuantize:
    case BuiltinOperator::kReshape:
    case BuiltinOperator::kSqueeze:
      return "";
    case BuiltinOperator::kSoftmax:
      return "softmax";
    case BuiltinOperator::kLogistic:
      return "sigmoid";
    case BuiltinOperator::kTanh:
      return "tanh";
    case BuiltinOperator::kRelu:
      return "relu";
    case BuiltinOperator::kRelu6:
      return "relu6";
    default:
      return "linear";
  }
}

}  // namespace

std::vector<OutputForm> output_forms(const Model& model) {
  std::vector<OutputForm> forms;
  for (const ModelEnd& end : outputs_of(model)) {
    BackwardWalk walk(model, forms.size());
    OutputForm& form = forms.emplace_back(end.shape.back());
    form.name = end.name;
    do {
      const Layer* layer = walk.node().layer.get();
      const auto* quantized = dynamic_cast<const quantize::QuantizedLayer*>(layer);
      if (quantized != nullptr) layer = quantized->inner().get();
      if (layer == nullptr) continue;  // a QuantizeLayer
      if (auto function = applied(*layer)) {
        form.activation = std::move(*function);
        break;
      }
    } while (walk.step());
  }
  return forms;
}

std::vector<OutputForm> output_forms(const tflite::TfLiteModel& file) {
  const tflite::SubGraph& graph = file.main();
  std::vector<OutputForm> forms;
  for (const ModelEnd& end : outputs_of(file)) {
    int32_t tensor = graph.outputs[forms.size()];
    OutputForm& form = forms.emplace_back(end.shape.empty() ? 0 : end.shape.back());
    form.name = end.name;
    // From the last operator back, each at most once: the file comes from outside.
    for (auto op = graph.operators.rbegin(); op != graph.operators.rend(); ++op) {
      if (std::find(op->outputs.begin(), op->outputs.end(), tensor) == op->outputs.end()) continue;
      const std::string function = applied(*op);
      if (!function.empty() || op->inputs.empty()) {
        form.activation = function.empty() ? "linear" : function;
        break;
      }
      tensor = op->inputs.front();
    }
  }
  return forms;
}

OutputForm output_form(const Model& model) {
  check_one_output("model '" + model.name() + "'", model.outputs().size());
  return output_forms(model).front();
}

OutputForm output_form(const tflite::TfLiteModel& file) {
  check_one_output("the file", file.main().outputs.size());
  return output_forms(file).front();
}

std::unique_ptr<Loss> loss_for(const OutputForm& form, bool class_numbers) {
  if (class_numbers) {
    return form.outputs == 1 ? binary_crossentropy(form.from_logits())
                             : sparse_categorical_crossentropy(form.from_logits());
  }
  if (form.activation == "softmax") return categorical_crossentropy();
  if (form.activation == "sigmoid") return binary_crossentropy();
  return mean_squared_error();
}

std::unique_ptr<Loss> loss_for(const Model& model) { return loss_for(output_form(model)); }

std::string loss_mismatch(const OutputForm& form, const Loss& loss) {
  if (!loss.classifies()) return "";
  if (form.outputs == 1 && form.activation == "softmax") {
    return "a softmax of one output is always 1 and learns nothing; one output takes a sigmoid";
  }
  if (form.from_logits() && !loss.from_logits()) {
    return fmt::format("the model ends in logits, which {0} takes for probabilities; use {0}_from_logits",
                       loss.name());
  }
  if (!form.from_logits() && loss.from_logits()) {
    return fmt::format("the model ends in {}, but {} takes logits; use {}", form.activation, loss.name(),
                       loss_for(form)->name());
  }
  if (form.activation == "softmax" && loss.independent()) {
    return fmt::format("the model ends in softmax, but {} takes each output by itself; use {}", loss.name(),
                       loss_for(form)->name());
  }
  if (!form.from_logits() && form.activation != "softmax" && form.activation != "sigmoid") {
    return fmt::format("the model ends in {}, which {} takes for probabilities", form.activation,
                       loss.name());
  }
  return "";
}

}  // namespace nudge::train
