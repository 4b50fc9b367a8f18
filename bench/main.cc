// What every benchmark program begins with; takes --threads=N beside Google Benchmark's own arguments.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "nudge/base/threads.h"

namespace {

// Takes --threads=N out of the arguments.
void set_threads(int& argc, char** argv) {
  const std::string flag = "--threads=";
  for (int i = 1; i < argc; ++i) {
    if (!std::string_view(argv[i]).starts_with(flag)) continue;
    nudge::set_thread_count(std::stoi(argv[i] + flag.size()));
    std::copy(argv + i + 1, argv + argc, argv + i);
    --argc;
    return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  set_threads(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
