// Recipes: files that say a whole pipeline, from data to report, in the words of the commands it runs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nudge/base/json.h"

namespace nudge::cli {

// A command that the recipe asks for, its options by their own names, with what the recipe leaves open filled
// in: what an earlier section has made, the data, and where outputs go.
struct RecipeStep {
  std::string section;
  std::string command;
  Json options;
};

struct Recipe {
  std::string path;
  std::string folder;             // where outputs go
  Json common;                    // "seed" and "threads", where given
  std::vector<RecipeStep> steps;  // in the order in which they run
};

// The sections in their order, with the command that each runs.
struct RecipeSection {
  const char* name;
  const char* command;
  const char* purpose;
};
const std::vector<RecipeSection>& recipe_sections();

// `folder` takes the place of the recipe's own where it is not empty.  Throws InputError naming the file and
// the key: "flowers.json: trian: unknown; did you mean 'train'?".
Recipe read_recipe(const std::string& path, const std::string& folder = "");

}  // namespace nudge::cli
