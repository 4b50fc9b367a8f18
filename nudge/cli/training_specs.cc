#include "nudge/cli/training_specs.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>

#include "nudge/base/error.h"
#include "nudge/cli/spec.h"

namespace nudge::cli {
namespace {

constexpr std::array kMonitors{"loss",         "accuracy",           "val_loss",
                               "val_accuracy", "val_simulated_loss", "val_simulated_accuracy"};

}  // namespace

train::RateSchedule schedule_from(const std::string& text) {
  Spec spec("--schedule", text);
  try {
    train::RateSchedule schedule;
    if (spec.name() == "constant") {
      schedule = train::constant_rate();
    } else if (spec.name() == "cosine") {
      schedule = train::cosine_rate({.end = spec.number("end", 0.0)});
    } else if (spec.name() == "step") {
      schedule = train::step_rate({.every = spec.number("every", 10), .factor = spec.number("factor", 0.1)});
    } else {
      spec.wrong("unknown schedule; known: constant, cosine, step");
    }
    const double warmup = spec.number("warmup", 0.0);
    spec.finish();
    return train::with_warmup(std::move(schedule), warmup);
  } catch (const ValueError& error) {
    spec.wrong(error.what());
  }
}

train::IntegerValidationOptions integer_validation_from(const std::string& text) {
  if (text == "every") return {};
  if (text == "never") return {.every = 0};
  if (text == "best") return {.best = true};
  int every = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), every);
  if (error != std::errc() || end != text.data() + text.size() || every < 1) {
    throw CLI::ValidationError("--integer-validation",
                               "'" + text + "': give every, best, never or a number of epochs");
  }
  return {.every = every};
}

std::shared_ptr<train::Callback> callback_from(const std::string& text) {
  Spec spec("--callbacks", text);
  if (spec.name() != "early_stopping") spec.wrong("unknown callback; known: early_stopping");
  train::EarlyStoppingOptions options;
  options.monitor = spec.text("monitor", options.monitor);
  options.patience = spec.integer("patience", options.patience);
  options.min_delta = spec.number("min_delta", options.min_delta);
  options.ranges_settled = spec.boolean("ranges_settled", options.ranges_settled);
  spec.finish();
  if (std::find(kMonitors.begin(), kMonitors.end(), options.monitor) == kMonitors.end()) {
    spec.wrong(
        "monitor is loss, accuracy, val_loss, val_accuracy, val_simulated_loss or val_simulated_accuracy");
  }
  return std::make_shared<train::EarlyStopping>(options);
}

}  // namespace nudge::cli
