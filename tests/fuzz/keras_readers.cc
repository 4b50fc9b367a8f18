#include <nlohmann/json.hpp>
#include <string>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/json.h"
#include "nudge/base/test_folder.h"
#include "nudge/graph/summary.h"
#include "nudge/keras/h5_file.h"
#include "nudge/keras/model_config.h"
#include "nudge/keras/save.h"
#include "nudge/layers/register.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/register.h"
#include "tests/fuzz/expect_words.h"
#include "tests/fuzz/readers.h"

namespace nudge::fuzz {
namespace {

void register_once() {
  [[maybe_unused]] static const bool done = [] {
    layers::register_layers();
    quantize::register_quantize_layers();
    return true;
  }();
}

void read_all(const keras::H5Group& group) {
  for (const std::string& name : group.names()) {
    expect_words([&] {
      if (group.is_group(name)) {
        read_all(group.group(name));
      } else {
        group.read(name);
      }
    });
  }
  for (const char* attribute : {"name", "layer_names", "weight_names", "model_config"}) {
    expect_words([&] { group.texts_attribute(attribute); });
  }
}

}  // namespace

void read_keras_config(std::span<const std::byte> bytes) {
  register_once();
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto parsed = [&] { return parse_json(text, "fuzz.keras"); };
  expect_words(
      [&] { summary(*keras::model_from_json(parsed(), "fuzz.keras", {}, keras::UnreadLayers::kStandIn)); });
  expect_words([&] {
    const ModelPtr model = keras::model_from_json(parsed(), "fuzz.keras");
    summary_json(*model);
    keras::model_from_json(keras::model_to_json(*model), "written.keras");
    quantize::quantize_annotate_model(*model);
  });
}

void read_keras_file(std::span<const std::byte> bytes) {
  register_once();
  const TestFolder folder;
  const std::string path = folder.path("fuzz.keras");
  write_file(path, bytes);
  expect_words([&] { keras::load_outline(path); });
  expect_words([&] { keras::load_saved(path); });
}

void read_hdf5(std::span<const std::byte> bytes) {
  expect_words([&] { read_all(keras::H5File::from_image(bytes, "fuzz.h5").root()); });
}

}  // namespace nudge::fuzz
