#include "nudge/cli/model_file.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "nudge/applications/applications.h"
#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/log.h"
#include "nudge/cli/weights_option.h"
#include "nudge/data/channels.h"
#include "nudge/graph/registry.h"
#include "nudge/keras/file_kind.h"
#include "nudge/keras/save.h"
#include "nudge/quantize/quantize.h"
#include "nudge/train/class_scores.h"

namespace nudge::cli {
namespace {

constexpr const char* kHistory = "training";

// What makes a model one for so many classes.
std::string advice(const std::string& model, const std::string& count) {
  if (!std::filesystem::exists(model)) return "; a model for it has --classes " + count;
  if (is_tflite(model)) return "; convert a model that was trained on them";
  return "; nudge train --head dense gives it a head for them";
}

}  // namespace

LoadedModel open_model(const std::string& model, const ArchitectureOptions& options) {
  const bool file = std::filesystem::exists(model);
  if (!file && applications::is_application(model)) {
    LoadedModel loaded{build_architecture(model, options), {}, {}, {}, nullptr};
    const applications::Application& application = applications::application(model);
    loaded.application_scaling = options.include_preprocessing.value_or(true)
                                     ? application.preprocessing
                                     : application.bare_preprocessing;
    if (options.weights == kImagenet) {
      apply_imagenet_weights(*loaded.model,
                             applications::imagenet_weights(model, application_options(options)));
    } else if (options.weights) {
      apply_weights(*loaded.model, *options.weights);
    }
    return loaded;
  }
  if (!file) {
    std::vector<std::string> names;
    for (const auto& known : applications::applications()) names.push_back(known.name);
    const std::string near = nearest_name(model, names);
    throw InputError(model + ": neither a file nor an application" +
                     (near.empty() ? "" : "; did you mean '" + near + "'?"));
  }
  if (is_tflite(model)) throw InputError(model + ": is a .tflite file; a .keras model is needed here");
  const keras::Saved saved = keras::load_saved(model, {.image_size = options.image_size.value_or(0)});
  check_architecture(*saved.model, model, options);
  if (options.weights == kImagenet) {
    throw ValueError("--weights imagenet is for applications by name; " + model +
                     " has weights of its own, which --weights FILE would replace");
  }
  if (options.weights) apply_weights(*saved.model, *options.weights);
  return loaded_from(saved, model);
}

LoadedModel loaded_from(const keras::Saved& saved, const std::string& path) {
  LoadedModel loaded{saved.model, saved.card, {}, {}, saved.optimizer};
  if (saved.side.json != nullptr && saved.side.json->contains(kHistory)) {
    loaded.history = train::History::from_json(saved.side.json->at(kHistory), path);
  }
  return loaded;
}

void check_model_path(const std::string& path, bool quantized) {
  if (!path.ends_with(".keras") && !path.ends_with(".h5")) {
    throw ValueError(path + ": models are written as .keras or .h5; end the name so");
  }
  if (quantized && path.ends_with(".h5")) {
    throw ValueError(path + ": .h5 holds float models only; end the name in .keras");
  }
  check_writable(path);
}

void write_model(const LoadedModel& loaded, const std::string& path, const keras::SideData& beside) {
  keras::SaveOptions options{.card = loaded.card, .side = beside, .optimizer = loaded.optimizer};
  const Shape& image = loaded.model->inputs().front().shape();
  if (image.size() == 4 && image[1] > 0 && image[2] > 0) {
    options.card.image_height = image[1];
    options.card.image_width = image[2];
  }
  Json side{{kHistory, loaded.history.to_json()}};
  if (beside.json != nullptr) side.update(*beside.json);
  options.side.json = std::make_shared<const Json>(std::move(side));
  keras::save_model(*loaded.model, path, options);
}

bool is_tflite(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) return path.ends_with(".tflite");
  return keras::file_kind(path) == keras::FileKind::kTflite;
}

train::Feed told_feed(const std::string& model, const std::vector<train::ModelEnd>& inputs,
                      const std::vector<train::ModelEnd>& outputs, const data::Source& source) {
  train::Feed feed = train::feed_for(model, inputs, outputs, source);
  for (const std::string& assumption : feed.assumptions) log_warning(assumption);
  return feed;
}

std::unique_ptr<data::Loader> evaluation_loader(const std::string& model, const train::Feed& feed,
                                                const std::vector<train::ModelEnd>& inputs,
                                                const data::Preprocess& preprocess,
                                                std::shared_ptr<const data::Source> source, data::Split split,
                                                int64_t count, bool strict) {
  if (feed.inputs.empty()) {
    const Shape& input = inputs.front().shape;
    data::check_channels(source->channels(), input[3],
                         model + ": takes " + to_string(input) + ", but the images of " + source->spec());
  }
  data::LoaderOptions options;
  train::apply_feed(feed, inputs, options);
  options.count = count;
  options.skip_damaged = !strict;
  options.split = split;
  options.shuffle = false;
  options.preprocess = preprocess;
  return std::make_unique<data::Loader>(std::move(source), options);
}

std::string origin_of(const LoadedModel& loaded) {
  if (!quantize::is_quantized(*loaded.model)) return "float";
  return loaded.history.qat_start_epoch ? "qat" : "ptq";
}

void check_classes(const std::string& model, const Shape& output, const keras::ModelCard& card,
                   const data::Source& source) {
  const std::string count = std::to_string(source.class_count());
  if (output.size() != 2 || train::class_count(output[1]) != source.class_count()) {
    throw ValueError(model + ": gives " + to_string(output) + ", but " + source.spec() + " has " + count +
                     " classes" + advice(model, count));
  }
  if (!card.classes.empty() && card.classes != source.class_names()) {
    log_warning(model + ": was trained on other classes than those of " + source.spec());
  }
}

}  // namespace nudge::cli
