#include "nudge/convert/run.h"

#include <map>
#include <set>

#include "nudge/base/error.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantized_layer.h"

namespace nudge::convert {
namespace {

using Kind = ActivationSpec::Kind;

ActivationSpec spec_of(layers::ActivationFunction function) {
  switch (function) {
    case layers::ActivationFunction::kLinear:
      return {};
    case layers::ActivationFunction::kRelu:
      return {.kind = Kind::kRelu};
    case layers::ActivationFunction::kRelu6:
      return {.kind = Kind::kRelu, .max = 6.0};
    case layers::ActivationFunction::kSigmoid:
      return {.kind = Kind::kSigmoid};
    case layers::ActivationFunction::kTanh:
      return {.kind = Kind::kTanh};
    case layers::ActivationFunction::kSoftmax:
      return {.kind = Kind::kSoftmax};
  }
  throw UnsupportedError("activation without a TFLite counterpart");
}

ActivationSpec spec_of(const layers::ReLU& relu) {
  const layers::ReLUOptions& options = relu.options();
  if (options.threshold != 0.0 || (options.negative_slope != 0.0 && options.max_value)) {
    throw UnsupportedError(
        "layer '" + relu.name() +
        "' (ReLU): TFLite has no ReLU with a threshold, nor one with both a slope and a maximum");
  }
  if (options.negative_slope != 0.0)
    return {.kind = Kind::kLeakyRelu, .negative_slope = options.negative_slope};
  ActivationSpec spec{.kind = Kind::kRelu};
  if (options.max_value) spec.max = *options.max_value;
  return spec;
}

class RunFinder {
 public:
  RunFinder(const Model& model, const Emitter& emitter) : model_(model), emitter_(emitter) {
    for (const auto& node : model.nodes()) {
      for (const Tensor& input : node->inputs) consumers_[input.node.get()].push_back(node.get());
    }
    for (const Tensor& output : model.outputs()) outputs_.insert(output.node.get());
  }

  std::vector<Run> find() {
    std::vector<Run> runs;
    std::set<const Node*> absorbed;
    for (const auto& node : model_.nodes()) {
      if (absorbed.contains(node.get())) continue;
      runs.push_back(run_from(node));
      absorbed.insert(runs.back().nodes.begin(), runs.back().nodes.end());
    }
    return runs;
  }

 private:
  // The one layer that reads the run's output, if the output may disappear.
  const Node* only_reader(const Tensor& tensor) const {
    const auto found = consumers_.find(tensor.node.get());
    if (found == consumers_.end() || found->second.size() != 1) return nullptr;
    if (outputs_.contains(tensor.node.get()) || emitter_.grid_of(tensor)) return nullptr;
    return found->second.front();
  }

  void extend(Run& run, const Node* node) const {
    run.nodes.push_back(node);
    for (const auto& shared : model_.nodes()) {
      if (shared.get() == node) run.output = {shared, 0};
    }
  }

  Run run_from(const std::shared_ptr<const Node>& node) const {
    Run run{.head = node.get(),
            .activation = own_activation(computing_layer(*node->layer)),
            .output = {node, 0},
            .nodes = {node.get()}};
    static const std::set<std::string> products{"Conv2D", "DepthwiseConv2D", "Dense"};
    static const std::set<std::string> fusing{"Conv2D", "DepthwiseConv2D",    "Dense",
                                              "Add",    "BatchNormalization", "Rescaling"};
    const std::string head = computing_layer(*node->layer).class_name();
    if (!fusing.contains(head) || run.activation.kind != Kind::kLinear) return run;
    const Node* next = only_reader(run.output);
    if (next != nullptr && products.contains(head)) {
      const auto* bn = dynamic_cast<const layers::BatchNormalization*>(&computing_layer(*next->layer));
      if (bn != nullptr) {
        run.batch_normalization = bn;
        extend(run, next);
        next = only_reader(run.output);
      }
    }
    if (next == nullptr) return run;
    const auto activation = activation_layer(computing_layer(*next->layer));
    if (activation && (activation->fused() || activation->kind == Kind::kRelu)) {
      run.activation = *activation;
      run.own_activation = false;
      extend(run, next);
    }
    return run;
  }

  const Model& model_;
  const Emitter& emitter_;
  std::map<const Node*, std::vector<const Node*>> consumers_;
  std::set<const Node*> outputs_;
};

}  // namespace

const Layer& computing_layer(const Layer& layer) {
  const auto* wrapper = dynamic_cast<const quantize::QuantizedLayer*>(&layer);
  return wrapper != nullptr && wrapper->inner() != nullptr ? *wrapper->inner() : layer;
}

bool is_wrapped(const Layer& layer) {
  return dynamic_cast<const quantize::QuantizedLayer*>(&layer) != nullptr;
}

std::optional<tflite::FusedActivation> ActivationSpec::fused() const {
  if (kind == Kind::kLinear) return tflite::FusedActivation::kNone;
  if (kind == Kind::kRelu && !max) return tflite::FusedActivation::kRelu;
  if (kind == Kind::kRelu && *max == 6.0) return tflite::FusedActivation::kRelu6;
  return std::nullopt;
}

std::optional<ActivationSpec> activation_layer(const Layer& layer) {
  if (const auto* relu = dynamic_cast<const layers::ReLU*>(&layer)) return spec_of(*relu);
  if (const auto* activation = dynamic_cast<const layers::Activation*>(&layer)) {
    return spec_of(activation->options().activation);
  }
  if (const auto* leaky = dynamic_cast<const layers::LeakyReLU*>(&layer)) {
    return ActivationSpec{.kind = Kind::kLeakyRelu, .negative_slope = leaky->options().negative_slope};
  }
  if (dynamic_cast<const layers::Softmax*>(&layer) != nullptr) return ActivationSpec{.kind = Kind::kSoftmax};
  return std::nullopt;
}

ActivationSpec own_activation(const Layer& layer) {
  if (const auto* conv = dynamic_cast<const layers::Conv2D*>(&layer))
    return spec_of(conv->options().activation);
  if (const auto* depthwise = dynamic_cast<const layers::DepthwiseConv2D*>(&layer)) {
    return spec_of(depthwise->options().activation);
  }
  if (const auto* dense = dynamic_cast<const layers::Dense*>(&layer))
    return spec_of(dense->options().activation);
  return {};
}

std::vector<Run> find_runs(const Model& model, const Emitter& emitter) {
  return RunFinder(model, emitter).find();
}

}  // namespace nudge::convert
