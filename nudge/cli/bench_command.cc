#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "nudge/base/random.h"
#include "nudge/base/threads.h"
#include "nudge/cli/command.h"
#include "nudge/cli/model_file.h"
#include "nudge/cli/ranges_option.h"
#include "nudge/cli/step_breakdown.h"
#include "nudge/kernels/cpu/machine_peaks.h"
#include "nudge/quantize/quantize.h"
#include "nudge/train/output_form.h"
#include "nudge/train/trainer.h"

namespace nudge::cli {
namespace {

struct BenchCommandOptions {
  std::string model, precision = "f32";
  ArchitectureOptions architecture{.default_classes = 5};
  int64_t batch = 32;
  int steps = 10;
  bool qat = false;
  bool breakdown = false;
  RangesOption ranges;
};

double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

void run(const BenchCommandOptions& options, const CommonOptions& common) {
  LoadedModel loaded = open_model(options.model, options.architecture);
  check_memory(*loaded.model, options.batch);
  loaded.model->initialize(common.seed);
  if (options.qat) loaded.model = quantize::quantize_model(*loaded.model);
  check(options.ranges);
  apply(options.ranges, *loaded.model);
  train::Trainer trainer(
      loaded.model, train::rmsprop(), train::loss_for(*loaded.model),
      {.precision = options.precision == "bf16" ? plan::Precision::kBfloat16 : plan::Precision::kFloat32,
       .seed = common.seed});
  Random random(common.seed);
  Array x(with_batch(loaded.model->inputs().front().shape(), options.batch));
  for (float& value : x.span<float>()) value = static_cast<float>(random.uniform(-1, 1));
  Array y({options.batch}, DataType::kInt32);
  for (int32_t& label : y.span<int32_t>()) {
    label = static_cast<int32_t>(
        random.below(static_cast<uint64_t>(loaded.model->outputs().front().shape().back())));
  }
  data::Batch batch;
  batch.inputs = {x};
  batch.targets = {y};
  trainer.train_step(batch);
  trainer.train_step(batch);
  trainer.plan().reset_timings();
  std::vector<double> seconds;
  for (int step = 0; step < options.steps; ++step) {
    const auto start = std::chrono::steady_clock::now();
    trainer.train_step(batch);
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  // Before the peaks are measured: that takes memory of its own.
  const double megabytes = peak_megabytes();
  std::vector<double> sorted = seconds;
  std::sort(sorted.begin(), sorted.end());
  const double median = sorted[sorted.size() / 2];
  const double rate = static_cast<double>(options.batch) / median;
  print(common,
        fmt::format("{}{} batch {}: {:.4f} s a step (least {:.4f}), {:.1f} images/s, {:.0f} MB at most\n",
                    options.model, options.qat ? " QAT" : "", options.batch, median, sorted.front(), rate,
                    megabytes));
  if (!options.breakdown && common.json.empty()) return;
  const kernels::MachinePeaks peaks = kernels::measure_machine_peaks();
  const std::vector<StepCost> costs = step_costs(trainer.plan().describe(), options.batch, options.steps,
                                                 options.qat, options.precision == "bf16", peaks);
  if (options.breakdown) print(common, breakdown_table(costs, median, peaks));
  emit_json(common, {{"model", options.model},
                     {"batch", options.batch},
                     {"qat", options.qat},
                     {"precision", options.precision},
                     {"threads", thread_count()},
                     {"seconds", seconds},
                     {"seconds_min", sorted.front()},
                     {"seconds_median", median},
                     {"images_per_second", rate},
                     {"peak_rss_mb", megabytes},
                     {"peaks", to_json(peaks)},
                     {"steps", to_json(costs)}});
}

}  // namespace

void add_bench(CLI::App& app, CommonOptions& common) {
  auto options = std::make_shared<BenchCommandOptions>();
  CLI::App& bench = *app.add_subcommand("bench", "Timings on this machine");
  bench.require_subcommand(1);
  CLI::App& command = *bench.add_subcommand("step", "One training step, on random images");
  command.add_option("--model", options->model, "A .keras file, or an application's name")->required();
  command.add_option("--batch", options->batch, "Images a step (32)")->check(CLI::Range(1, 4096));
  add_architecture_options(command, options->architecture);
  command.add_flag("--qat", options->qat, "Quantize the model first");
  add_ranges_option(command, options->ranges, "ema");
  command.add_option("--precision", options->precision, "f32 or bf16 (f32)")
      ->check(CLI::IsMember({"f32", "bf16"}));
  command.add_option("--steps", options->steps, "Steps to time (10)")->check(CLI::Range(1, 100000));
  command.add_flag("--breakdown", options->breakdown, "List the parts of the step, the costliest first");
  define(command, common, [options, &common] { run(*options, common); });
}

}  // namespace nudge::cli
