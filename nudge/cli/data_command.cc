#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "nudge/cli/command.h"
#include "nudge/cli/data_source.h"
#include "nudge/data/describe.h"
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

void add_info(CLI::App& data, CommonOptions& common) {
  auto spec = std::make_shared<std::string>();
  CLI::App& command = *data.add_subcommand("info", "What a source holds");
  command
      .add_option("source", *spec,
                  "A folder with a sub-folder a class (or train/ validation/ test/ of those), TFRecord "
                  "files, a .npz with "
                  "x and y, "
                  "or builtin:flowers")
      ->required();
  define(command, common, [spec, &common] {
    const data::Description description = data::describe(*open_data(*spec));
    std::vector<std::vector<std::string>> rows;
    for (const data::ClassCount& count : description.classes) {
      rows.push_back({count.name, std::to_string(count.train), std::to_string(count.validation),
                      std::to_string(count.test),
                      std::to_string(count.train + count.validation + count.test)});
    }
    print(common, report::render_table({"class", "train", "validation", "test", "all"}, rows, {1, 2, 3, 4}));
    if (description.largest != data::ImageSize{}) {
      print(common, "images from " + data::to_string(description.smallest) + " to " +
                        data::to_string(description.largest) + "\n");
    }
    emit_json(common, data::to_json(description));
  });
}

}  // namespace

void add_data(CLI::App& app, CommonOptions& common) {
  CLI::App& data = *app.add_subcommand("data", "Built-in sets, and what a source holds");
  data.require_subcommand(1);
  add_make(data, common);
  add_info(data, common);
}

}  // namespace nudge::cli
