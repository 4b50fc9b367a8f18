#include "nudge/cli/teacher_option.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/cli/number_check.h"
#include "nudge/cli/preprocess_option.h"
#include "nudge/download/hash.h"
#include "nudge/keras/save.h"

namespace nudge::cli {

void add_teacher_option(CLI::App& command, TeacherOption& option) {
  command.add_option("--teacher", option.file,
                     "Train towards the outputs of this model too, such as the float one: a .keras file");
  command
      .add_option("--temperature", option.temperature,
                  "Of distillation: divides the logits of model and teacher (3)")
      ->check(positive_number());
  command
      .add_option("--distillation-alpha", option.alpha,
                  "Of distillation: what the labels' loss counts, the teacher's counting the rest (0.1)")
      ->check(number_within(0, 1));
}

void check(const TeacherOption& option) {
  if (!option.file.empty()) return;
  if (option.temperature) throw CLI::ValidationError("--temperature", "goes with --teacher");
  if (option.alpha) throw CLI::ValidationError("--distillation-alpha", "goes with --teacher");
}

void apply(const TeacherOption& option, const LoadedModel& student, const data::Source& source,
           train::Objective& objective) {
  if (option.file.empty()) return;
  const std::string who = "--teacher " + option.file + ": ";
  if (!option.sha256.empty() && download::sha256_of_file(option.file) != option.sha256) {
    throw InputError(who + "is another file than when the run began");
  }
  LoadedModel teacher = loaded_from(keras::load_saved(option.file), option.file);
  decide_preprocess("auto", option.file, teacher, &source);
  const std::string &of_teacher = teacher.card.preprocessing, &of_student = student.card.preprocessing;
  const auto known = [](const std::string& word) {
    return !word.empty() && word != keras::ModelCard::kScaledElsewhere;
  };
  if (known(of_teacher) && known(of_student) && of_teacher != of_student) {
    throw ValueError(
        fmt::format("{}takes pixels scaled by {}, the model by {}", who, of_teacher, of_student));
  }
  const train::DistillationOptions standard;
  try {
    objective.distil_from(teacher.model, *student.model,
                          {.temperature = option.temperature.value_or(standard.temperature),
                           .alpha = option.alpha.value_or(standard.alpha)});
  } catch (const ValueError& error) {
    throw ValueError(who + error.what());
  }
}

Json to_json(const TeacherOption& option) {
  if (option.file.empty()) return nullptr;
  const auto number = [](const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); };
  return {{"file", option.file},
          {"sha256", download::sha256_of_file(option.file)},
          {"temperature", number(option.temperature)},
          {"alpha", number(option.alpha)}};
}

TeacherOption teacher_option_from(const Json& json) {
  if (json.is_null()) return {};
  TeacherOption option{.file = json.at("file").get<std::string>(),
                       .temperature = {},
                       .alpha = {},
                       .sha256 = json.at("sha256").get<std::string>()};
  if (!json.at("temperature").is_null()) option.temperature = json["temperature"].get<double>();
  if (!json.at("alpha").is_null()) option.alpha = json["alpha"].get<double>();
  return option;
}

}  // namespace nudge::cli
