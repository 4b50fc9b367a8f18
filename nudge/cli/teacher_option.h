// --teacher, --temperature and --distillation-alpha: distillation from another model.
#pragma once

#include <optional>
#include <string>

#include "nudge/cli/model_file.h"
#include "nudge/train/objective.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace nudge::cli {

struct TeacherOption {
  std::string file;  // "": none
  std::optional<double> temperature, alpha;
  std::string sha256;  // of the file, in a run that goes on; "": any
};

void add_teacher_option(CLI::App& command, TeacherOption& option);

// Wrong usage where the numbers stand without a teacher.
void check(const TeacherOption& option);

// Gives the objective its teacher.  Throws ValueError or InputError naming the file when it is no teacher for
// the student, wants pixels scaled otherwise, or is another than when the run began.
void apply(const TeacherOption& option, const LoadedModel& student, const data::Source& source,
           train::Objective& objective);

Json to_json(const TeacherOption& option);
TeacherOption teacher_option_from(const Json& json);

}  // namespace nudge::cli
