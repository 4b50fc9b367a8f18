// Files as Keras 2 writes them predict as they do there.
#include "nudge/keras/keras_files_test.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nudge/cli/raw_model.h"
#include "nudge/data/test_folder.h"

namespace nudge::cli {
namespace {

void expect_predictions(const std::string& file, const Json& model) {
  SCOPED_TRACE(file);
  std::vector<Array> inputs;
  for (const Json& input : model.at("inputs")) inputs.push_back(keras::array_from_json(input));
  const NamedOutputs outputs = open_raw_model(file, {})->run(inputs);
  ASSERT_EQ(outputs.size(), model.at("outputs").size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Array expected = keras::array_from_json(model["outputs"][i]);
    const Array& actual = outputs[i].second;
    ASSERT_EQ(actual.shape(), expected.shape());
    for (int64_t at = 0; at < actual.size(); ++at) {
      const float value = expected.data<float>()[at];
      EXPECT_NEAR(actual.data<float>()[at], value, 1e-4 * std::max(1.0F, std::abs(value))) << i << ", " << at;
    }
  }
}

TEST(KerasFiles, PredictAsInKeras2) {
  const data::TestFolder folder;
  const Json models = keras::read_keras2_models();
  for (const auto& [name, model] : models.items()) {
    if (name == "free_size") continue;  // takes --image-size
    const std::string h5 = folder.path(name + ".h5");
    write_file(h5, keras::h5_from_json(model["h5"]));
    expect_predictions(h5, model);
    keras::write_keras2_archive(model, folder.path(name + ".keras"));
    expect_predictions(folder.path(name + ".keras"), model);
  }
}

}  // namespace
}  // namespace nudge::cli
