// Which arrays of a source go into a model, and which are its targets.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nudge/data/loader.h"
#include "nudge/train/model_ends.h"

namespace nudge::train {

struct Feed {
  std::vector<data::ArrayPort> inputs;  // empty: the source's pictures
  std::vector<std::string> targets;     // of each output, "": none; all empty: the items' classes
  std::vector<std::string> weights;     // of each target; empty: none
  // What was taken for granted, lines for people.
  std::vector<std::string> assumptions;

  // Whether an output has a target that says classes by the source's own numbers.
  bool classes = false;
  // The type and shape of an output's target as the source stores it; none where it has none.
  std::vector<std::optional<data::StoredArray>> stored;
};

// Inputs and outputs take the arrays of their names.  Without them a model with one input takes the source's
// pictures, or its samples x; x also stands for every input of several that has no array of its own.  The
// classes, or y, are the target of the only output, or the first; an output without a target is not trained.
// Items count as often as the array "sample_weight" says, for one output "OUTPUT_sample_weight".  `model`
// stands in messages.  Throws InputError naming an array that is missing.
Feed feed_for(const std::string& model, const std::vector<ModelEnd>& inputs,
              const std::vector<ModelEnd>& outputs, const data::Source& source);

// Of a Loader for that model.
void apply_feed(const Feed& feed, const std::vector<ModelEnd>& inputs, data::LoaderOptions& options);

}  // namespace nudge::train
