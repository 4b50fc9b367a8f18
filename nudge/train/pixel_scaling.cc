#include "nudge/train/pixel_scaling.h"

#include "nudge/base/error.h"
#include "nudge/train/model_pixels.h"

namespace nudge::train {
namespace {

constexpr const char* kChoices =
    "--preprocess none (0..255), rescale (0..1), tf (-1..1), caffe, torch or SCALE,OFFSET";

struct Claim {
  std::string preprocessing;  // empty: nothing is known
  std::string assumption;
};

Claim claim_of(const ScalingQuestion& question) {
  const std::string& noted = question.card.preprocessing;
  if (noted == keras::ModelCard::kScaledElsewhere) return {};
  if (!noted.empty()) {
    try {
      return {to_string(data::preprocess_from_string(noted)), ""};
    } catch (const ValueError& error) {
      throw InputError(question.model_name + ": " + error.what());
    }
  }
  if (question.model != nullptr && !pixel_scaling_layer(*question.model).empty()) return {"none", ""};
  if (!question.application.empty()) return {question.application, ""};
  if (question.model == nullptr) return {};
  const auto known = known_architecture(*question.model);
  if (!known) return {};
  return {known->preprocessing, question.model_name + ": has the layers of " + known->name +
                                    ", so pixels are prepared as Keras does for it: " + known->preprocessing +
                                    "; --preprocess says otherwise"};
}

PixelScaling asked_for(const ScalingQuestion& question) {
  const data::Preprocess preprocess = data::preprocess_from_string(question.asked);
  PixelScaling scaling{preprocess, true, to_string(preprocess), ""};
  if (question.model == nullptr || preprocess == data::Preprocess::kNone) return scaling;
  const std::string layer = pixel_scaling_layer(*question.model);
  if (layer.empty()) return scaling;
  scaling.assumption = question.model_name + ": scales pixels itself, in layer '" + layer +
                       "'; --preprocess " + scaling.kept + " scales them once more";
  return scaling;
}

std::optional<PixelScaling> scaling_of(const ScalingQuestion& question) {
  if (question.asked != "auto") return asked_for(question);
  const Claim claim = claim_of(question);
  if (question.float_data) {
    PixelScaling scaling{data::Preprocess::kNone, false, claim.preprocessing, ""};
    if (claim.preprocessing.empty()) scaling.kept = keras::ModelCard::kScaledElsewhere;
    // A name alone does not say how the person who prepared the floats has done it.
    if (question.card.preprocessing.empty() && !question.application.empty()) {
      scaling.kept = keras::ModelCard::kScaledElsewhere;
    }
    if (claim.preprocessing != "none" && question.card.preprocessing != keras::ModelCard::kScaledElsewhere) {
      scaling.assumption =
          question.data_name + ": holds floats, which are taken as they are; --preprocess says otherwise";
    }
    return scaling;
  }
  if (claim.preprocessing.empty()) return std::nullopt;
  return PixelScaling{data::preprocess_from_string(claim.preprocessing), true, claim.preprocessing,
                      claim.assumption};
}

}  // namespace

std::optional<PixelScaling> known_pixel_scaling(const ScalingQuestion& question) {
  auto scaling = scaling_of(question);
  if (scaling && !question.float_data) {
    const auto grid = question.model != nullptr ? input_grid(*question.model) : question.grid;
    scaling->preprocess = on_grid(scaling->preprocess, grid);
  }
  return scaling;
}

PixelScaling pixel_scaling(const ScalingQuestion& question) {
  if (const auto known = known_pixel_scaling(question)) return *known;
  const bool elsewhere = question.card.preprocessing == keras::ModelCard::kScaledElsewhere;
  throw ValueError(question.model_name +
                   (elsewhere ? ": was trained on floats that were prepared before; say how pixels become "
                                "such floats: "
                              : ": nothing says how pixels are scaled for it; give ") +
                   kChoices);
}

}  // namespace nudge::train
