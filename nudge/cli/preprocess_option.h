// The --preprocess flag: how pixels 0..255 become what the model takes.
#pragma once

#include <optional>
#include <string>

#include "nudge/cli/model_file.h"
#include "nudge/tflite/model.h"
#include "nudge/train/pixel_scaling.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace nudge::cli {

void add_preprocess_option(CLI::App& command, std::string& asked);

// Decides as nudge/train/pixel_scaling.h says, tells the person at the terminal what it takes for granted,
// and keeps the answer in the card.  `source` is null where there are pictures only.
train::PixelScaling decide_preprocess(const std::string& asked, const std::string& name, LoadedModel& loaded,
                                      const data::Source* source);
// The same for a .tflite file.
data::Preprocess decide_preprocess(const std::string& asked, const std::string& name,
                                   const tflite::TfLiteModel& file, const data::Source* source);

// Keeps in the card what is known without any data to look at, or leaves the card as it is.
std::optional<train::PixelScaling> note_preprocess(const std::string& asked, const std::string& name,
                                                   LoadedModel& loaded);

}  // namespace nudge::cli
