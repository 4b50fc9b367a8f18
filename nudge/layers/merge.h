// Keras's Add, Average, Maximum, Minimum, Multiply and Subtract: tensors combined element by element.
#pragma once

#include "nudge/layers/stateless_layer.h"

namespace nudge::layers {

struct MergeOptions {
  std::string name = "";  // empty: "add", ...
};

// Two or more inputs (Subtract: two) of one shape, or of shapes that broadcast to one as NumPy's do.
template <typename Kind>
class Merge : public StatelessLayer<Merge<Kind>> {
 public:
  explicit Merge(MergeOptions options = {})
      : StatelessLayer<Merge<Kind>>(options.name, Kind::kClassName), options_(std::move(options)) {}

  std::string class_name() const override { return Kind::kClassName; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  void expand(ops::Expansion& call) const override { Kind::expand(call, this->where()); }

  const MergeOptions& options() const { return options_; }

 private:
  MergeOptions options_;
};

struct AddKind {
  static constexpr const char* kClassName = "Add";
  static void expand(ops::Expansion& call, const std::string& where);
};
struct AverageKind {
  static constexpr const char* kClassName = "Average";
  static void expand(ops::Expansion& call, const std::string& where);
};
struct MaximumKind {
  static constexpr const char* kClassName = "Maximum";
  static void expand(ops::Expansion& call, const std::string& where);
};
struct MinimumKind {
  static constexpr const char* kClassName = "Minimum";
  static void expand(ops::Expansion& call, const std::string& where);
};
struct MultiplyKind {
  static constexpr const char* kClassName = "Multiply";
  static void expand(ops::Expansion& call, const std::string& where);
};
struct SubtractKind {
  static constexpr const char* kClassName = "Subtract";
  static void expand(ops::Expansion& call, const std::string& where);
};

using Add = Merge<AddKind>;
using Average = Merge<AverageKind>;
using Maximum = Merge<MaximumKind>;
using Minimum = Merge<MinimumKind>;
using Multiply = Merge<MultiplyKind>;
using Subtract = Merge<SubtractKind>;

using AddOptions = MergeOptions;
using AverageOptions = MergeOptions;
using MaximumOptions = MergeOptions;
using MinimumOptions = MergeOptions;
using MultiplyOptions = MergeOptions;
using SubtractOptions = MergeOptions;

Tensor add(const std::vector<Tensor>& inputs, MergeOptions options = {});
Tensor average(const std::vector<Tensor>& inputs, MergeOptions options = {});
Tensor maximum(const std::vector<Tensor>& inputs, MergeOptions options = {});
Tensor minimum(const std::vector<Tensor>& inputs, MergeOptions options = {});
Tensor multiply(const std::vector<Tensor>& inputs, MergeOptions options = {});
Tensor subtract(const std::vector<Tensor>& inputs, MergeOptions options = {});

}  // namespace nudge::layers
