#include "nudge/cli/model_file.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "nudge/applications/applications.h"
#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/log.h"
#include "nudge/cli/weights_option.h"
#include "nudge/graph/registry.h"
#include "nudge/keras/file_kind.h"
#include "nudge/keras/save.h"
#include "nudge/quantize/quantize.h"

namespace nudge::cli {
namespace {

constexpr const char* kNotesMetadata = "nudge_notes";

Json to_json(const ModelNotes& notes, bool with_history) {
  Json json{{"preprocessing", notes.preprocessing}, {"classes", notes.classes}};
  if (!notes.origin.empty()) json["origin"] = notes.origin;
  if (with_history) json["training"] = notes.history.to_json();
  return json;
}

ModelNotes notes_from(const Json& json, const std::string& where) {
  ModelNotes notes;
  try {
    notes.preprocessing = json.value("preprocessing", notes.preprocessing);
    notes.origin = json.value("origin", notes.origin);
    notes.classes = json.value("classes", notes.classes);
    if (json.contains("training")) notes.history = train::History::from_json(json["training"], where);
  } catch (const nlohmann::json::exception&) {
    throw InputError(where + ": what nudge noted beside the model is not readable");
  }
  return notes;
}

}  // namespace

LoadedModel open_model(const std::string& model, const ArchitectureOptions& options) {
  const bool file = std::filesystem::exists(model);
  if (!file && applications::is_application(model)) {
    LoadedModel loaded{build_architecture(model, options), {}};
    loaded.notes.preprocessing = applications::application(model).preprocessing;
    if (options.weights) apply_weights(*loaded.model, *options.weights);
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
  if (options.weights) apply_weights(*saved.model, *options.weights);
  return {saved.model, saved.side.json == nullptr ? ModelNotes{} : notes_from(*saved.side.json, model)};
}

void check_model_path(const std::string& path) {
  if (!path.ends_with(".keras")) throw ValueError(path + ": models are written as .keras; end the name so");
  check_writable(path);
}

void write_model(const LoadedModel& loaded, const std::string& path) {
  keras::SaveOptions options;
  options.side.json = std::make_shared<const Json>(to_json(loaded.notes, true));
  keras::save_model(*loaded.model, path, options);
}

bool is_tflite(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) return path.ends_with(".tflite");
  return keras::file_kind(path) == keras::FileKind::kTflite;
}

std::unique_ptr<data::Loader> evaluation_loader(const std::string& model, const Shape& input,
                                                const ModelNotes& notes,
                                                std::shared_ptr<const data::Source> source,
                                                data::Split split) {
  if (input.size() != 4 || input[3] != source->channels()) {
    throw ValueError(model + ": takes " + to_string(input) + ", but the images of " + source->spec() +
                     " have " + std::to_string(source->channels()) + " channels");
  }
  data::LoaderOptions options;
  options.split = split;
  options.size = {input[1], input[2]};
  options.shuffle = false;
  options.preprocess = data::preprocess_from_string(notes.preprocessing);
  return std::make_unique<data::Loader>(std::move(source), options);
}

std::string origin_of(const Model& model, const ModelNotes& notes) {
  if (!quantize::is_quantized(model)) return "float";
  return notes.history.qat_start_epoch ? "qat" : "ptq";
}

ModelNotes notes_of(const tflite::TfLiteModel& file) {
  for (const tflite::Metadata& metadata : file.metadata) {
    if (metadata.name != kNotesMetadata) continue;
    const std::string text(reinterpret_cast<const char*>(metadata.data.data()), metadata.data.size());
    return notes_from(
        parse_json(text.substr(0, text.find_last_not_of('\0') + 1), "metadata of the .tflite file"),
        "metadata of the .tflite file");
  }
  return {};
}

void add_notes(tflite::TfLiteModel& file, const ModelNotes& notes) {
  const std::string text = dump_json(to_json(notes, false));
  const auto bytes = std::as_bytes(std::span(text));
  file.metadata.push_back({kNotesMetadata, {bytes.begin(), bytes.end()}});
}

void check_classes(const std::string& model, const Shape& output, const ModelNotes& notes,
                   const data::Source& source) {
  const std::string count = std::to_string(source.class_count());
  if (output.size() != 2 || output[1] != source.class_count()) {
    throw ValueError(model + ": gives " + to_string(output) + ", but " + source.spec() + " has " + count +
                     " classes; a model for it has --classes " + count);
  }
  if (!notes.classes.empty() && notes.classes != source.class_names()) {
    log_warning(model + ": was trained on other classes than those of " + source.spec());
  }
}

}  // namespace nudge::cli
