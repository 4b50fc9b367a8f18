#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/cli/command.h"
#include "nudge/cli/data_source.h"
#include "nudge/data/describe.h"
#include "nudge/data/duplicates.h"
#include "nudge/data/flowers.h"
#include "nudge/data/source.h"
#include "nudge/report/table.h"

namespace nudge::cli {
namespace {

void add_make(CLI::App& data, CommonOptions& common) {
  struct Options {
    std::string set, folder;
    data::FlowerOptions flowers;
    int64_t image_size = 96;
  };
  auto options = std::make_shared<Options>();
  CLI::App& command = *data.add_subcommand("make", "Write a built-in set as image files in a folder a class");
  command.add_option("set", options->set, "flowers")->required()->check(CLI::IsMember({"flowers"}));
  command.add_option("folder", options->folder, "Where to")->required();
  command.add_option("--count", options->flowers.count, "Images in all (2000)");
  command.add_option("--image-size", options->image_size, "Height and width (96)");
  define(command, common, [options, &common] {
    options->flowers.seed = common.seed;
    data::write_flowers(options->folder, options->flowers, {options->image_size, options->image_size});
    print(common, "wrote " + std::to_string(options->flowers.count) + " images to " + options->folder + "\n");
    emit_json(common, {{"files", {{"folder", options->folder}}}, {"count", options->flowers.count}});
  });
}

struct InfoOptions {
  std::string source;
  bool duplicates = false, strict = false;
};

void print_classes(const data::Description& description, const CommonOptions& common) {
  std::vector<std::vector<std::string>> rows;
  for (const data::ClassCount& count : description.classes) {
    rows.push_back({count.name, std::to_string(count.train), std::to_string(count.validation),
                    std::to_string(count.test), std::to_string(count.train + count.validation + count.test)});
  }
  print(common, report::render_table({"class", "train", "validation", "test", "all"}, rows, {1, 2, 3, 4}));
  constexpr double kUneven = 1.5;
  if (description.imbalance <= kUneven) return;
  print(common,
        fmt::format("the largest class has {:.1f} times as many images to train on as the smallest: nudge "
                    "train --class-weights balanced counts all alike\n",
                    description.imbalance));
}

Json pairs_json(const std::vector<data::Duplicate>& pairs, const data::Source& source) {
  Json json = Json::array();
  for (const data::Duplicate& pair : pairs) {
    json.push_back({{"first", source.item_name(pair.first)},
                    {"second", source.item_name(pair.second)},
                    {"same", pair.same}});
  }
  return json;
}

void print_pairs(const std::vector<data::Duplicate>& pairs, const data::Source& source,
                 const std::string& what, const CommonOptions& common) {
  constexpr size_t kShown = 20;
  if (pairs.empty()) return;
  print(common, fmt::format("{} ({}):\n", what, pairs.size()));
  for (size_t i = 0; i < std::min(kShown, pairs.size()); ++i) {
    const data::Duplicate& pair = pairs[i];
    print(common, fmt::format("  {} ({}) {} {} ({})\n", source.item_name(pair.first),
                              data::to_string(source.split(pair.first)), pair.same ? "is" : "looks like",
                              source.item_name(pair.second), data::to_string(source.split(pair.second))));
  }
  if (pairs.size() > kShown) print(common, fmt::format("  and {} more\n", pairs.size() - kShown));
}

Json find_duplicates(const data::Source& source, const CommonOptions& common) {
  if (!source.has_pictures())
    throw ValueError(source.spec() + ": holds no pictures; --duplicates compares these");
  const data::Duplicates found = data::find_duplicates(source);
  print_pairs(found.between_splits, source, "in several splits, so that scores say too much", common);
  print_pairs(found.between_classes, source, "in several classes", common);
  print(common,
        fmt::format("pairs of images that are the same or look alike: {} between splits, {} between classes, "
                    "{} within one of both\n",
                    found.between_splits.size(), found.between_classes.size(), found.within));
  return {{"between_splits", pairs_json(found.between_splits, source)},
          {"between_classes", pairs_json(found.between_classes, source)},
          {"within", found.within}};
}

void info(const InfoOptions& options, const CommonOptions& common) {
  const auto source = open_data(options.source);
  const data::Description description = data::describe(*source);
  if (options.strict && !description.damaged.empty()) throw InputError(description.damaged.front());
  print_classes(description, common);
  if (description.largest != data::ImageSize{}) {
    print(common, "images from " + data::to_string(description.smallest) + " to " +
                      data::to_string(description.largest) + "\n");
  }
  if (!description.damaged.empty()) {
    print(common, fmt::format("cannot be read ({}):\n  {}\n", description.damaged.size(),
                              fmt::join(description.damaged, "\n  ")));
  }
  Json json = data::to_json(description);
  if (options.duplicates) json["duplicates"] = find_duplicates(*source, common);
  emit_json(common, json);
}

void add_info(CLI::App& data, CommonOptions& common) {
  auto options = std::make_shared<InfoOptions>();
  CLI::App& command = *data.add_subcommand("info", "What a source holds");
  command
      .add_option(
          "source", options->source,
          "A folder with a sub-folder a class (or train/ validation/ test/ of those), TFRecord, WebDataset, "
          ".csv, IDX, .npy or .npz files, tf_flowers or builtin:flowers")
      ->required();
  command.add_flag("--duplicates", options->duplicates,
                   "Look for images that are there twice, or nearly so, in other splits and classes");
  command.add_flag("--strict", options->strict, "A damaged file is an error; else it is named");
  define(command, common, [options, &common] { info(*options, common); });
}

}  // namespace

void add_data(CLI::App& app, CommonOptions& common) {
  CLI::App& data = *app.add_subcommand("data", "Built-in sets, and what a source holds");
  data.require_subcommand(1);
  add_make(data, common);
  add_info(data, common);
}

}  // namespace nudge::cli
