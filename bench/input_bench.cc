// From JPEG files to batches: decoding and resizing on one thread, and the loader on all of them, to be held
// against the images a second of `nudge bench step`.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <span>
#include <string>

#include "nudge/data/flowers.h"
#include "nudge/data/image.h"
#include "nudge/data/loader.h"
#include "nudge/data/resize.h"
#include "nudge/data/test_folder.h"
#include "nudge/data/test_jpeg.h"

namespace {

using namespace nudge::data;

// What a phone or a photo site gives: 1024 x 768 is small for the one and large for the other.
constexpr ImageSize kPhoto{768, 1024};
constexpr int64_t kBatch = 32;

const std::string& photo() {
  static const std::string jpeg = encode_jpeg(draw_flower(2, 1, 0, kPhoto), 90);
  return jpeg;
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

void count_images(benchmark::State& state, int64_t images) {
  state.counters["images"] = benchmark::Counter(static_cast<double>(images), benchmark::Counter::kIsRate);
}

// `scaled`: at 1/2, 1/4 or 1/8 where that is still large enough.
void decode(benchmark::State& state, bool scaled) {
  const ImageSize target{state.range(0), state.range(0)};
  for (auto _ : state) {
    const nudge::Array image =
        decode_image(bytes_of(photo()), "photo", {.target = scaled ? target : ImageSize{}});
    benchmark::DoNotOptimize(resize_stored(image, target).bytes());
  }
  count_images(state, state.iterations());
}

// A folder of photos in two classes.
const std::string& folder() {
  static const TestFolder files;
  static const bool written = [] {
    for (int i = 0; i < 128; ++i) files.put((i % 2 == 0 ? "a/" : "b/") + std::to_string(i) + ".jpg", photo());
    return true;
  }();
  static const std::string path = written ? files.path() : "";
  return path;
}

// `cached`: later epochs, where nothing is left to decode.
void load(benchmark::State& state, bool cached) {
  Loader loader(open_source(folder()), {.split = Split::kAll,
                                        .size = {state.range(0), state.range(0)},
                                        .batch = kBatch,
                                        .augment = "flip",
                                        .preprocess = Preprocess::kTf,
                                        .cache_bytes = cached ? size_t{1} << 30 : 0});
  if (cached) {
    for (int64_t step = 0; step < 2 * loader.steps_per_epoch(); ++step) loader.next();
  }
  for (auto _ : state) benchmark::DoNotOptimize(loader.next().inputs[0].bytes());
  count_images(state, state.iterations() * kBatch);
}

BENCHMARK_CAPTURE(decode, at_reduced_scale, true)
    ->Arg(96)
    ->Arg(224)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(decode, at_full_scale, false)
    ->Arg(96)
    ->Arg(224)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(load, first_epoch, false)->Arg(96)->Arg(224)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(load, later_epochs, true)->Arg(96)->Arg(224)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
