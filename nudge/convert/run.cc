#include "nudge/convert/run.h"

#include "nudge/quantize/placed_program.h"

namespace nudge::convert {
namespace {

// Of the convolutions that the format has in two dimensions; null for all else.
const ops::Window* window_of(const ops::Operation& operation) {
  if (const auto* conv = operation.as<ops::Conv2D>()) return &conv->window;
  if (const auto* conv = operation.as<ops::DepthwiseConv2D>()) return &conv->window;
  return nullptr;
}

class RunFinder {
 public:
  explicit RunFinder(const ops::Program& program)
      : program_(program), uses_(program), taken_(program.operations.size(), false) {}

  std::vector<Run> find() {
    std::vector<Run> runs;
    for (const ops::Operation& operation : program_.operations) take_padding(operation);
    for (size_t i = 0; i < taken_.size(); ++i) {
      const auto* quantize = program_.operations[i].as<ops::Quantize>();
      // The weights of a product go into its operator.
      if (!taken_[i] && (quantize == nullptr || !quantize->of_weight)) runs.push_back(run_from(i));
    }
    return runs;
  }

 private:
  const ops::Operation& operation(int i) const { return program_.operations[static_cast<size_t>(i)]; }

  // The Pad that becomes the convolution's own; -1 where there is none.
  int padding_of(const ops::Operation& conv) const {
    const ops::Window* window = window_of(conv);
    if (window == nullptr || window->padding != ops::Padding::kValid) return -1;
    const int head = uses_.maker(conv.output);
    const int pad = ops::find_block(program_, uses_, head).pad;
    if (pad < 0) return -1;
    const Shape& image = program_.value(operation(pad).inputs.front()).shape;
    return is_same_padding(*operation(pad).as<ops::Pad>(), *window, image) ? pad : -1;
  }

  void take_padding(const ops::Operation& conv) {
    const int pad = padding_of(conv);
    if (pad >= 0) taken_[static_cast<size_t>(pad)] = true;
  }

  Run run_from(size_t i) {
    ops::Block block = ops::find_block(program_, uses_, static_cast<int>(i));
    Run run{.head = &program_.operations[i]};
    if (const int pad = padding_of(*run.head); pad >= 0) run.pad = &operation(pad);
    if (block.activation >= 0) {
      const ops::Activation& relu = operation(block.activation).as<ops::Activate>()->activation;
      if (relu.plain_relu()) {
        run.activation = relu;
      } else {
        block = block.without_activation();
      }
    }
    if (block.normalize >= 0) run.normalize = &operation(block.normalize);
    run.output = operation(block.last()).output;
    run.name = name_of(operation(block.last_computing()));
    for (const int part : {block.reshape, block.normalize, block.activation, block.quantizer}) {
      if (part >= 0) taken_[static_cast<size_t>(part)] = true;
    }
    return run;
  }

  std::string name_of(const ops::Operation& operation) const {
    const std::string& layer = quantize::computing_layer(*operation.layer).name();
    const std::string& place = program_.value(operation.output).place;
    if (place.empty() || place == "output") return layer;
    return layer + "/" + (place == "pre_activation" ? "product" : place);
  }

  const ops::Program& program_;
  ops::Uses uses_;
  std::vector<bool> taken_;
};

}  // namespace

std::optional<tflite::FusedActivation> fused_form(const ops::Activation& activation) {
  if (activation.linear()) return tflite::FusedActivation::kNone;
  if (!activation.plain_relu()) return std::nullopt;
  if (!activation.max_value) return tflite::FusedActivation::kRelu;
  if (*activation.max_value == 6.0) return tflite::FusedActivation::kRelu6;
  return std::nullopt;
}

bool is_same_padding(const ops::Pad& pad, const ops::Window& window, const Shape& image) {
  if (image[1] == kUnknown || image[2] == kUnknown) return false;
  ops::Window same = window;
  same.padding = ops::Padding::kSame;
  const ops::WindowSpan rows = same.rows(image[1]), columns = same.columns(image[2]);
  return rows.before == pad.top && rows.after == pad.bottom && columns.before == pad.left &&
         columns.after == pad.right;
}

std::vector<Run> find_runs(const ops::Program& program) { return RunFinder(program).find(); }

}  // namespace nudge::convert
