#include "nudge/cli/scorer.h"

#include <filesystem>

#include "nudge/base/log.h"
#include "nudge/cli/preprocess_option.h"
#include "nudge/convert/file_card.h"
#include "nudge/quantize/quantize.h"
#include "nudge/tflite/reader.h"
#include "nudge/train/predictor.h"

namespace nudge::cli {
namespace {

int64_t size_of_file(const std::string& path) {
  std::error_code none;
  const auto size = std::filesystem::file_size(path, none);
  return none ? 0 : static_cast<int64_t>(size);
}

// What a model is measured with.
struct Measure {
  std::unique_ptr<data::Loader> loader;
  train::Objective objective;
};

Measure measure_for(const train::Predictor& predictor, const keras::ModelCard& card,
                    const data::Preprocess& preprocess, const std::string& file,
                    const ScoreOptions& options) {
  const train::Feed feed = told_feed(file, predictor.inputs(), predictor.outputs(), *options.source);
  if (feed.classes) check_classes(file, predictor.outputs().front().shape, card, *options.source);
  auto chosen = chosen_objective(file, options.objective, predictor.forms(), feed, options.source->spec());
  for (const std::string& mismatch : chosen.mismatches) log_warning(mismatch);
  return {evaluation_loader(file, feed, predictor.inputs(), preprocess, options.source, options.split, 0,
                            options.strict),
          std::move(chosen.objective)};
}

void score_file(Score& score, const ScoreOptions& options) {
  const tflite::TfLiteModel file = tflite::read(score.file);
  const keras::ModelCard card = convert::model_card(file);
  train::Predictor predictor(file, {.runtime = options.runtime, .name = score.file});
  const auto preprocess = decide_preprocess(options.preprocess, score.file, file, options.source.get());
  const Measure measure = measure_for(predictor, card, preprocess, score.file, options);
  score.evaluation = predictor.evaluate(*measure.loader, measure.objective);
  score.kind = "tflite";
  score.origin = card.origin;
  score.runtime = predictor.runtime();
}

void score_model(Score& score, const ScoreOptions& options) {
  LoadedModel loaded = open_model(score.file);
  const auto preprocess =
      decide_preprocess(options.preprocess, score.file, loaded, options.source.get()).preprocess;
  train::Predictor predictor(loaded.model, {.seed = options.seed, .name = score.file});
  const Measure measure = measure_for(predictor, loaded.card, preprocess, score.file, options);
  score.evaluation = predictor.evaluate(*measure.loader, measure.objective);
  score.kind = score.origin = origin_of(loaded);
  score.runtime = predictor.runtime();
  if (!quantize::is_quantized(*loaded.model)) return;
  train::Predictor simulation(loaded.model, {.simulated = true, .seed = options.seed, .name = score.file});
  const auto simulated = simulation.evaluate(*measure.loader, measure.objective);
  score.simulated = simulated.metrics;
  if (!simulated.predictions.empty()) score.disagreement = train::disagreement(simulated, score.evaluation);
}

}  // namespace

std::string kind_text(const Score& score) {
  return score.kind != "tflite" || score.origin.empty() ? score.kind : score.kind + " (" + score.origin + ")";
}

Score score(const std::string& model, const ScoreOptions& options) {
  Score result;
  result.file = model;
  result.bytes = size_of_file(model);
  if (is_tflite(model)) {
    score_file(result, options);
  } else {
    score_model(result, options);
  }
  return result;
}

}  // namespace nudge::cli
