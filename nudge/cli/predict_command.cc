#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/finite.h"
#include "nudge/base/log.h"
#include "nudge/cli/command.h"
#include "nudge/cli/model_file.h"
#include "nudge/cli/preprocess_option.h"
#include "nudge/data/channels.h"
#include "nudge/data/image.h"
#include "nudge/data/npy.h"
#include "nudge/data/npz.h"
#include "nudge/data/preprocess.h"
#include "nudge/data/resize.h"
#include "nudge/tflite/reader.h"
#include "nudge/train/class_scores.h"
#include "nudge/train/predictor.h"
#include "nudge/train/tensor_runner.h"

namespace nudge::cli {
namespace {

struct PredictCommandOptions {
  std::string model, runtime = "auto", tensors = "outputs", out, preprocess = "auto";
  std::vector<std::string> npy, images;
};

// Whatever kind the model is: how it scores images, and how they are made for it.
struct Classifier {
  train::Predictor predictor;
  keras::ModelCard card;
  data::Preprocess preprocess;

  const Shape& image() const { return predictor.inputs().front().shape; }
  data::ImageSize size() const { return {image()[1], image()[2]}; }
  int64_t channels() const { return image()[3]; }
};

Classifier open_predictor(const PredictCommandOptions& options, uint64_t seed) {
  const std::string& name = options.model;
  if (is_tflite(name)) {
    const tflite::TfLiteModel file = tflite::read(name);
    const auto preprocess = decide_preprocess(options.preprocess, name, file, nullptr);
    train::Predictor predictor(file, {.runtime = train::runtime_from_name(options.runtime), .name = name});
    const keras::ModelCard card = predictor.card();
    return {std::move(predictor), card, preprocess};
  }
  LoadedModel loaded = open_model(name);
  const auto preprocess = decide_preprocess(options.preprocess, name, loaded, nullptr).preprocess;
  return {train::Predictor(loaded.model, {.seed = seed, .name = name}), loaded.card, preprocess};
}

Classifier open_classifier(const PredictCommandOptions& options, uint64_t seed) {
  Classifier classifier = open_predictor(options, seed);
  const auto& inputs = classifier.predictor.inputs();
  const auto& outputs = classifier.predictor.outputs();
  if (inputs.size() != 1 || outputs.size() != 1) {
    throw UnsupportedError(
        fmt::format("{}: has {} inputs and {} outputs; a classifier of images has one of "
                    "each, --npy takes others",
                    options.model, inputs.size(), outputs.size()));
  }
  const Shape& image = classifier.image();
  if (image.size() != 4 || (image[3] != 1 && image[3] != 3)) {
    throw ValueError(options.model + ": takes " + to_string(image) + ", not images of one or three channels");
  }
  return classifier;
}

std::string class_name(const keras::ModelCard& card, size_t c) {
  return c < card.classes.size() ? card.classes[c] : "class " + std::to_string(c);
}

// Pixels as training saw them: rounded to bytes after resizing.
Array pixels(const std::string& path, const Classifier& classifier) {
  const data::ImageSize size = classifier.size();
  const Array bytes = data::with_channels(data::resize_stored(data::read_image(path, {.target = size}), size),
                                          classifier.channels());
  Array values({1, size.height, size.width, classifier.channels()});
  std::copy_n(bytes.data<uint8_t>(), bytes.size(), values.data<float>());
  return values;
}

void classify(Classifier classifier, const PredictCommandOptions& options, const CommonOptions& common) {
  Json predictions = Json::array();
  for (const std::string& path : options.images) {
    Array image = pixels(path, classifier);
    classifier.preprocess.apply(image.span<float>(), classifier.channels());
    const Array scores = train::class_scores(classifier.predictor.predict(image),
                                             classifier.predictor.forms().front().from_logits());
    if (!first_not_finite(scores).empty()) {
      throw NumericError(path + ": " + options.model + " gives it scores that are not finite");
    }
    const auto values = scores.span<float>();
    std::vector<size_t> order(values.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] > values[b]; });
    Json ranked = Json::array();
    std::string line = path + ":";
    for (size_t i = 0; i < std::min<size_t>(order.size(), 5); ++i) {
      line += fmt::format(" {} {:.3f}", class_name(classifier.card, order[i]), values[order[i]]);
      ranked.push_back({{"class", class_name(classifier.card, order[i])}, {"score", values[order[i]]}});
    }
    print(common, line + "\n");
    predictions.push_back({{"file", path}, {"classes", ranked}});
  }
  emit_json(common, {{"predictions", predictions}});
}

void check_usage(const PredictCommandOptions& options) {
  const bool raw = !options.npy.empty();
  if (raw != options.images.empty() || raw == options.out.empty()) {
    throw CLI::ValidationError("predict", "give images, or --npy together with --out");
  }
  if (raw && !options.out.ends_with(".npy") && !options.out.ends_with(".npz")) {
    throw CLI::ValidationError("--out", options.out + " must end in .npy or .npz");
  }
  if (options.tensors == "all" && !options.out.ends_with(".npz")) {
    throw CLI::ValidationError("--tensors", "all of them go into an .npz file: --npy IN.npy --out OUT.npz");
  }
}

std::unique_ptr<train::TensorRunner> open_runner(const PredictCommandOptions& options, uint64_t seed) {
  const train::TensorRunnerOptions wanted{.runtime = train::runtime_from_name(options.runtime),
                                          .all_tensors = options.tensors == "all",
                                          .seed = seed,
                                          .name = options.model};
  if (is_tflite(options.model)) {
    return train::run_file(tflite::read(options.model), wanted, read_file(options.model));
  }
  const ModelPtr model = open_model(options.model).model;
  model->initialize(seed);
  return train::run_model(model, wanted);
}

void predict_raw(const PredictCommandOptions& options, const CommonOptions& common) {
  check_writable(options.out);
  const auto model = open_runner(options, common.seed);
  std::vector<Array> inputs;
  for (const std::string& path : options.npy) {
    inputs.push_back(data::read_npy(path));
    check_finite(inputs.back(), path);
  }
  const train::NamedTensors outputs = model->run(inputs);
  for (const auto& [name, array] : outputs) {
    const std::string found = first_not_finite(array);
    if (!found.empty()) log_warning(options.out + ": tensor '" + name + "': " + found);
  }
  if (options.out.ends_with(".npz")) {
    data::write_npz(options.out, outputs);
  } else if (outputs.size() == 1) {
    data::write_npy(options.out, outputs.front().second);
  } else {
    throw ValueError(options.model + ": has " + std::to_string(outputs.size()) +
                     " outputs; they go into an .npz file, so end --out that way");
  }
  Json tensors = Json::array();
  for (const auto& [name, array] : outputs) {
    tensors.push_back({{"name", name}, {"type", to_string(array.type())}, {"shape", array.shape()}});
  }
  print(common, "wrote " + options.out + "\n");
  emit_json(common, {{"files", {{"out", options.out}}}, {"tensors", tensors}});
}

}  // namespace

void add_predict(CLI::App& app, CommonOptions& common) {
  auto options = std::make_shared<PredictCommandOptions>();
  CLI::App& command =
      *app.add_subcommand("predict", "Classes with scores for images; or raw tensors in and out");
  command.add_option("model", options->model, "A .keras or .tflite file")->required();
  command.add_option("images", options->images, "JPEG, PNG, WEBP, GIF or BMP files");
  add_preprocess_option(command, options->preprocess);
  command
      .add_option("--npy", options->npy,
                  "A tensor for the model's input, batch first, in the input's own type; once for each input")
      ->allow_extra_args(false);
  command.add_option("--out", options->out, "With --npy: where the outputs go, .npy or .npz");
  command
      .add_option("--tensors", options->tensors,
                  "With --out OUT.npz: outputs, or all tensors by name (outputs)")
      ->check(CLI::IsMember({"outputs", "all"}));
  command
      .add_option("--runtime", options->runtime,
                  "Of a .tflite file: auto, litert, litert-reference or reference (auto)")
      ->check(CLI::IsMember(kRuntimes));
  define(command, common, [options, &common] {
    check_usage(*options);
    if (!options->npy.empty()) return predict_raw(*options, common);
    classify(open_classifier(*options, common.seed), *options, common);
  });
}

}  // namespace nudge::cli
