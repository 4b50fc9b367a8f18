// What --callbacks names.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nudge/train/callback.h"

namespace nudge::cli {

// Writes the model so far, with its card and history.
using SaveModel = std::function<void(const std::string& path, const train::TrainingState& state)>;

// "early_stopping:patience=3", "csv_logger:filename=log.csv", ...: Keras's callbacks and options.  Wrong
// usage otherwise.
std::shared_ptr<train::Callback> callback_from(const std::string& spec, const SaveModel& save);

// What --log-dir adds.
std::vector<std::string> callbacks_of_log_dir(const std::string& folder, bool quantized);

// `scheduled`: --schedule is given.  Wrong usage for what can be told before training.
void check_callbacks(const std::vector<std::string>& specs, bool scheduled);

}  // namespace nudge::cli
