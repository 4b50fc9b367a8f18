#include "nudge/train/distillation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nudge/base/error.h"
#include "nudge/train/output_form.h"

namespace nudge::train {
namespace {

// Softened probabilities of logits, and their logarithms.
struct Softened {
  Softened(std::span<const double> values, bool logits, double temperature)
      : logarithms(values.begin(), values.end()) {
    for (double& value : logarithms)
      value = (logits ? value : std::log(std::max(value, kEpsilon))) / temperature;
    const double top = *std::max_element(logarithms.begin(), logarithms.end());
    double total = 0;
    for (const double value : logarithms) total += std::exp(value - top);
    for (double& value : logarithms) {
      value -= top + std::log(total);
      shares.push_back(std::exp(value));
    }
  }
  std::vector<double> logarithms, shares;
};

void check_same_inputs(const Model& teacher, const Model& student) {
  const auto shapes = [](const Model& model) {
    std::string text;
    for (const Tensor& input : model.inputs()) text += (text.empty() ? "" : ", ") + to_string(input.shape());
    return text;
  };
  if (shapes(teacher) == shapes(student)) return;
  throw ValueError(fmt::format("teacher '{}' takes {}, model '{}' takes {}", teacher.name(), shapes(teacher),
                               student.name(), shapes(student)));
}

// Throws unless it ends in scores for classes, of which one is right.
void check_classes(const char* who, const Model& model, const OutputForm& form) {
  if (form.outputs >= 2 && (form.from_logits() || form.activation == "softmax")) return;
  throw ValueError(fmt::format(
      "{} '{}': output '{}' ends in {} of {}; distillation is for a softmax or logits of two classes or more",
      who, model.name(), form.name, form.activation, form.outputs));
}

}  // namespace

DistillationLoss::DistillationLoss(double temperature, bool teacher_logits, bool student_logits)
    : temperature_(temperature), teacher_logits_(teacher_logits), student_logits_(student_logits) {
  if (temperature > 0 && std::isfinite(temperature)) return;
  throw ValueError(fmt::format("the temperature is {}, it must be above 0", temperature));
}

double DistillationLoss::row(std::span<const double> teacher, std::span<double> student,
                             std::span<double> gradient) const {
  const Softened t(teacher, teacher_logits_, temperature_), s(student, student_logits_, temperature_);
  double divergence = 0;
  for (size_t c = 0; c < student.size(); ++c) {
    divergence += t.shares[c] * (t.logarithms[c] - s.logarithms[c]);
    gradient[c] = temperature_ * (s.shares[c] - t.shares[c]);
    if (!student_logits_) gradient[c] /= std::max(student[c], kEpsilon);
  }
  return temperature_ * temperature_ * divergence;
}

Distillation::Distillation(ModelPtr teacher, const Model& student, const std::vector<Goal>& goals,
                           const DistillationOptions& options)
    : options_(options) {
  if (!(options.alpha >= 0 && options.alpha <= 1)) {
    throw ValueError(fmt::format("alpha is {}, it must be within 0 and 1", options.alpha));
  }
  check_same_inputs(*teacher, student);
  const auto of_teacher = output_forms(*teacher), of_student = output_forms(student);
  if (of_teacher.size() != of_student.size() || of_student.size() != goals.size()) {
    throw ValueError(fmt::format("teacher '{}' has {} outputs, model '{}' has {}", teacher->name(),
                                 of_teacher.size(), student.name(), of_student.size()));
  }
  for (size_t i = 0; i < goals.size(); ++i) {
    auto& loss = losses_.emplace_back();
    if (goals[i].loss == nullptr) continue;
    if (!goals[i].loss->classifies() || goals[i].loss->independent()) {
      throw ValueError(
          fmt::format("model '{}': output '{}' with loss {} tells no class among others; "
                      "distillation is for such",
                      student.name(), of_student[i].name, goals[i].loss->name()));
    }
    check_classes("model", student, of_student[i]);
    check_classes("teacher", *teacher, of_teacher[i]);
    if (of_teacher[i].outputs != of_student[i].outputs) {
      throw ValueError(fmt::format("teacher '{}' has {} classes in output '{}', model '{}' has {}",
                                   teacher->name(), of_teacher[i].outputs, of_teacher[i].name, student.name(),
                                   of_student[i].outputs));
    }
    loss.emplace(options.temperature, of_teacher[i].from_logits(), of_student[i].from_logits());
  }
  plan_ = plan::compile(std::move(teacher));
}

void Objective::distil_from(ModelPtr teacher, const Model& student, const DistillationOptions& options) {
  distillation_ = std::make_shared<Distillation>(std::move(teacher), student, goals_, options);
}

}  // namespace nudge::train
