// The tfmot scheme's models against summaries of TFMOT 0.8.1, row by row: testdata/tfmot_*.txt hold
// name|class|wrapped class|quantize config|params|weights with shapes.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <sstream>

#include "nudge/applications/applications.h"
#include "nudge/base/file.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/quantize_wrapper.h"

namespace nudge::quantize {
namespace {

std::string row(const Layer& layer) {
  const auto* wrapper = dynamic_cast<const QuantizeWrapper*>(&layer);
  const size_t inner_count = wrapper != nullptr ? std::as_const(*wrapper->inner()).weights().size() : 0;
  std::string weights;
  int64_t params = 0;
  const auto all = layer.weights();
  for (size_t i = 0; i < all.size(); ++i) {
    const std::string& owner = i < inner_count ? wrapper->inner()->name() : layer.name();
    weights +=
        fmt::format("{}{}/{} {}", i > 0 ? ";" : "", owner, all[i]->name, fmt::join(all[i]->shape, ","));
    params += all[i]->count();
  }
  while (!weights.empty() && weights.back() == ' ') weights.pop_back();
  return fmt::format("{}|{}|{}|{}|{}|{}", layer.class_name() == "InputLayer" ? "input" : layer.name(),
                     layer.class_name(), wrapper != nullptr ? wrapper->inner()->class_name() : "",
                     wrapper != nullptr ? wrapper->quantize_config() : "", params, weights);
}

void expect_rows(const Model& model, const std::string& fixture) {
  std::istringstream lines(
      read_text_file(std::string(NUDGE_SOURCE_DIR) + "/nudge/quantize/testdata/" + fixture));
  std::string expected;
  size_t i = 0;
  for (; std::getline(lines, expected); ++i) {
    ASSERT_LT(i, model.layers().size()) << expected;
    EXPECT_EQ(row(*model.layers()[i]), expected);
  }
  EXPECT_EQ(i, model.layers().size());
}

ModelPtr application(const std::string& name, applications::Head head = applications::Head::kDense) {
  reset_layer_names();
  return applications::build_application(name, {.classes = 5, .head = head});
}

TEST(TfmotScheme, SmallCnn) {
  expect_rows(*quantize_model(*application("small_cnn", applications::Head::kKeras), tfmot_scheme()),
              "tfmot_small_cnn.txt");
}

TEST(TfmotScheme, MobileNet) {
  expect_rows(*quantize_model(*application("mobilenet"), tfmot_scheme()), "tfmot_mobilenet_v1.txt");
}

TEST(TfmotScheme, MobileNetV2) {
  const ModelPtr model = quantize_model(*application("mobilenet_v2"), tfmot_scheme());
  expect_rows(*model, "tfmot_mobilenet_v2.txt");
  EXPECT_EQ(count_parameters(*model).total, 2284551);
  EXPECT_EQ(count_parameters(*model).trainable, 2230277);
}

}  // namespace
}  // namespace nudge::quantize
