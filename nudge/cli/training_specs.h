// What --schedule, --optimizer and --integer-validation name.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "nudge/train/integer_validation.h"
#include "nudge/train/learning_rate.h"

namespace nudge::cli {

// "constant", "cosine:end=0", "step:every=10,factor=0.1", ...: the schedules of learning_rate.h; each takes
// warmup=EPOCHS.  Wrong usage otherwise.
train::RateSchedule schedule_from(const std::string& spec);

// "adam", "adamw:weight_decay=0.01,clipnorm=1": Keras's names and options.  `before`: options of the same
// optimizer that stand where the SPEC does not give others.  Wrong usage otherwise.
std::unique_ptr<train::Optimizer> optimizer_from(const std::string& spec,
                                                 const std::map<std::string, double>& before = {});

// "every", "best", "never" or a number of epochs.  Wrong usage otherwise.
train::IntegerValidationOptions integer_validation_from(const std::string& text);

}  // namespace nudge::cli
