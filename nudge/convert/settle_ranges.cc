#include "nudge/convert/settle_ranges.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <variant>

#include "nudge/convert/emit.h"
#include "nudge/convert/portable_codes.h"
#include "nudge/convert/portable_multiply.h"
#include "nudge/convert/portable_sum.h"

namespace nudge::convert {
namespace {

class Settling {
 public:
  Settling(Emitter& emitter, const std::vector<Run>& runs) : emitter_(emitter) {
    for (const Run& run : runs) {
      if (is_sum(run)) last_sum_[emitter_.range_of(run.output)] = &run;
    }
  }

  void settle(const Run& run) {
    const quantize::Range* own = emitter_.range_of(run.output);
    const auto is_float = [this](ops::ValueId value) { return emitter_.range_of(value) == nullptr; };
    if (own == nullptr || std::ranges::any_of(run.inputs(), is_float)) return;
    const auto settled = settled_grid(run);
    for (const ops::ValueId input : run.inputs()) {
      if (settled || is_sum(run)) taken_.insert(emitter_.range_of(input));
    }
    if (settled && taken_.insert(own).second) emitter_.move_grid(*own, *settled);
  }

 private:
  CodeGrid grid_of(ops::ValueId value) const { return code_grid(*emitter_.grid_of(value)); }
  static bool is_sum(const Run& run) {
    const auto* combine = run.head->as<ops::Combine>();
    return combine != nullptr && fused_form(run.activation) &&
           (combine->how == ops::Combination::kAdd || combine->how == ops::Combination::kSubtract);
  }
  bool on_own_grid(const Run& run, ops::ValueId input) const {
    return emitter_.range_of(input) == emitter_.range_of(run.output);
  }

  std::optional<CodeGrid> settled_grid(const Run& run) {
    if (becomes_average_pool(emitter_, run)) return grid_of(run.input());
    CodeGrid grid = grid_of(run.output);
    const auto scale = std::visit([&](const auto& primitive) { return portable(primitive, run, grid); },
                                  run.head->primitive);
    if (!scale) return std::nullopt;
    grid.scale = *scale;
    return grid;
  }

  // The scale for the grid of what a run makes.  Nothing where no grid is to be moved.
  template <typename Primitive>
  std::optional<float> portable(const Primitive&, const Run&, const CodeGrid&) const {
    return std::nullopt;
  }

  std::optional<float> portable(const ops::Combine& combine, const Run& run, const CodeGrid& grid) {
    // Where a function follows that the operator cannot do itself, the output is that function's.
    if (!fused_form(run.activation)) return std::nullopt;
    const bool extremum =
        combine.how == ops::Combination::kMaximum || combine.how == ops::Combination::kMinimum;
    if (extremum) return from_other_grids(run, grid);
    if (on_own_grid(run, run.inputs()[0]) || on_own_grid(run, run.inputs()[1])) return grid.scale;
    const CodeGrid a = grid_of(run.inputs()[0]), b = grid_of(run.inputs()[1]);
    switch (combine.how) {
      case ops::Combination::kAdd:
      case ops::Combination::kSubtract: {
        std::vector<SummedGrids>& sums = sums_[emitter_.range_of(run.output)];
        sums.push_back({a, b, combine.how == ops::Combination::kSubtract});
        // Where several come out on one grid the last settles it for all.
        if (last_sum_.at(emitter_.range_of(run.output)) != &run) return std::nullopt;
        return portable_sum_scale(sums, grid);
      }
      case ops::Combination::kMultiply:
        return portable_multiply_scale({a, b}, grid);
      default:
        return std::nullopt;
    }
  }

  std::optional<float> portable(const ops::BatchMatMul& product, const Run& run, const CodeGrid& grid) const {
    if (on_own_grid(run, run.inputs()[0]) || on_own_grid(run, run.inputs()[1])) return grid.scale;
    const Shape& left = emitter_.shape(run.inputs()[0]);
    const int64_t terms = left[left.size() - (product.transpose_a ? 2 : 1)];
    return portable_multiply_scale({grid_of(run.inputs()[0]), around_zero(grid_of(run.inputs()[1])), terms},
                                   grid);
  }

  std::optional<float> portable(const ops::Concatenate&, const Run& run, const CodeGrid& grid) const {
    return from_other_grids(run, grid);
  }

  std::optional<float> portable(const ops::Identity&, const Run& run, const CodeGrid& grid) const {
    return from_other_grids(run, grid);
  }

  std::optional<float> portable(const ops::Activate& activate, const Run& run, const CodeGrid& grid) const {
    const ops::Activation& activation = activate.activation;
    if (activation.function == ops::Function::kClip) return from_other_grids(run, grid);
    if (activation.function != ops::Function::kSquare || on_own_grid(run, run.input())) return std::nullopt;
    const CodeGrid from = grid_of(run.input());
    return portable_multiply_scale({from, from}, grid);
  }

  // Inputs are brought to the output's grid.
  std::optional<float> from_other_grids(const Run& run, const CodeGrid& grid) const {
    std::vector<CodeGrid> others;
    for (const ops::ValueId input : run.inputs()) {
      if (!on_own_grid(run, input)) others.push_back(grid_of(input));
    }
    if (others.empty()) return std::nullopt;
    return portable_quantize_scale(others, grid);
  }

  Emitter& emitter_;
  std::map<const quantize::Range*, const Run*> last_sum_;            // in the program's order
  std::map<const quantize::Range*, std::vector<SummedGrids>> sums_;  // so far
  std::set<const quantize::Range*> taken_;                           // that an operator was settled with
};

}  // namespace

void settle_ranges(Emitter& emitter, const std::vector<Run>& runs) {
  Settling settling(emitter, runs);
  for (const Run& run : runs) settling.settle(run);
}

}  // namespace nudge::convert
