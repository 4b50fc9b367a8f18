// A layer written outside nudge: its options, its weights and what it computes, in primitives.  Quantization,
// training and conversion need to know no more.
#include <nudge/nudge.h>

#include <cstdio>
#include <nlohmann/json.hpp>

using namespace nudge;

// gain * x + shift, one of each a channel.
class ChannelAffine : public ClonableLayer<ChannelAffine> {
 public:
  explicit ChannelAffine(std::string name = "") : ClonableLayer(std::move(name), "ChannelAffine") {}

  std::string class_name() const override { return "ChannelAffine"; }
  std::string module() const override { return "consumer"; }
  Json config() const override { return base_config(); }
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override {
    return {single_input(inputs)};
  }
  void expand(ops::Expansion& call) const override {
    layers::Arithmetic make(call);
    const Shape row{1, 1, 1, call.shape(call.input()).back()};
    const auto scaled = make.multiply(call.input(), call.weight("gain", row), "scaled");
    call.output(make.add(scaled, call.weight("shift", row)));
  }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override {
    add_weight("gain", {inputs.front().back()}, Initializer::ones());
    add_weight("shift", {inputs.front().back()}, Initializer::zeros());
  }
};

int main() {
  register_layer("ChannelAffine",
                 [](const Json& config) { return std::make_shared<ChannelAffine>(config["name"]); });
  const Tensor image = input({16, 16, 3});
  Tensor x = layers::conv2d(image, {.filters = 4, .kernel_size = 3});
  x = std::make_shared<ChannelAffine>("affine")->call(x);
  x = layers::global_average_pooling2d(x);
  const ModelPtr model =
      make_model(image, layers::dense(x, {.units = 5, .activation = layers::ActivationFunction::kSoftmax}));

  data::Loader photos(data::open_source("builtin:flowers?count=60"),
                      {.size = {16, 16}, .batch = 16, .preprocess = data::Preprocess::kRescale});
  train::Trainer(model, train::adam(), train::sparse_categorical_crossentropy())
      .fit(photos, nullptr, {.epochs = 1});
  keras::save_model(*model, "own_layer.keras");
  const ModelPtr again = keras::load_model("own_layer.keras");
  const auto file = convert::convert(*post_training::quantize_model(*again, photos)).file;
  std::printf("%s: %zu operators\n", again->layer("affine").class_name().c_str(),
              file.main().operators.size());
}
