// Quantized models in files: TFMOT's, from testdata/tfmot_models.json, and nudge's own, whose float layers
// are what Keras opens.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/keras/archive_edit_test.h"
#include "nudge/keras/keras_files_test.h"
#include "nudge/keras/model_config.h"
#include "nudge/keras/save.h"
#include "nudge/keras/test_models.h"
#include "nudge/keras/tfmot_config.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/quantize_wrapper.h"

namespace nudge::keras {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string path(const std::string& name) { return testing::TempDir() + "nudge_quantized_" + name; }

Json tfmot_model() {
  const std::string file = std::string(NUDGE_SOURCE_DIR) + "/nudge/keras/testdata/tfmot_models.json";
  return parse_json(read_text_file(file), file)["tfmot"];
}

std::vector<std::string> slot_names(const Model& model, const std::string& layer) {
  std::vector<std::string> names;
  for (const auto& slot : dynamic_cast<const quantize::QuantizedLayer&>(model.layer(layer)).slots()) {
    names.push_back(slot.name + ":" + slot.quantizer->class_name());
  }
  return names;
}

TEST(TfmotFiles, OpenAsQuantizedModels) {
  const Json fixture = tfmot_model();
  write_file(path("tfmot.h5"), h5_from_json(fixture["h5"]));
  write_keras2_archive(fixture, path("tfmot.keras"));
  const ModelPtr h5 = load_model(path("tfmot.h5")), archive = load_model(path("tfmot.keras"));
  EXPECT_TRUE(quantize::is_quantized(*h5));
  using testing::ElementsAre;
  EXPECT_THAT(slot_names(*h5, "quantize_layer"), ElementsAre("quantize_layer:AllValuesQuantizer"));
  EXPECT_THAT(slot_names(*h5, "quant_first"), ElementsAre("kernel:LastValueQuantizer"));
  EXPECT_THAT(slot_names(*h5, "quant_first_bn"), ElementsAre());
  EXPECT_THAT(slot_names(*h5, "quant_relu"), ElementsAre("output:MovingAverageQuantizer"));
  EXPECT_THAT(slot_names(*h5, "quant_sum"), ElementsAre());
  EXPECT_THAT(slot_names(*h5, "quant_hidden"),
              ElementsAre("kernel:LastValueQuantizer", "post_activation:MovingAverageQuantizer"));
  EXPECT_THAT(slot_names(*h5, "quant_scores"),
              ElementsAre("kernel:LastValueQuantizer", "pre_activation:MovingAverageQuantizer"));

  const Json& stored = fixture["h5"]["groups"]["model_weights"]["groups"]["quant_hidden"]["groups"];
  for (const char* name : {"kernel_min", "post_activation_max"}) {
    EXPECT_TRUE(identical(h5->layer("quant_hidden").weight(name).value,
                          array_from_json(stored["quant_hidden"]["arrays"][std::string(name) + ":0"])))
        << name;
  }
  ASSERT_EQ(h5->weights().size(), archive->weights().size());
  for (size_t i = 0; i < h5->weights().size(); ++i) {
    EXPECT_TRUE(identical(h5->weights()[i]->value, archive->weights()[i]->value)) << h5->weights()[i]->name;
  }
  for (const auto& slot : dynamic_cast<const quantize::QuantizedLayer&>(h5->layer("quant_hidden")).slots()) {
    EXPECT_EQ(slot.progress.updates, 1) << slot.name << " was moved by training";
  }
}

TEST(TfmotFiles, NameWhatIsNotTfmotsOwn) {
  const Json wrapper = {{"name", "quant_d"},
                        {"layer", {{"class_name", "Dense"}, {"config", {{"name", "d"}}}}},
                        {"quantize_config", {{"class_name", "FourBits"}, {"config", Json::object()}}}};
  EXPECT_THAT([&] { from_tfmot_config("QuantizeWrapperV2", wrapper, "layer 'quant_d': "); },
              ThrowsMessage<UnsupportedError>(AllOf(HasSubstr("layer 'quant_d'"), HasSubstr("'FourBits'"))));
  Json broken = wrapper;
  broken.erase("layer");
  EXPECT_THAT([&] { from_tfmot_config("QuantizeWrapperV2", broken, "layer 'quant_d': "); },
              ThrowsMessage<InputError>(HasSubstr("lacks 'layer'")));
}

TEST(QuantizedFiles, HoldTheFloatModelForKerasAndEverythingForNudge) {
  reset_layer_names();
  const ModelPtr model = functional_model();
  model->initialize(3);
  const ModelPtr quantized = quantize::quantize_model(*model);
  save_model(*quantized, path("own.keras"));

  const ArchiveReader archive(read_file(path("own.keras")), "own.keras");
  EXPECT_THAT(archive.read_text("config.json"), testing::Not(HasSubstr("Quantize")));
  const ModelPtr read = load_model(path("own.keras"));
  EXPECT_EQ(model_to_json(*read), model_to_json(*quantized));
  ASSERT_EQ(read->weights().size(), quantized->weights().size());
  for (size_t i = 0; i < read->weights().size(); ++i) {
    EXPECT_TRUE(identical(read->weights()[i]->value, quantized->weights()[i]->value));
  }
}

TEST(QuantizedFiles, NameAMissingRange) {
  reset_layer_names();
  const ModelPtr model = functional_model();
  model->initialize(3);
  save_model(*quantize::quantize_model(*model), path("broken.keras"));
  replace_member(path("broken.keras"), "nudge.quantizers.h5", H5File::create("none.h5").image());
  EXPECT_THAT([] { load_model(path("broken.keras")); },
              ThrowsMessage<InputError>(
                  AllOf(HasSubstr("broken.keras: nudge.quantizers.h5"), HasSubstr("is missing"))));
}

}  // namespace
}  // namespace nudge::keras
