// Keras's LambdaCallback: a callback of functions.
#pragma once

#include <functional>
#include <utility>

#include "nudge/train/callback.h"

namespace nudge::train {

// Those that are empty do nothing.
struct CallbackFunctions {
  std::function<void(TrainingState&)> on_train_begin;
  std::function<void(TrainingState&)> on_epoch_begin;
  std::function<void(TrainingState&)> on_batch_begin;
  std::function<void(TrainingState&, const Logs&)> on_batch_end;
  std::function<void(TrainingState&, const Logs&)> on_epoch_end;
  std::function<void(TrainingState&, const Logs&)> on_train_end;
};

class LambdaCallback : public Callback {
 public:
  explicit LambdaCallback(CallbackFunctions functions) : functions_(std::move(functions)) {}

  void on_train_begin(TrainingState& state) override { call(functions_.on_train_begin, state); }
  void on_epoch_begin(TrainingState& state) override { call(functions_.on_epoch_begin, state); }
  void on_batch_begin(TrainingState& state) override { call(functions_.on_batch_begin, state); }
  void on_batch_end(TrainingState& state, const Logs& logs) override {
    call(functions_.on_batch_end, state, logs);
  }
  void on_epoch_end(TrainingState& state, const Logs& logs) override {
    call(functions_.on_epoch_end, state, logs);
  }
  void on_train_end(TrainingState& state, const Logs& logs) override {
    call(functions_.on_train_end, state, logs);
  }

 private:
  template <typename Function, typename... Given>
  static void call(const Function& function, Given&... given) {
    if (function) function(given...);
  }

  CallbackFunctions functions_;
};

}  // namespace nudge::train
