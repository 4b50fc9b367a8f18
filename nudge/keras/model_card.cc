#include "nudge/keras/model_card.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge::keras {
namespace {

Json to_json(const TrainingRecord& record) {
  return {{"epochs", record.epochs},
          {"qat_epochs", record.qat_epochs},
          {"loss", record.loss},
          {"optimizer", record.optimizer}};
}

TrainingRecord record_from(const Json& json) {
  TrainingRecord record;
  record.epochs = json.value("epochs", record.epochs);
  record.qat_epochs = json.value("qat_epochs", record.qat_epochs);
  record.loss = json.value("loss", record.loss);
  record.optimizer = json.value("optimizer", record.optimizer);
  return record;
}

std::string pixels_text(const std::string& preprocessing) {
  if (preprocessing == ModelCard::kScaledElsewhere) return "scaled before they came to nudge";
  if (preprocessing == "none") return "none (0..255 as they are)";
  if (preprocessing == "tf") return "tf (x / 127.5 - 1)";
  if (preprocessing == "rescale") return "rescale (x / 255)";
  return preprocessing;
}

}  // namespace

Json to_json(const ModelCard& card) {
  Json json = Json::object();
  if (!card.preprocessing.empty()) json["preprocessing"] = card.preprocessing;
  if (!card.classes.empty()) json["classes"] = card.classes;
  if (card.image_height > 0) json["image_size"] = {card.image_height, card.image_width};
  if (!card.origin.empty()) json["origin"] = card.origin;
  if (card.trained.epochs > 0) json["trained"] = to_json(card.trained);
  return json;
}

ModelCard model_card_from_json(const Json& json, const std::string& where) {
  ModelCard card;
  try {
    card.preprocessing = json.value("preprocessing", card.preprocessing);
    card.classes = json.value("classes", card.classes);
    card.origin = json.value("origin", card.origin);
    if (json.contains("trained")) card.trained = record_from(json["trained"]);
    if (json.contains("image_size")) {
      card.image_height = json["image_size"].at(0).get<int64_t>();
      card.image_width = json["image_size"].at(1).get<int64_t>();
    }
  } catch (const nlohmann::json::exception&) {
    throw InputError(where + ": what nudge noted beside the model is not readable");
  }
  return card;
}

std::string to_text(const ModelCard& card) {
  std::string text;
  if (!card.preprocessing.empty()) text += "pixels: " + pixels_text(card.preprocessing) + "\n";
  if (!card.classes.empty()) text += fmt::format("classes: {}\n", fmt::join(card.classes, ", "));
  if (card.image_height > 0) text += fmt::format("images: {} x {}\n", card.image_height, card.image_width);
  if (!card.origin.empty()) text += "origin: " + card.origin + "\n";
  if (card.trained.epochs > 0) {
    text += fmt::format("trained: {} epochs, {} of them QAT; {}, {}\n", card.trained.epochs,
                        card.trained.qat_epochs, card.trained.loss, card.trained.optimizer);
  }
  return text;
}

}  // namespace nudge::keras
