// Every kind of block that the applications have, alone: fused against fallback steps, and in bfloat16.
#include <nlohmann/json.hpp>
#include <set>

#include "nudge/applications/applications.h"
#include "nudge/base/json.h"
#include "nudge/layers/layers.h"
#include "nudge/plan/plan_comparison.h"
#include "nudge/quantize/quantize.h"

namespace nudge::plan {
namespace {

struct Block {
  std::string name;
  ModelPtr model;  // a trained product in front, so that gradients have to pass the block
};

bool is_product(const Layer& layer) {
  static const std::set<std::string> products{"Conv2D", "DepthwiseConv2D", "Dense"};
  return products.contains(layer.class_name());
}

bool follows(const Layer& layer) {
  static const std::set<std::string> followers{"BatchNormalization", "ReLU"};
  return followers.contains(layer.class_name());
}

const Node* only_reader(const Model& model, const Node& node) {
  const Node* reader = nullptr;
  for (const auto& other : model.nodes()) {
    for (const Tensor& input : other->inputs) {
      if (input.node.get() != &node) continue;
      if (reader != nullptr) return nullptr;
      reader = other.get();
    }
  }
  return reader;
}

// The product at `node` with what follows it; its description without names goes to `kind`.
ModelPtr block_at(const Model& model, const Node& node, std::string& kind) {
  const Shape in = node.inputs[0].shape();
  const bool image = in.size() == 4;
  const Shape small = image ? Shape{in[1], in[2], 2} : Shape{4};
  const Tensor input = nudge::input(small);
  Tensor x = image ? layers::conv2d(input, {.filters = in[3], .kernel_size = 1, .name = "stem"})
                   : layers::dense(input, {.units = in[1], .name = "stem"});
  kind = to_string(in);
  for (const Node* at = &node; at != nullptr; at = only_reader(model, *at)) {
    if (at != &node && !follows(*at->layer)) break;
    const LayerPtr layer = at->layer->clone();
    Json config = layer->config();
    config.erase("name");
    kind += layer->class_name() + config.dump();
    x = layer->call(x);
  }
  return make_model(input, x);
}

std::vector<Block> blocks_of(const std::string& application, int64_t image_size) {
  const ModelPtr model = applications::build_application(
      application,
      {.input_shape = {image_size, image_size, 3}, .classes = 5, .head = applications::Head::kDense});
  std::vector<Block> blocks;
  std::set<std::string> seen;
  for (const auto& node : model->nodes()) {
    if (!is_product(*node->layer)) continue;
    std::string kind;
    const ModelPtr block = block_at(*model, *node, kind);
    if (!seen.insert(kind).second) continue;
    block->initialize(blocks.size() + 1);
    blocks.push_back({node->layer->name(), block});
  }
  return blocks;
}

Array images_for(const Model& model, int64_t batch) {
  return random_array(with_batch(model.inputs()[0].shape(), batch), 5, 2.0);
}

class ApplicationBlocks : public testing::TestWithParam<std::pair<const char*, int64_t>> {
 protected:
  std::vector<Block> blocks() const { return blocks_of(GetParam().first, GetParam().second); }
};

TEST_P(ApplicationBlocks, FloatAgreesWithFallbackSteps) {
  for (const Block& block : blocks()) {
    SCOPED_TRACE(block.name);
    for (const int64_t batch : {1, 3}) expect_same(block.model, images_for(*block.model, batch), 1e-5, 1e-4);
  }
}

// A code on the edge between two may round either way after different sums, and a value on a bend or a limit
// (a batch's largest is the limit) pass its gradient or not; kernels/block_test.cc leaves those out and holds
// the gradients to 1e-5.
TEST_P(ApplicationBlocks, QuantizedAgreesWithFallbackSteps) {
  for (const Block& block : blocks()) {
    SCOPED_TRACE(block.name);
    expect_same(quantize::quantize_model(*block.model), images_for(*block.model, 3), 2e-3, 1e-1);
  }
}

TEST_P(ApplicationBlocks, QuantizedForwardIsTheSameInBfloat16) {
  for (const Block& block : blocks()) {
    SCOPED_TRACE(block.name);
    const ModelPtr quantized = quantize::quantize_model(*block.model);
    const Array x = images_for(*block.model, 2);
    // Without a calibration, whose activations are floats.
    const Trained wide = train(quantized, x, {}, false),
                  narrow = train(quantized, x, {.precision = Precision::kBfloat16}, false);
    EXPECT_EQ(mean_distance(narrow.outputs, wide.outputs), 0.0);
    EXPECT_EQ(mean_distance(narrow.state, wide.state), 0.0);
  }
}

TEST_P(ApplicationBlocks, FloatInBfloat16IsWithinItsRounding) {
  for (const Block& block : blocks()) {
    SCOPED_TRACE(block.name);
    const Array x = images_for(*block.model, 3);
    const Trained wide = train(block.model, x, {}),
                  narrow = train(block.model, x, {.precision = Precision::kBfloat16});
    EXPECT_LT(mean_distance(narrow.outputs, wide.outputs), 2e-2);
    EXPECT_LT(mean_distance(narrow.state, wide.state), 2e-2);
  }
}

INSTANTIATE_TEST_SUITE_P(Applications, ApplicationBlocks,
                         testing::Values(std::pair{"MobileNet", int64_t{64}},
                                         std::pair{"MobileNetV2", int64_t{64}},
                                         std::pair{"small_cnn", int64_t{24}}),
                         [](const auto& tested) { return std::string(tested.param.first); });

}  // namespace
}  // namespace nudge::plan
