#include <stdexcept>
#include <string>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"
#include "nudge/cli/callback_specs.h"
#include "nudge/cli/head_option.h"
#include "nudge/cli/quantize_config_file.h"
#include "nudge/cli/training_specs.h"
#include "nudge/data/augment.h"
#include "nudge/data/preprocess.h"
#include "nudge/data/source.h"
#include "nudge/graph/layer_pattern.h"
#include "nudge/layers/layers.h"
#include "tests/fuzz/expect_words.h"
#include "tests/fuzz/readers.h"

namespace nudge::fuzz {
namespace {

// Wrong usage is an answer too: an exception of CLI11, whose header stays in nudge/cli.
void expect_usage(const std::function<void()>& read) {
  expect_words([&] {
    try {
      read();
    } catch (const Error&) {
      throw;
    } catch (const std::runtime_error& usage) {
      throw ValueError(usage.what());
    }
  });
}

ModelPtr small_model() {
  const Tensor image = input({4, 4, 2}, "image");
  const Tensor x = layers::conv2d(image, {.filters = 2, .kernel_size = 3, .name = "conv"});
  return make_model(image, layers::dense(layers::flatten(x), {.units = 2, .name = "dense"}));
}

}  // namespace

void read_spec(std::span<const std::byte> bytes) {
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  expect_usage([&] { cli::schedule_from(text); });
  expect_usage([&] { cli::callback_from(text, {}); });
  expect_usage([&] { cli::optimizer_from(text, {}); });
  expect_usage([&] { cli::integer_validation_from(text); });
  expect_usage([&] { cli::head_from(text, 3); });
  expect_usage([&] { data::Augmentation{text}; });
  expect_usage([&] { data::preprocess_from_string(text); });
  expect_usage([&] { LayerPattern(text).matches("conv2d_1"); });
}

void read_quantize_config(std::span<const std::byte> bytes) {
  const TestFolder folder;
  const std::string path = folder.path("fuzz.json");
  write_file(path, bytes);
  expect_words([&] { cli::annotate(*small_model(), cli::read_quantize_config(path), path); });
}

}  // namespace nudge::fuzz
