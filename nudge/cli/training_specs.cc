#include "nudge/cli/training_specs.h"

#include <CLI/CLI.hpp>
#include <charconv>

#include "nudge/base/error.h"
#include "nudge/cli/spec.h"

namespace nudge::cli {
namespace {

struct KnownSchedule {
  const char* name;
  train::RateSchedule (*make)(Spec& spec);
};

constexpr KnownSchedule kSchedules[] = {
    {"constant", [](Spec&) { return train::constant_rate(); }},
    {"cosine", [](Spec& spec) { return train::cosine_rate({.end = spec.number("end", 0.0)}); }},
    {"cosine_restarts",
     [](Spec& spec) {
       const train::RestartOptions standard;
       return train::cosine_restarts_rate({.first = spec.number("first", standard.first),
                                           .t_mul = spec.number("t_mul", standard.t_mul),
                                           .m_mul = spec.number("m_mul", standard.m_mul),
                                           .end = spec.number("end", standard.end)});
     }},
    {"step",
     [](Spec& spec) {
       return train::step_rate({.every = spec.number("every", 10), .factor = spec.number("factor", 0.1)});
     }},
    {"exponential",
     [](Spec& spec) {
       return train::exponential_rate(
           {.every = spec.number("every", 1), .factor = spec.number("factor", 0.96)});
     }},
    {"polynomial",
     [](Spec& spec) {
       const train::PolynomialOptions standard;
       return train::polynomial_rate({.end = spec.number("end", standard.end),
                                      .power = spec.number("power", standard.power),
                                      .over = spec.number("over", standard.over),
                                      .cycle = spec.boolean("cycle", standard.cycle)});
     }},
    {"piecewise",
     [](Spec& spec) {
       return train::piecewise_rate({.at = spec.list("at"), .factors = spec.list("factors")});
     }},
    {"one_cycle",
     [](Spec& spec) {
       const train::OneCycleOptions standard;
       return train::one_cycle_rate({.rise = spec.number("rise", standard.rise),
                                     .start = spec.number("start", standard.start),
                                     .end = spec.number("end", standard.end)});
     }},
};

}  // namespace

train::RateSchedule schedule_from(const std::string& text) {
  Spec spec("--schedule", text);
  std::string names;
  for (const KnownSchedule& known : kSchedules) {
    names += (names.empty() ? "" : ", ") + std::string(known.name);
    if (spec.name() != known.name) continue;
    try {
      train::RateSchedule schedule = known.make(spec);
      const double warmup = spec.number("warmup", 0.0);
      spec.finish();
      return train::with_warmup(std::move(schedule), warmup);
    } catch (const ValueError& error) {
      spec.wrong(error.what());
    }
  }
  spec.wrong("unknown schedule; known: " + names);
}

std::unique_ptr<train::Optimizer> optimizer_from(const std::string& text,
                                                 const std::map<std::string, double>& before) {
  Spec spec("--optimizer", text);
  std::map<std::string, double> options = spec.numbers();
  options.insert(before.begin(), before.end());
  try {
    return train::optimizer_from_name(spec.name(), options);
  } catch (const ValueError& error) {
    spec.wrong(error.what());
  }
}

train::IntegerValidationOptions integer_validation_from(const std::string& text) {
  if (text == "every") return {};
  if (text == "never") return {.every = 0};
  if (text == "best") return {.best = true};
  int every = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), every);
  if (error != std::errc() || end != text.data() + text.size() || every < 1) {
    throw CLI::ValidationError("--integer-validation",
                               "'" + text + "': give every, best, never or a number of epochs");
  }
  return {.every = every};
}

}  // namespace nudge::cli
