// What the commands call MODEL: a file, or an application by name.
#pragma once

#include <string>
#include <vector>

#include "nudge/cli/architecture.h"
#include "nudge/data/loader.h"
#include "nudge/graph/model.h"
#include "nudge/keras/model_card.h"
#include "nudge/keras/optimizer_state.h"
#include "nudge/keras/save.h"
#include "nudge/train/feed.h"
#include "nudge/train/history.h"

namespace nudge::cli {

struct LoadedModel {
  ModelPtr model;
  keras::ModelCard card;
  train::History history;
  // Of an application that was built by name: how its pixels are scaled.
  std::string application_scaling;
  // Null where none has trained it.
  std::shared_ptr<const keras::OptimizerState> optimizer;
};

// Builds the application or reads the file.  Throws ValueError or InputError naming what was given.
LoadedModel open_model(const std::string& model, const ArchitectureOptions& options = {});
// Models are written as .keras archives, float ones as .h5 too; call it before the work.  Throws ValueError
// on another kind of name, OutputError when the path cannot be written.
void check_model_path(const std::string& path, bool quantized = false);
// `beside`: what the file keeps for nudge alone, beside the history.
void write_model(const LoadedModel& loaded, const std::string& path, const keras::SideData& beside = {});
// What a file holds as the commands know it; `path` is for messages.
LoadedModel loaded_from(const keras::Saved& saved, const std::string& path);

bool is_tflite(const std::string& path);

// Tells the person at the terminal what a feed takes for granted.
train::Feed told_feed(const std::string& model, const std::vector<train::ModelEnd>& inputs,
                      const std::vector<train::ModelEnd>& outputs, const data::Source& source);

// A loader that feeds a model with such inputs, preprocessed, in order; of at most `count` items, or of all
// where it is 0.  What cannot be read is left out and warned of, or with `strict` an error.  Throws
// ValueError naming the model when it takes images of other channels than the source's can be given with,
// InputError when it takes other samples than the source has.
std::unique_ptr<data::Loader> evaluation_loader(const std::string& model, const train::Feed& feed,
                                                const std::vector<train::ModelEnd>& inputs,
                                                const data::Preprocess& preprocess,
                                                std::shared_ptr<const data::Source> source, data::Split split,
                                                int64_t count = 0, bool strict = false);

// "float", "ptq" (quantized and not trained since) or "qat".
std::string origin_of(const LoadedModel& loaded);

// Of a feed of classes: throws ValueError when outputs of this shape are not one score for each class of the
// source; warns when the classes were others, or in another order, when the model was trained.
void check_classes(const std::string& model, const Shape& output, const keras::ModelCard& card,
                   const data::Source& source);

}  // namespace nudge::cli
