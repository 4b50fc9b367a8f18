#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/cli/command.h"
#include "nudge/cli/model_file.h"
#include "nudge/cli/preprocess_option.h"
#include "nudge/cli/raw_model.h"
#include "nudge/convert/convert.h"
#include "nudge/convert/file_card.h"
#include "nudge/data/channels.h"
#include "nudge/data/image.h"
#include "nudge/data/npy.h"
#include "nudge/data/npz.h"
#include "nudge/data/preprocess.h"
#include "nudge/data/resize.h"
#include "nudge/plan/plan.h"
#include "nudge/quantize/quantize.h"
#include "nudge/tflite/reader.h"
#include "nudge/train/class_scores.h"
#include "nudge/train/deployed.h"
#include "nudge/train/output_form.h"

namespace nudge::cli {
namespace {

struct Options {
  std::string model, runtime, tensors = "outputs", out, preprocess = "auto";
  std::vector<std::string> npy, images;
};

// Only the evaluator gives all tensors.
train::Runtime runtime_of(const Options& options) {
  const std::string usual = options.tensors == "all" ? "reference" : "litert";
  return train::runtime_from_name(options.runtime.empty() ? usual : options.runtime);
}

// Whatever kind the model is: its image size, its card, how it scores float32 images and reads its outputs.
struct Classifier {
  data::ImageSize size;
  int64_t channels = 3;
  keras::ModelCard card;
  data::Preprocess preprocess;
  train::OutputForm form;
  std::function<Array(const Array&)> predict;
};

Classifier open_classifier(const Options& options, uint64_t seed) {
  Classifier classifier;
  Shape image;
  if (is_tflite(options.model)) {
    const tflite::TfLiteModel file = tflite::read(options.model);
    classifier.card = convert::model_card(file);
    classifier.preprocess = decide_preprocess(options.preprocess, options.model, file, nullptr);
    classifier.form = train::output_form(file);
    image = file.main().tensors.at(static_cast<size_t>(file.main().inputs.at(0))).shape;
    auto deployed = std::make_shared<train::Deployed>(file, runtime_of(options));
    classifier.predict = [deployed](const Array& x) { return deployed->predict(x); };
  } else {
    LoadedModel loaded = open_model(options.model);
    loaded.model->initialize(seed);
    classifier.preprocess = decide_preprocess(options.preprocess, options.model, loaded, nullptr).preprocess;
    classifier.card = loaded.card;
    classifier.form = train::output_form(*loaded.model);
    image = loaded.model->inputs().front().shape();
    if (quantize::is_quantized(*loaded.model)) {
      auto deployed =
          std::make_shared<train::Deployed>(convert::convert(*loaded.model).file, train::Runtime::kReference);
      classifier.predict = [deployed](const Array& x) { return deployed->predict(x); };
    } else {
      std::shared_ptr<plan::Plan> plan = plan::compile(loaded.model, {.seed = seed});
      classifier.predict = [plan](const Array& x) {
        return plan->forward({x}, plan::Mode::kInference).front();
      };
    }
  }
  if (image.size() != 4 || (image[3] != 1 && image[3] != 3)) {
    throw ValueError(options.model + ": takes " + to_string(image) + ", not images of one or three channels");
  }
  classifier.size = {image[1], image[2]};
  classifier.channels = image[3];
  return classifier;
}

std::string class_name(const keras::ModelCard& card, size_t c) {
  return c < card.classes.size() ? card.classes[c] : "class " + std::to_string(c);
}

// Pixels as training saw them: rounded to bytes after resizing.
Array pixels(const std::string& path, const Classifier& classifier) {
  const Array bytes = data::with_channels(
      data::resize_stored(data::read_image(path, {.target = classifier.size}), classifier.size),
      classifier.channels);
  Array values(bytes.shape());
  std::copy_n(bytes.data<uint8_t>(), bytes.size(), values.data<float>());
  return values;
}

void classify(const Classifier& classifier, const Options& options, const CommonOptions& common) {
  Json predictions = Json::array();
  for (const std::string& path : options.images) {
    Array image = pixels(path, classifier);
    classifier.preprocess.apply(image.span<float>(), classifier.channels);
    const Array scores = train::class_scores(
        classifier.predict(
            image.reshape({1, classifier.size.height, classifier.size.width, classifier.channels})),
        classifier.form.from_logits());
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

void check_usage(const Options& options) {
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

void predict_raw(const Options& options, const CommonOptions& common) {
  check_writable(options.out);
  const auto model = open_raw_model(
      options.model,
      {.runtime = runtime_of(options), .all_tensors = options.tensors == "all", .seed = common.seed});
  std::vector<Array> inputs;
  for (const std::string& path : options.npy) inputs.push_back(data::read_npy(path));
  const NamedOutputs outputs = model->run(inputs);
  if (options.out.ends_with(".npz")) {
    data::write_npz(options.out, data::Archive(outputs.begin(), outputs.end()));
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
  auto options = std::make_shared<Options>();
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
      .add_option(
          "--runtime", options->runtime,
          "Of a .tflite file: litert, litert-reference or reference (litert; reference for all tensors)")
      ->check(CLI::IsMember(kRuntimes));
  define(command, common, [options, &common] {
    check_usage(*options);
    if (!options->npy.empty()) return predict_raw(*options, common);
    classify(open_classifier(*options, common.seed), *options, common);
  });
}

}  // namespace nudge::cli
