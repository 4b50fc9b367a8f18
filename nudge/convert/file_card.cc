#include "nudge/convert/file_card.h"

#include <nlohmann/json.hpp>
#include <span>

namespace nudge::convert {
namespace {

constexpr const char* kName = "nudge_notes";  // as files of older versions have it

}  // namespace

void set_model_card(tflite::TfLiteModel& file, const keras::ModelCard& card) {
  std::erase_if(file.metadata, [](const tflite::Metadata& entry) { return entry.name == kName; });
  const std::string text = dump_json(keras::to_json(card));
  const auto bytes = std::as_bytes(std::span(text));
  file.metadata.push_back({kName, {bytes.begin(), bytes.end()}});
}

keras::ModelCard model_card(const tflite::TfLiteModel& file) {
  for (const tflite::Metadata& entry : file.metadata) {
    if (entry.name != kName) continue;
    const std::string where = "metadata of the .tflite file";
    const std::string text(reinterpret_cast<const char*>(entry.data.data()), entry.data.size());
    // Buffers may be padded.
    return keras::model_card_from_json(parse_json(text.substr(0, text.find_last_not_of('\0') + 1), where),
                                       where);
  }
  return {};
}

}  // namespace nudge::convert
