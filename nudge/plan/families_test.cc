// What families of networks do between their products: against fallback steps, and with none of these left.
#include <algorithm>

#include "nudge/base/random.h"
#include "nudge/layers/layers.h"
#include "nudge/plan/plan_comparison.h"
#include "nudge/quantize/quantize.h"

namespace nudge::plan {
namespace {

using namespace nudge::layers;

struct Family {
  const char* name;
  Tensor (*build)(const Tensor& x, int64_t channels);
  double gradient_tolerance = 2e-3;  // of a quantized model
};

Tensor convolved(const Tensor& x, int64_t filters, int64_t kernel) {
  return conv2d(x, {.filters = filters, .kernel_size = kernel, .padding = Padding::kSame, .use_bias = false});
}

const Family kFamilies[] = {
    {"DenseNet",
     [](const Tensor& x, int64_t channels) {
       Tensor y = x;
       for (int i = 0; i < 2; ++i) {
         const Tensor before = relu(batch_normalization(y));
         const Tensor inner = relu(batch_normalization(convolved(before, channels, 1)));
         y = concatenate({y, convolved(inner, 3, 3)});
       }
       return relu(batch_normalization(y));
     },
     // Values on a bend or a limit pass their gradient or not, and statistics spread that.
     1e-1},
    {"ResNet",
     [](const Tensor& x, int64_t channels) {
       const Tensor shortcut = batch_normalization(convolved(x, channels, 1));
       const Tensor y = batch_normalization(convolved(x, channels, 3));
       return relu(add({shortcut, y}));
     },
     2e-1},
    {"ResNetV2",
     [](const Tensor& x, int64_t channels) {
       const Tensor before = relu(batch_normalization(x), {.max_value = 1.5});
       return add({x, convolved(relu(convolved(before, channels, 3)), x.shape().back(), 1)});
     },
     1e-1},
    {"EfficientNet",
     [](const Tensor& x, int64_t channels) {
       const auto swish = [](const Tensor& y) {
         return activation(y, {.activation = ActivationFunction::kSilu});
       };
       const Tensor y = swish(batch_normalization(convolved(x, channels, 3)));
       const Tensor squeezed = global_average_pooling2d(y, {.keepdims = true});
       const Tensor inner = swish(conv2d(squeezed, {.filters = 3, .kernel_size = 1}));
       const Tensor excited =
           conv2d(inner, {.filters = channels, .kernel_size = 1, .activation = ActivationFunction::kSigmoid});
       return batch_normalization(convolved(multiply({y, excited}), channels, 1));
     },
     2e-1},
    {"Frames",
     [](const Tensor& x, int64_t channels) {
       const Tensor y = relu(convolved(x, channels, 3));
       const Tensor padded = max_pooling2d(zero_padding2d(y, {.top = 1, .bottom = 2, .left = 0, .right = 1}),
                                           {.pool_size = 3, .strides = 1});
       return cropping2d(padded, {.cropping = {{{1, 0}, {1, 1}}}});
     },
     2e-2},
    {"ConcatenatedRows",
     [](const Tensor& x, int64_t channels) {
       return concatenate({convolved(x, channels, 1), relu(convolved(x, channels, 3))}, {.axis = 1});
     },
     2e-2},
    {"LeakySum",
     [](const Tensor& x, int64_t channels) {
       return leaky_relu(add({convolved(x, channels, 1), convolved(x, channels, 3)}));
     },
     2e-2},
};

class Families : public testing::TestWithParam<Family> {
 protected:
  ~Families() override { set_thread_count(threads_); }

  // Of random size; a trained product in front, so that gradients have to pass what follows.
  static ModelPtr model(Random& random) {
    reset_layer_names();  // initial weights follow from them
    const auto size = [&] { return 5 + static_cast<int64_t>(random.below(8)); };
    const Tensor in = nudge::input({size(), size(), 3});
    const auto channels = 1 + static_cast<int64_t>(random.below(21));
    const Tensor stem = conv2d(in, {.filters = 1 + static_cast<int64_t>(random.below(19)), .kernel_size = 1});
    const ModelPtr made = make_model(in, GetParam().build(stem, channels));
    made->initialize(random.below(1000));
    return made;
  }
  static Array images(const Model& model, int64_t batch, uint64_t seed) {
    return random_array(with_batch(model.inputs()[0].shape(), batch), seed, 2.0);
  }

 private:
  int threads_ = thread_count();
};

TEST_P(Families, FloatAgreesWithFallbackSteps) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    set_thread_count(std::vector<int>{1, 2, 3, 5, 8}[random.below(5)]);
    const ModelPtr made = model(random);
    expect_same(made, images(*made, 3, seed), 1e-5, 1e-4);
  }
}

// A code on the edge between two may round either way after different sums.
TEST_P(Families, QuantizedAgreesWithFallbackSteps) {
  for (uint64_t seed = 11; seed <= 14; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    set_thread_count(std::vector<int>{1, 2, 3, 5, 8}[random.below(5)]);
    const ModelPtr made = quantize::quantize_model(*model(random));
    expect_same(made, images(*made, 3, seed), 3e-3, GetParam().gradient_tolerance);
  }
}

TEST_P(Families, NothingFallsBack) {
  Random random(21);
  const ModelPtr made = model(random);
  for (const ModelPtr& each : {made, quantize::quantize_model(*made)}) {
    for (const StepDescription& step : compile(each)->describe()) {
      EXPECT_NE(step.kind, "fallback") << step.name;
    }
  }
}

TEST_P(Families, GivesTheSameBitsAgain) {
  for (const int threads : {1, 2, 3, 5, 8}) {
    set_thread_count(threads);
    Random random(31);
    const ModelPtr made = quantize::quantize_model(*model(random));
    const Array x = images(*made, 4, 31);
    const Trained once = train(made, x, {}), again = train(made, x, {});
    EXPECT_EQ(mean_distance(once.outputs, again.outputs), 0.0);
    EXPECT_EQ(mean_distance(once.gradients, again.gradients), 0.0);
    EXPECT_EQ(mean_distance(once.state, again.state), 0.0);
  }
}

TEST_P(Families, Bfloat16IsWithinItsRounding) {
  Random random(41);
  const ModelPtr made = model(random);
  const Array x = images(*made, 3, 41);
  const Trained wide = train(made, x, {}), narrow = train(made, x, {.precision = Precision::kBfloat16});
  EXPECT_LT(mean_distance(narrow.outputs, wide.outputs), 2e-2);
  EXPECT_LT(mean_distance(narrow.state, wide.state), 2e-2);
  EXPECT_LT(mean_distance(narrow.gradients, wide.gradients), 2e-1);
}

INSTANTIATE_TEST_SUITE_P(Applications, Families, testing::ValuesIn(kFamilies),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace nudge::plan
