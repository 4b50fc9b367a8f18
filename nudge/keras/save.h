// Models as files: `.keras` archives and, where a name ends so, whole models in `.h5`; both are read, and
// what else Keras has written.
#pragma once

#include <memory>
#include <string>

#include "nudge/base/json.h"
#include "nudge/graph/model.h"
#include "nudge/keras/load_options.h"
#include "nudge/keras/model_card.h"
#include "nudge/keras/named_arrays.h"
#include "nudge/keras/optimizer_state.h"

namespace nudge::keras {

// What nudge keeps beside a model and its card, and Keras ignores: history and the epoch at which QAT began
// (members of the JSON object), optimizer state and other arrays by name.
struct SideData {
  std::shared_ptr<const Json> json;  // an object; null when there is none
  NamedArrays arrays;
};

struct SaveOptions {
  ModelCard card;
  SideData side;
  // Null for a model that no optimizer trains.
  std::shared_ptr<const OptimizerState> optimizer;
};

// Writes architecture and weights so that Keras 3 loads them: a `.keras` archive, or a whole model in `.h5`
// where the path ends so, which holds no optimizer's state, no arrays beside the model and no quantizers;
// custom layers need their class registered there.  Of a quantized model Keras opens the float layers;
// load_saved() puts the quantizers back as they were. The file is either what it was or whole, also after a
// kill.  Throws ValueError when a weight has no value or `.h5` cannot hold what is given, OutputError when
// the path cannot be written.
void save_model(const Model& model, const std::string& path, const SaveOptions& options = {});

struct Saved {
  ModelPtr model;
  SideData side;
  ModelCard card;
  // Null where the model was never compiled.
  std::shared_ptr<const OptimizerState> optimizer;
};

// Reads what save_model(), Keras 3 or Keras 2 wrote: a `.keras` archive or a whole model in `.h5`.  Layer
// classes other than Keras's own must be registered before (nudge/graph/registry.h).  Throws InputError for a
// damaged file or one that is no model, UnsupportedError for a layer or a kind of file that is not read; both
// name the file.
Saved load_saved(const std::string& path, const LoadOptions& options = {});
ModelPtr load_model(const std::string& path, const LoadOptions& options = {});

// For a summary of any such file: layers that are not read have stand-ins (Layer::not_read() says why),
// weights have no values.  A quantized model of nudge's is its float layers here.
Saved load_outline(const std::string& path, const LoadOptions& options = {});

}  // namespace nudge::keras
