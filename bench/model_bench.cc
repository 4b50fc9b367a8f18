// What is done once: quantize_model and the conversion of MobileNetV2 (224 x 224, 1000 classes), and the
// start of the program.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <string>

#include "nudge/applications/applications.h"
#include "nudge/convert/convert.h"
#include "nudge/quantize/quantize.h"
#include "nudge/tflite/writer.h"

namespace {

nudge::ModelPtr mobilenet_v2() {
  nudge::ModelPtr model = nudge::applications::build_application("MobileNetV2");
  model->initialize(0);
  return model;
}

void quantize_model(benchmark::State& state) {
  const nudge::ModelPtr model = mobilenet_v2();
  for (auto _ : state) benchmark::DoNotOptimize(nudge::quantize::quantize_model(*model).get());
}

void convert(benchmark::State& state, bool quantized) {
  nudge::ModelPtr model = mobilenet_v2();
  // This scheme's ranges start somewhere, so that there is something to convert without training.
  if (quantized) model = nudge::quantize::quantize_model(*model, nudge::quantize::tfmot_scheme());
  for (auto _ : state) {
    benchmark::DoNotOptimize(nudge::tflite::serialize(nudge::convert::convert(*model).file).data());
  }
}

// A whole process, from its start to its end; what it prints goes nowhere.
void start(benchmark::State& state, const char* argument) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  std::string program = NUDGE_PROGRAM, flag = argument;
  char* arguments[] = {program.data(), flag.data(), nullptr};
  for (auto _ : state) {
    pid_t child = 0;
    int status = 0;
    if (posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ) != 0 ||
        waitpid(child, &status, 0) != child || status != 0) {
      state.SkipWithError("the program did not run");
      break;
    }
  }
  posix_spawn_file_actions_destroy(&actions);
}

BENCHMARK(quantize_model)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(convert, to_int8, true)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(convert, to_float, false)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(start, help, "--help")->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
