// Models that nudge writes with what it predicts, for Keras to read: keras_predictions_test.py compares.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nudge/applications/applications.h"
#include "nudge/base/file.h"
#include "nudge/base/random.h"
#include "nudge/keras/named_arrays.h"
#include "nudge/keras/save.h"
#include "nudge/plan/plan.h"

namespace nudge::cli {

inline void write_values(const std::vector<Array>& inputs, const std::vector<Array>& outputs,
                         const std::string& path) {
  keras::NamedArrays arrays;
  for (size_t i = 0; i < inputs.size(); ++i) arrays["inputs/" + std::to_string(i)] = inputs[i];
  for (size_t i = 0; i < outputs.size(); ++i) arrays["outputs/" + std::to_string(i)] = outputs[i];
  const keras::H5File file = keras::H5File::create(path);
  keras::write_arrays(file.root(), arrays);
  write_file(path, file.image());
}

inline std::vector<Array> predict(const ModelPtr& model, const std::vector<Array>& inputs) {
  return plan::compile(model)->forward(inputs, plan::Mode::kInference);
}

// Values of which each matters: moving averages that are not 0 and 1 as at the start.
inline void draw_averages(Model& model, uint64_t seed) {
  Random random(seed);
  for (Weight* weight : model.weights()) {
    if (weight->trainable) continue;
    for (float& value : weight->value.span<float>()) value = static_cast<float>(random.uniform(0.5, 1.5));
  }
}

// An application with random weights, saved as FOLDER/written/application_NAME.keras and .h5, and what it
// predicts of random values.
inline void write_application(const std::filesystem::path& folder, const std::string& application,
                              const applications::ApplicationOptions& options) {
  const std::string name = "application_" + application;
  const ModelPtr model = applications::build_application(application, options);
  model->initialize(1);
  draw_averages(*model, 2);
  Random random(3);
  Array values(with_batch(model->inputs().front().shape(), 2));
  for (float& value : values.span<float>()) value = static_cast<float>(random.uniform(-1, 1));
  write_values({values}, predict(model, {values}), folder / (name + ".values.h5"));
  for (const char* kind : {".keras", ".h5"}) keras::save_model(*model, folder / "written" / (name + kind));
}

}  // namespace nudge::cli
