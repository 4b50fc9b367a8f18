// Every operator of a graph in its order: checked, and turned into a step that computes it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "nudge/tflite/evaluator/operator_kernel.h"

namespace nudge::tflite {

class GraphPreparation {
 public:
  // Infers shapes in the model's first subgraph, which lives longer than this.  With kChecks there are no
  // steps and no constants, and weights are left as they lie.  Throws as Evaluator's constructor does.
  GraphPreparation(SubGraph& graph, const std::string& name, Extent extent);

  // What computes, in order; moved out.
  std::vector<Kernel> take_steps() { return std::move(steps_); }
  // Of each tensor: its value where it is the same in every run, else empty; moved out.
  Arrays take_constants() { return std::move(constants_); }
  // Of each tensor: whether it has a value that each run gives anew, inputs and variables included.
  const std::vector<bool>& is_computed() const { return is_computed_; }

 private:
  void prepare_all();
  // Operator `i`, after those before it.  What depends on constants alone is computed once, here: it joins
  // `folded_` and is a constant from then on.
  void prepare_step(size_t i);
  void check_ends(const Operator& op, const Preparation& preparation) const;
  bool takes_constants(const Operator& op) const;
  // Whether the values that an operator computes are few enough to be kept.
  bool are_few(const Operator& op) const;
  void fold(const Operator& op, const Kernel& step);
  // A file may ask for more memory than there is; image models need some hundred megabytes.
  void check_size() const;
  void keep_constants();

  SubGraph& graph_;
  const std::string& name_;
  Extent extent_;
  std::vector<Kernel> steps_;
  std::vector<size_t> folded_;
  double folded_bytes_ = 0;
  std::vector<bool> available_;  // once the operators before are prepared
  std::vector<bool> is_computed_;
  Arrays constants_;
};

}  // namespace nudge::tflite
