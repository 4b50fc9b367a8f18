// How far batch normalisation's moving averages are behind the batches that they average.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nudge/graph/model.h"
#include "nudge/train/callback.h"
#include "nudge/train/figures.h"

namespace nudge::train {

// A layer's averages now, and as they were some steps ago, give the batches' own mean in between, as what was
// there then counts momentum^steps.  So nothing is done in a step but counting it.
class MovingAverages {
 public:
  // Of the layers that train them: not of frozen ones.  The model must outlive this.
  explicit MovingAverages(Model& model);

  bool empty() const { return layers_.empty(); }
  // Looks back to here from now on, where enough steps lie behind.
  void begin_epoch();
  void count_step() { ++steps_; }
  std::vector<AveragesFigure> figures() const;

  CallbackState state() const;
  // Throws InputError where it is of another model.
  void restore(const CallbackState& state);

 private:
  struct Averages {
    std::string layer;
    double momentum;
    double epsilon;
    const Weight* mean;
    const Weight* variance;
    Array mean_then;
    Array variance_then;
  };
  void look_back_to_now();

  std::vector<Averages> layers_;
  int64_t steps_ = 0;  // since then
};

}  // namespace nudge::train
