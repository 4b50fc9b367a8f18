#include "nudge/cli/preprocess_option.h"

#include <CLI/CLI.hpp>

#include "nudge/base/error.h"
#include "nudge/base/log.h"
#include "nudge/convert/file_card.h"

namespace nudge::cli {
namespace {

std::string wrong_word(const std::string& text) {
  if (text == "auto") return "";
  try {
    data::preprocess_from_string(text);
    return "";
  } catch (const ValueError& error) {
    return error.what();
  }
}

train::ScalingQuestion question(const std::string& asked, const std::string& name,
                                const keras::ModelCard& card, const data::Source* source) {
  train::ScalingQuestion question;
  question.model_name = name;
  question.asked = asked;
  question.card = card;
  if (source != nullptr) {
    question.data_name = source->spec();
    question.float_data = source->pixel_type() == DataType::kFloat32;
  }
  return question;
}

train::ScalingQuestion question(const std::string& asked, const std::string& name, const LoadedModel& loaded,
                                const data::Source* source) {
  train::ScalingQuestion result = question(asked, name, loaded.card, source);
  result.model = loaded.model.get();
  result.application = loaded.application_scaling;
  return result;
}

void tell(const train::PixelScaling& scaling) {
  if (!scaling.assumption.empty()) log_warning(scaling.assumption);
}

}  // namespace

void add_preprocess_option(CLI::App& command, std::string& asked) {
  command
      .add_option("--preprocess", asked,
                  "Of pixels 0..255: none, rescale (0..1), tf (-1..1), caffe, torch or SCALE,OFFSET (auto: "
                  "what is known of the model)")
      ->check(CLI::Validator(wrong_word, ""));
}

train::PixelScaling decide_preprocess(const std::string& asked, const std::string& name, LoadedModel& loaded,
                                      const data::Source* source) {
  const train::PixelScaling scaling = train::pixel_scaling(question(asked, name, loaded, source));
  tell(scaling);
  loaded.card.preprocessing = scaling.kept;
  return scaling;
}

data::Preprocess decide_preprocess(const std::string& asked, const std::string& name,
                                   const tflite::TfLiteModel& file, const data::Source* source) {
  train::ScalingQuestion asking = question(asked, name, convert::model_card(file), source);
  asking.grid = train::input_grid(file);
  const train::PixelScaling scaling = train::pixel_scaling(asking);
  tell(scaling);
  return scaling.preprocess;
}

std::optional<train::PixelScaling> note_preprocess(const std::string& asked, const std::string& name,
                                                   LoadedModel& loaded) {
  auto scaling = train::known_pixel_scaling(question(asked, name, loaded, nullptr));
  if (!scaling) return scaling;
  tell(*scaling);
  loaded.card.preprocessing = scaling->kept;
  return scaling;
}

}  // namespace nudge::cli
