#include "nudge/cli/scorer.h"

#include <filesystem>

#include "nudge/cli/loss_option.h"
#include "nudge/cli/preprocess_option.h"
#include "nudge/convert/convert.h"
#include "nudge/convert/file_card.h"
#include "nudge/plan/plan.h"
#include "nudge/quantize/quantize.h"
#include "nudge/tflite/reader.h"

namespace nudge::cli {
namespace {

int64_t size_of_file(const std::string& path) {
  std::error_code none;
  const auto size = std::filesystem::file_size(path, none);
  return none ? 0 : static_cast<int64_t>(size);
}

void score_file(Score& score, const ScoreOptions& options) {
  const tflite::TfLiteModel file = tflite::read(score.file);
  const tflite::SubGraph& graph = file.main();
  const keras::ModelCard card = convert::model_card(file);
  const Shape image = graph.tensors.at(static_cast<size_t>(graph.inputs.at(0))).shape;
  check_classes(score.file, graph.tensors.at(static_cast<size_t>(graph.outputs.at(0))).shape, card,
                *options.source);
  const auto loader = evaluation_loader(
      score.file, image, decide_preprocess(options.preprocess, score.file, file, options.source.get()),
      options.source, options.split);
  train::Deployed deployed(file, options.runtime);
  score.kind = "tflite";
  score.origin = card.origin;
  score.runtime = to_string(options.runtime);
  score.evaluation = train::evaluate([&](const Array& x) { return deployed.predict(x); }, *loader,
                                     *chosen_loss(score.file, options.loss, train::output_form(file)));
}

void score_model(Score& score, const ScoreOptions& options) {
  LoadedModel loaded = open_model(score.file);
  check_classes(score.file, loaded.model->outputs().front().shape(), loaded.card, *options.source);
  loaded.model->initialize(options.seed);
  const auto preprocess =
      decide_preprocess(options.preprocess, score.file, loaded, options.source.get()).preprocess;
  const auto loader = evaluation_loader(score.file, loaded.model->inputs().front().shape(), preprocess,
                                        options.source, options.split);
  const auto loss = chosen_loss(score.file, options.loss, train::output_form(*loaded.model));
  const auto plan = plan::compile(loaded.model, {.seed = options.seed});
  const auto simulated = train::evaluate(
      [&](const Array& x) { return plan->forward({x}, plan::Mode::kInference).front(); }, *loader, *loss);
  if (!quantize::is_quantized(*loaded.model)) {
    score.kind = score.origin = score.runtime = "float";
    score.evaluation = simulated;
    return;
  }
  train::Deployed deployed(convert::convert(*loaded.model).file, train::Runtime::kReference);
  score.kind = score.origin = origin_of(loaded);
  score.runtime = to_string(train::Runtime::kReference);
  score.evaluation = train::evaluate([&](const Array& x) { return deployed.predict(x); }, *loader, *loss);
  score.simulated_accuracy = simulated.accuracy;
  score.disagreement = train::disagreement(simulated, score.evaluation);
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
