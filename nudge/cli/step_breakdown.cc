#include "nudge/cli/step_breakdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nudge/report/table.h"

namespace nudge::cli {
namespace {

// Of a block's products one is the forward's; backward there is one for the weights and, except where the
// model begins, one for the input.
double forward_share(bool first_block) { return first_block ? 1.0 / 2.0 : 1.0 / 3.0; }

// Arithmetic and memory can go on at once, so the slower of the two is the floor.
double floor_seconds(double integer_operations, double float_operations, double float_gflops, double bytes,
                     const kernels::MachinePeaks& peaks) {
  double arithmetic = float_operations / (float_gflops * 1e9);
  if (integer_operations > 0) arithmetic += integer_operations / (peaks.int8_gops * 1e9);
  return std::max(arithmetic, bytes / (peaks.memory_gbs * 1e9));
}

// The first of the layers that the step computes stands for all.
std::string short_name(const std::string& name) { return name.substr(0, name.find(" + ")); }

std::string rate(double amount, double seconds) {
  return seconds > 0 && amount > 0 ? fmt::format("{:.1f}", amount / seconds / 1e9) : "";
}

std::vector<std::string> table_row(const StepCost& cost) {
  return {short_name(cost.name),
          cost.kind,
          fmt::format("{:.2f}", cost.forward_seconds * 1e3),
          fmt::format("{:.2f}", cost.backward_seconds * 1e3),
          rate(cost.flops, cost.seconds()),
          rate(cost.bytes, cost.seconds()),
          cost.floor_seconds > 0 ? fmt::format("{:.0f}%", 100 * cost.of_floor()) : ""};
}

// What libtorch computes for want of a step of our own, the costliest first.
std::string fallback_line(const std::vector<StepCost>& costs, double seconds) {
  constexpr size_t kMostNames = 6;
  std::vector<std::string> names;
  double spent = 0;
  for (const StepCost& cost : costs) {
    if (cost.kind != "fallback") continue;
    spent += cost.seconds();
    names.push_back(short_name(cost.name));
  }
  if (names.empty()) return "fallback steps: none\n";
  const size_t shown = std::min(kMostNames, names.size());
  return fmt::format("fallback steps: {}, {:.2f} ms ({:.1f}% of the step): {}{}\n", names.size(), spent * 1e3,
                     seconds > 0 ? 100 * spent / seconds : 0.0,
                     fmt::join(names.begin(), names.begin() + static_cast<ptrdiff_t>(shown), ", "),
                     names.size() > shown ? ", ..." : "");
}

}  // namespace

std::vector<StepCost> step_costs(const std::vector<plan::StepDescription>& descriptions, int64_t batch,
                                 int steps, bool quantized, bool bf16, const kernels::MachinePeaks& peaks) {
  std::vector<StepCost> costs;
  bool first_block = true;
  for (const plan::StepDescription& step : descriptions) {
    StepCost cost{.name = step.name,
                  .kind = step.kind,
                  .forward_seconds = step.forward_seconds / steps,
                  .backward_seconds = step.backward_seconds / steps,
                  .flops = static_cast<double>(step.flops * batch),
                  .bytes = static_cast<double>(step.bytes * batch)};
    const bool block = step.kind == "block";
    const bool integer = block && quantized && peaks.int8_gops > 0;
    const double integer_flops = integer ? cost.flops * forward_share(first_block) : 0;
    double float_gflops = peaks.f32_gflops;
    if (integer && peaks.two_bf16_gflops > 0) float_gflops = peaks.two_bf16_gflops;
    if (block && bf16 && peaks.bf16_gflops > 0) float_gflops = peaks.bf16_gflops;
    cost.floor_seconds =
        floor_seconds(integer_flops, cost.flops - integer_flops, float_gflops, cost.bytes, peaks);
    first_block = first_block && !block;
    costs.push_back(cost);
  }
  return costs;
}

Json to_json(const kernels::MachinePeaks& peaks) {
  return {{"f32_gflops", peaks.f32_gflops},
          {"bf16_gflops", peaks.bf16_gflops},
          {"int8_gops", peaks.int8_gops},
          {"two_bf16_gflops", peaks.two_bf16_gflops},
          {"memory_gbs", peaks.memory_gbs}};
}

Json to_json(const std::vector<StepCost>& costs) {
  Json steps = Json::array();
  for (const StepCost& cost : costs) {
    steps.push_back({{"name", cost.name},
                     {"kind", cost.kind},
                     {"forward_seconds", cost.forward_seconds},
                     {"backward_seconds", cost.backward_seconds},
                     {"flops", cost.flops},
                     {"bytes", cost.bytes},
                     {"of_floor", cost.of_floor()}});
  }
  return steps;
}

std::string breakdown_table(std::vector<StepCost> costs, double seconds, const kernels::MachinePeaks& peaks) {
  StepCost all{.name = "all of these"};
  for (const StepCost& cost : costs) {
    all.forward_seconds += cost.forward_seconds;
    all.backward_seconds += cost.backward_seconds;
    all.flops += cost.flops;
    all.bytes += cost.bytes;
    all.floor_seconds += cost.floor_seconds;
  }
  std::stable_sort(costs.begin(), costs.end(),
                   [](const StepCost& a, const StepCost& b) { return a.seconds() > b.seconds(); });
  std::vector<std::vector<std::string>> rows;
  for (const StepCost& cost : costs) rows.push_back(table_row(cost));
  rows.push_back(table_row(all));
  const double rest = std::max(0.0, seconds - all.seconds());
  return report::render_table({"step", "kind", "forward ms", "backward ms", "GFLOP/s", "GB/s", "of floor"},
                              rows, {2, 3, 4, 5, 6}) +
         fallback_line(costs, seconds) + fmt::format("loss, optimizer and copies: {:.2f} ms\n", rest * 1e3) +
         fmt::format(
             "peaks: {:.0f} GFLOP/s f32, {}{}{}{:.1f} GB/s\n", peaks.f32_gflops,
             peaks.bf16_gflops > 0 ? fmt::format("{:.0f} GFLOP/s bf16, ", peaks.bf16_gflops) : "",
             peaks.two_bf16_gflops > 0 ? fmt::format("{:.0f} in two bf16, ", peaks.two_bf16_gflops) : "",
             peaks.int8_gops > 0 ? fmt::format("{:.0f} GOP/s int8, ", peaks.int8_gops) : "",
             peaks.memory_gbs);
}

}  // namespace nudge::cli
