#include "nudge/cli/recipe.h"

#include <fmt/format.h>

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/base/excerpt.h"
#include "nudge/base/file.h"
#include "nudge/base/json_member.h"
#include "nudge/graph/registry.h"

namespace nudge::cli {
namespace {

constexpr const char* kData = "data";
constexpr const char* kFolder = "folder";

// Fills in what sections leave open, from what those before them make.
class Pipeline {
 public:
  Pipeline(const std::string& data, const std::string& folder) : data_(data), folder_(folder) {}

  Json filled(const std::string& section, Json options) {
    options_ = &options;
    if (section == "train") {
      fill(kData, data_);
      model_ = made("float.keras");
      compared_.push_back(model_);
    } else if (section == "ptq") {
      fill("model", model_);
      fill("representative", data_);
      tflite_ = made("ptq.tflite");
      compared_.push_back(tflite_);
    } else if (section == "quantize") {
      fill("model", model_);
      model_ = made("quantized.keras");
    } else if (section == "qat") {
      fill("model", model_);
      fill(kData, data_);
      model_ = made("qat.keras");
      compared_.push_back(model_);
    } else if (section == "convert") {
      fill("model", model_);
      tflite_ = made("model.tflite");
      compared_.push_back(tflite_);
    } else {
      fill(kData, data_);
      if (section == "evaluate") fill("model", tflite_.empty() ? model_ : tflite_);
      if (section == "compare") {
        if (!compared_.empty()) fill("models", compared_);
        fill("report", folder_ + "/report.html");
      }
    }
    return options;
  }

 private:
  // Nothing where there is nothing to fill in: then the command says what it lacks.
  template <typename Value>
  void fill(const char* key, const Value& value) {
    if (!value.empty() && !options_->contains(key)) (*options_)[key] = value;
  }

  // The path of a section's output, its own where it says one.
  std::string made(const std::string& name) {
    fill("output", folder_ + "/" + name);
    const Json& output = options_->at("output");
    return output.is_string() ? output.get<std::string>() : dump_json(output);
  }

  const std::string data_, folder_;
  Json* options_ = nullptr;
  std::string model_, tflite_;
  std::vector<std::string> compared_;
};

void check_sections(const Json& json, const std::string& path) {
  std::vector<std::string> known{kData, kFolder, "seed", "threads"};
  for (const RecipeSection& section : recipe_sections()) known.emplace_back(section.name);
  for (const auto& [key, value] : json.items()) {
    if (std::ranges::find(known, key) != known.end() || key == "$schema") continue;
    const std::string near = nearest_name(key, known);
    throw InputError(fmt::format(
        "{}: {}: unknown; {}", path, excerpt(key),
        near.empty() ? fmt::format("there are {}", fmt::join(known, ", ")) : "did you mean '" + near + "'?"));
  }
}

std::string text_at(const Json& json, const char* key, const std::string& path) {
  const auto found = json.find(key);
  if (found == json.end()) return "";
  if (found->is_string() && !found->get<std::string>().empty()) return found->get<std::string>();
  throw InputError(fmt::format("{}: {}: expected a text, got {}", path, key, excerpt(*found)));
}

}  // namespace

const std::vector<RecipeSection>& recipe_sections() {
  static const std::vector<RecipeSection> sections{
      {"train", "train", "Float training; makes FOLDER/float.keras"},
      {"ptq", "convert", "Post-training quantization of the float model; makes FOLDER/ptq.tflite"},
      {"quantize", "quantize", "Puts quantizers into the model; makes FOLDER/quantized.keras"},
      {"qat", "train", "Quantization-aware training; makes FOLDER/qat.keras"},
      {"convert", "convert", "The model so far as a .tflite file; makes FOLDER/model.tflite"},
      {"evaluate", "evaluate", "Accuracy, loss and confusion of the .tflite file, or else the model"},
      {"compare", "compare", "All that was made side by side; makes FOLDER/report.html"}};
  return sections;
}

Recipe read_recipe(const std::string& path, const std::string& folder) {
  const Json json = parse_json(read_text_file(path), path);
  if (!json.is_object())
    throw InputError(path + ": a recipe is a JSON object with sections such as \"train\"");
  check_sections(json, path);
  const std::string own = text_at(json, kFolder, path);
  Recipe recipe{path, !folder.empty() ? folder : own.empty() ? "run" : own, Json::object(), {}};
  for (const char* key : {"seed", "threads"}) {
    if (json.contains(key)) recipe.common[key] = json.at(key);
  }
  Pipeline pipeline(text_at(json, kData, path), recipe.folder);
  for (const RecipeSection& section : recipe_sections()) {
    const auto found = json.find(section.name);
    if (found == json.end()) continue;
    if (!found->is_object()) {
      throw InputError(fmt::format("{}: {}: expected an object with options of nudge {}, got {}", path,
                                   section.name, section.command, excerpt(*found)));
    }
    recipe.steps.push_back({section.name, section.command, pipeline.filled(section.name, *found)});
  }
  if (recipe.steps.empty())
    throw InputError(path + ": holds no section such as \"train\", so nothing is done");
  return recipe;
}

}  // namespace nudge::cli
