#include "nudge/train/loss.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "nudge/base/error.h"

namespace nudge::train {
namespace {

// Options by name, each taken once; what is left is unknown.
class GivenToLoss {
 public:
  explicit GivenToLoss(std::map<std::string, double> given) : left_(std::move(given)) {}
  double take(const char* name, double standard) {
    known_.push_back(name);
    const auto found = left_.find(name);
    if (found == left_.end()) return standard;
    const double value = found->second;
    left_.erase(found);
    return value;
  }
  void finish(const std::string& loss) const {
    if (left_.empty()) return;
    throw ValueError(known_.empty()
                         ? fmt::format("loss {} has no options, given '{}'", loss, left_.begin()->first)
                         : fmt::format("loss {} has no option '{}'; known: {}", loss, left_.begin()->first,
                                       fmt::join(known_, ", ")));
  }

 private:
  std::map<std::string, double> left_;
  std::vector<std::string> known_;
};

FocalOptions focal_options(bool from_logits, GivenToLoss& given) {
  FocalOptions options{.from_logits = from_logits};
  options.label_smoothing = given.take("label_smoothing", options.label_smoothing);
  options.alpha = given.take("alpha", options.alpha);
  options.gamma = given.take("gamma", options.gamma);
  return options;
}

struct KnownLoss {
  const char* name;
  bool logits;  // also of logits, with "_from_logits"
  std::unique_ptr<Loss> (*make)(bool from_logits, GivenToLoss& given);
};

// Keras's others are of text, of rankings or of angles, or are seldom seen behind an image.
constexpr KnownLoss kLosses[] = {
    {"sparse_categorical_crossentropy", true,
     [](bool logits, GivenToLoss&) { return sparse_categorical_crossentropy(logits); }},
    {"categorical_crossentropy", true,
     [](bool logits, GivenToLoss& given) {
       return categorical_crossentropy(logits, given.take("label_smoothing", 0.0));
     }},
    {"binary_crossentropy", true,
     [](bool logits, GivenToLoss& given) {
       return binary_crossentropy(logits, given.take("label_smoothing", 0.0));
     }},
    {"categorical_focal_crossentropy", true,
     [](bool logits, GivenToLoss& given) {
       return categorical_focal_crossentropy(focal_options(logits, given));
     }},
    {"binary_focal_crossentropy", true,
     [](bool logits, GivenToLoss& given) {
       FocalOptions options = focal_options(logits, given);
       options.apply_class_balancing = given.take("apply_class_balancing", 0.0) != 0.0;
       return binary_focal_crossentropy(options);
     }},
    {"mean_squared_error", false, [](bool, GivenToLoss&) { return mean_squared_error(); }},
    {"mean_absolute_error", false, [](bool, GivenToLoss&) { return mean_absolute_error(); }},
    {"huber", false, [](bool, GivenToLoss& given) { return huber(given.take("delta", 1.0)); }},
};
constexpr const char* kFromLogits = "_from_logits";

void check_weights(const Array& weights, int64_t items) {
  if (weights.empty() || (weights.type() == DataType::kFloat32 && weights.shape() == Shape{items})) return;
  throw ValueError(fmt::format("sample weights are float32 {}, given {} {}", to_string(Shape{items}),
                               to_string(weights.type()), to_string(weights.shape())));
}

}  // namespace

double Loss::compute(const Array& labels, const Array& predictions, Array* gradient,
                     const Array& weights) const {
  const Targets targets(name(), form(), labels, predictions);
  check_outputs(targets.outputs());
  const int64_t items = predictions.shape()[0];
  check_weights(weights, items);
  if (gradient != nullptr) *gradient = Array(predictions.shape());
  if (targets.rows() == 0) return 0.0;
  const auto outputs = static_cast<size_t>(targets.outputs());
  const int64_t rows_an_item = targets.rows() / items;
  std::vector<double> target(outputs), predicted(outputs), slope(outputs);
  double sum = 0;
  for (int64_t n = 0; n < targets.rows(); ++n) {
    const float* given = predictions.data<float>() + n * targets.outputs();
    predicted.assign(given, given + outputs);
    targets.read(n, target);
    smooth(target);
    const double weight =
        weights.empty() ? 1.0 : static_cast<double>(weights.data<float>()[n / rows_an_item]);
    sum += weight * row(target, predicted, slope);
    if (gradient == nullptr) continue;
    const double part = weight / static_cast<double>(targets.rows());
    float* out = gradient->data<float>() + n * targets.outputs();
    for (const double value : slope) *out++ = static_cast<float>(value * part);
  }
  return sum / static_cast<double>(targets.rows());
}

const std::vector<std::string>& loss_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const KnownLoss& known : kLosses) {
      all.emplace_back(known.name);
      if (known.logits) all.push_back(all.back() + kFromLogits);
    }
    return all;
  }();
  return names;
}

std::string Loss::spec() const {
  std::string text = name();
  char before = ':';
  for (const auto& [option, value] : options()) {
    text += fmt::format("{}{}={}", before, option, value);
    before = ',';
  }
  return text;
}

std::unique_ptr<Loss> loss_from_name(const std::string& name, const std::map<std::string, double>& options) {
  for (const KnownLoss& known : kLosses) {
    const bool logits = known.logits && name == std::string(known.name) + kFromLogits;
    if (name != known.name && !logits) continue;
    GivenToLoss given(options);
    auto loss = known.make(logits, given);
    given.finish(name);
    return loss;
  }
  throw ValueError(fmt::format("unknown loss '{}'; known: {}", name, fmt::join(loss_names(), ", ")));
}

}  // namespace nudge::train
