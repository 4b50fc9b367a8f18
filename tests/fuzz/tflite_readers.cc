#include <algorithm>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/tflite/evaluator.h"
#include "nudge/tflite/inspect.h"
#include "nudge/tflite/reader.h"
#include "nudge/tflite/writer.h"
#include "tests/fuzz/expect_words.h"
#include "tests/fuzz/readers.h"

namespace nudge::fuzz {
namespace {

// What a mutated file may ask to be computed.
constexpr int64_t kMostValues = 1 << 16;

std::vector<Array> zeros_for(const tflite::TfLiteModel& model) {
  std::vector<Array> inputs;
  for (const int32_t index : model.main().inputs) {
    const tflite::TfLiteTensor& tensor = model.main().tensors.at(static_cast<size_t>(index));
    inputs.emplace_back(tensor.shape, tflite::data_type(tensor.type));
  }
  return inputs;
}

bool is_small(const tflite::TfLiteModel& model) {
  return std::ranges::all_of(model.main().tensors, [](const tflite::TfLiteTensor& tensor) {
    return element_count(tensor.shape) <= kMostValues;
  });
}

}  // namespace

void read_tflite(std::span<const std::byte> bytes) {
  expect_words([&] {
    const tflite::TfLiteModel model = tflite::parse(bytes, "fuzz.tflite", tflite::Scales::kAny);
    tflite::inspect_text(model, bytes.size());
    tflite::inspect_json(model, bytes.size());
  });
}

void read_evaluator(std::span<const std::byte> bytes) {
  expect_words([&] {
    tflite::Evaluator evaluator(tflite::parse(bytes, "fuzz.tflite"));
    if (is_small(evaluator.model())) evaluator.run(zeros_for(evaluator.model()));
  });
}

}  // namespace nudge::fuzz
