// Every fused block of MobileNetV2 (224 x 224, batch 16), forward and backward, float and quantized, and
// their sum.
#include <benchmark/benchmark.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mobilenet_v2_chain.h"

namespace {

using nudge::bench::BlockBench;
using nudge::bench::mobilenet_v2_blocks;
using nudge::bench::NamedBlock;

constexpr int64_t kImageSize = 224;
constexpr int64_t kBatch = 16;

enum class Pass { kForward, kBackward, kStep };

void run_pass(BlockBench& block, Pass pass, bool with_input) {
  if (pass != Pass::kBackward) block.forward();
  if (pass != Pass::kForward) block.backward(with_input);
}

void run_block(benchmark::State& state, const NamedBlock& named, Pass pass) {
  BlockBench block(named.options, kBatch);
  block.forward();
  for (auto _ : state) run_pass(block, pass, true);
  const double products = pass == Pass::kForward ? 1.0 : pass == Pass::kBackward ? 2.0 : 3.0;
  state.counters["flops"] = benchmark::Counter(2.0 * products * block.multiply_adds(),
                                               benchmark::Counter::kIsIterationInvariantRate);
}

void run_network(benchmark::State& state, bool quantized, Pass pass) {
  std::vector<std::unique_ptr<BlockBench>> blocks;
  for (const NamedBlock& named : mobilenet_v2_blocks(kImageSize, quantized)) {
    blocks.push_back(std::make_unique<BlockBench>(named.options, kBatch));
    blocks.back()->forward();
  }
  for (auto _ : state) {
    if (pass != Pass::kBackward) {
      for (const auto& block : blocks) block->forward();
    }
    if (pass != Pass::kForward) {
      for (size_t i = blocks.size(); i-- > 0;) blocks[i]->backward(i > 0);
    }
  }
  state.counters["images"] =
      benchmark::Counter(static_cast<double>(kBatch), benchmark::Counter::kIsIterationInvariantRate);
}

void register_all() {
  for (const bool quantized : {false, true}) {
    const std::string kind = quantized ? "qat" : "float";
    for (const auto& [name, pass] :
         {std::pair{"forward", Pass::kForward}, {"backward", Pass::kBackward}, {"step", Pass::kStep}}) {
      benchmark::RegisterBenchmark(("mobilenet_v2/" + kind + "/" + name).c_str(), run_network, quantized,
                                   pass)
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    }
    std::set<std::string> seen;
    for (const NamedBlock& named : mobilenet_v2_blocks(kImageSize, quantized)) {
      if (!seen.insert(named.name).second) continue;
      for (const auto& [name, pass] : {std::pair{"forward", Pass::kForward}, {"backward", Pass::kBackward}}) {
        benchmark::RegisterBenchmark(("block/" + named.name + "/" + kind + "/" + name).c_str(), run_block,
                                     named, pass)
            ->Unit(benchmark::kMillisecond)
            ->UseRealTime();
      }
    }
  }
}

const bool kRegistered = (register_all(), true);

}  // namespace
