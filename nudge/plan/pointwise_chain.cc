#include "nudge/plan/pointwise_chain.h"

#include <algorithm>
#include <map>
#include <set>

#include "nudge/plan/fake_quant_step.h"
#include "nudge/plan/pointwise_function.h"

namespace nudge::plan {
namespace {

// Chains are short; beyond this many operations their readers are not looked for.
constexpr size_t kWindow = 64;

bool combines(ops::Combination how) {
  switch (how) {
    case ops::Combination::kAdd:
    case ops::Combination::kSubtract:
    case ops::Combination::kMultiply:
    case ops::Combination::kMaximum:
    case ops::Combination::kMinimum:
      return true;
    default:
      return false;
  }
}

bool can_belong(const Lowered& lowered, const ops::Operation& operation) {
  if (const auto* activate = operation.as<ops::Activate>()) return is_pointwise(activate->activation);
  if (const auto* rescale = operation.as<ops::Rescale>()) {
    return rescale->scale.size() == 1 && rescale->offset.size() == 1;
  }
  if (const auto* combine = operation.as<ops::Combine>()) return combines(combine->how);
  const quantize::Range* range = lowered.range(operation);
  // A range that is learned has a step of its own, which gives its gradient.
  return range != nullptr && makes_codes(operation, *range) && !range->quantizer().learns();
}

}  // namespace

std::optional<PointwiseChain> find_pointwise_chain(const Lowered& lowered, const ops::Uses& uses,
                                                   const std::vector<bool>& taken, size_t first) {
  const std::vector<ops::Operation>& operations = lowered.program.operations;
  const ops::Operation& begin = operations[first];
  if (begin.is<ops::Quantize>() || begin.inputs.empty() || !can_belong(lowered, begin)) return std::nullopt;
  PointwiseChain chain{.root = begin.inputs[0]};
  if (lowered.values.spec(chain.root).weight != nullptr) return std::nullopt;
  // Of two values no chain begins.
  if (std::ranges::count(begin.inputs, chain.root) != std::ssize(begin.inputs)) return std::nullopt;
  std::set<ValueId> made{chain.root};
  std::vector<size_t> members;
  std::map<ValueId, int> reads;  // within the chain, of what it makes
  for (size_t i = first; i < std::min(operations.size(), first + kWindow); ++i) {
    const ops::Operation& operation = operations[i];
    const bool inside = !taken[i] && can_belong(lowered, operation) &&
                        std::all_of(operation.inputs.begin(), operation.inputs.end(),
                                    [&](ValueId id) { return made.contains(id); });
    if (!inside) continue;
    members.push_back(i);
    for (const ValueId id : operation.inputs) ++reads[id];
    made.insert(operation.output);
    // What is made before is read by members only: this one may end the chain.
    const bool closed = std::all_of(members.begin(), members.end() - 1, [&](size_t member) {
      const ValueId id = operations[member].output;
      return reads[id] == uses.reads(id);
    });
    if (closed) chain.members = members;
  }
  if (chain.members.empty()) return std::nullopt;
  return chain;
}

}  // namespace nudge::plan
