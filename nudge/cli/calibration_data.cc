#include "nudge/cli/calibration_data.h"

#include "nudge/cli/command.h"
#include "nudge/cli/number_check.h"

namespace nudge::cli {

CLI::Option* add_calibration_data(CLI::App& command, const std::string& flag, const std::string& help,
                                  CalibrationData& data) {
  CLI::Option* source = command.add_option(flag, data.source, help);
  command.add_option("--split", data.split, "With " + flag + ": train, validation, test or all of it (all)")
      ->check(CLI::IsMember(kSplits))
      ->needs(source);
  command
      .add_option("--count", data.count,
                  "With " + flag + ": look at so many images at most, spread over the classes (all)")
      ->check(whole_number(1))
      ->needs(source);
  command
      .add_flag("--strict", data.strict, "With " + flag + ": a damaged file is an error; else it is left out")
      ->needs(source);
  return source;
}

std::unique_ptr<data::Loader> calibration_loader(const std::string& name, const Model& model,
                                                 const data::Preprocess& preprocess,
                                                 std::shared_ptr<const data::Source> source,
                                                 const CalibrationData& data) {
  const auto inputs = train::inputs_of(model);
  const train::Feed feed = told_feed(name, inputs, {}, *source);
  return evaluation_loader(name, feed, inputs, preprocess, std::move(source),
                           data::split_from_string(data.split), data.count, data.strict);
}

}  // namespace nudge::cli
