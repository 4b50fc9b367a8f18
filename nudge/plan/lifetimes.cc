#include "nudge/plan/lifetimes.h"

#include <algorithm>

namespace nudge::plan {
namespace {

// Moments of a training step: step i goes forwards at i and backwards at 2n - 1 - i.
class Timeline {
 public:
  Timeline(const std::vector<StepPtr>& steps, const Lowered& lowered, bool training)
      : steps_(steps), lowered_(lowered), last_(lowered.values.size(), kNever) {
    // What is wanted of a whole pass stays until the next one.
    for (const ValueId id : lowered.program.outputs) last_[static_cast<size_t>(id)] = kForever;
    for (const ops::Penalty& penalty : lowered.program.penalties) {
      last_[static_cast<size_t>(penalty.value)] = kForever;
    }
    // Backwards, so that an alias's readers are known when its source's are asked for.
    for (size_t i = steps.size(); i-- > 0;) {
      const Step& step = *steps[i];
      if (training && lowered.values.spec(step.output()).needs_gradient) {
        for (const ValueId id : step.backward_reads()) read(id, 2 * count() - 1 - static_cast<int64_t>(i));
      }
      read(step.output(), static_cast<int64_t>(i));
      for (const ValueId id : step.inputs()) read(id, static_cast<int64_t>(i));
      if (step.may_alias()) read(step.inputs()[0], last_[static_cast<size_t>(step.output())]);
    }
  }

  void sort_into(std::vector<std::vector<ValueId>>& forward,
                 std::vector<std::vector<ValueId>>* backward) const {
    forward.resize(steps_.size());
    if (backward != nullptr) backward->resize(steps_.size());
    for (size_t id = 0; id < last_.size(); ++id) {
      if (last_[id] == kNever || last_[id] == kForever) continue;
      const bool behind = last_[id] >= count();
      const auto step = static_cast<size_t>(behind ? 2 * count() - 1 - last_[id] : last_[id]);
      (behind ? *backward : forward)[step].push_back(static_cast<ValueId>(id));
    }
  }

 private:
  static constexpr int64_t kNever = -1;
  static constexpr int64_t kForever = INT64_MAX;

  int64_t count() const { return static_cast<int64_t>(steps_.size()); }
  void read(ValueId id, int64_t moment) {
    int64_t& last = last_[static_cast<size_t>(id)];
    last = std::max(last, moment);
  }

  const std::vector<StepPtr>& steps_;
  const Lowered& lowered_;
  std::vector<int64_t> last_;
};

}  // namespace

Lifetimes lifetimes_of(const std::vector<StepPtr>& steps, const Lowered& lowered) {
  Lifetimes lifetimes;
  Timeline(steps, lowered, false).sort_into(lifetimes.inference, nullptr);
  Timeline(steps, lowered, true).sort_into(lifetimes.forward, &lifetimes.backward);
  return lifetimes;
}

}  // namespace nudge::plan
