#include "nudge/train/output_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/convert/convert.h"
#include "nudge/graph/sequential.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"

namespace nudge::train {
namespace {

using layers::ActivationFunction;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

// What comes after one Dense on six features.
ModelPtr ending(int64_t units, ActivationFunction activation, bool of_its_own = false) {
  const Tensor x = input({6});
  if (!of_its_own) {
    return make_model(x, layers::dense(x, {.units = units, .activation = activation, .name = "dense"}));
  }
  const Tensor scores = layers::dense(x, {.units = units, .name = "dense"});
  return make_model(x, layers::activation(scores, {.activation = activation, .name = "scores"}));
}

TEST(OutputForm, IsWhatTheLastLayerApplies) {
  const std::vector<std::pair<ActivationFunction, std::string>> functions{
      {ActivationFunction::kSoftmax, "softmax"},
      {ActivationFunction::kSigmoid, "sigmoid"},
      {ActivationFunction::kLinear, "linear"},
      {ActivationFunction::kTanh, "tanh"}};
  for (const auto& [function, name] : functions) {
    for (const bool of_its_own : {false, true}) {
      for (const int64_t units : {1, 3}) {
        SCOPED_TRACE(name + (of_its_own ? " as a layer" : ""));
        const ModelPtr model = ending(units, function, of_its_own);
        model->initialize(1);
        for (const OutputForm& form : {output_form(*model), output_form(*quantize::quantize_model(*model)),
                                       output_form(convert::convert(*model).file)}) {
          EXPECT_EQ(form.activation, name);
          EXPECT_EQ(form.outputs, units);
          EXPECT_EQ(form.from_logits(), name == "linear");
        }
      }
    }
  }
}

TEST(OutputForm, LooksThroughWhatMovesValuesAndIntoNestedModels) {
  const Tensor x = input({2, 2, 3});
  Tensor y = layers::conv2d(
      x, {.filters = 4, .kernel_size = 2, .activation = ActivationFunction::kSigmoid, .name = "conv"});
  y = layers::flatten(layers::dropout(y, {.rate = 0.5}), {});
  const ModelPtr inner =
      make_model(x, layers::activation(y, {.activation = ActivationFunction::kLinear}), "inner");
  const ModelPtr model = sequential({sequential({inner})});
  EXPECT_EQ(output_form(*model).activation, "sigmoid");
  EXPECT_EQ(output_form(*model).outputs, 4);

  const ModelPtr softmax = make_model(x, layers::softmax(y, {}));
  EXPECT_EQ(output_form(*softmax).activation, "softmax");
  const ModelPtr relu = make_model(x, layers::relu(y, {}));
  EXPECT_EQ(output_form(*relu).activation, "re_lu");
}

TEST(OutputForm, SeveralOutputsAreNoClassifier) {
  const Tensor x = input({6});
  const Tensor a = layers::dense(x, {.units = 2, .name = "a"}),
               b = layers::dense(x, {.units = 3, .name = "b"});
  const ModelPtr model = make_model({x}, {a, b}, "twins");
  model->initialize(1);
  EXPECT_THAT([&] { output_form(*model); },
              ThrowsMessage<ValueError>(HasSubstr("model 'twins' has 2 outputs; a classifier has one")));
  EXPECT_THAT([&] { output_form(convert::convert(*model).file); },
              ThrowsMessage<ValueError>(HasSubstr("the file has 2 outputs")));
}

TEST(LossFor, GoesWithTheOutputs) {
  const auto name = [](int64_t units, ActivationFunction function) {
    return loss_for(*ending(units, function))->name();
  };
  EXPECT_EQ(name(3, ActivationFunction::kSoftmax), "sparse_categorical_crossentropy");
  EXPECT_EQ(name(3, ActivationFunction::kSigmoid), "sparse_categorical_crossentropy");
  EXPECT_EQ(name(3, ActivationFunction::kLinear), "sparse_categorical_crossentropy_from_logits");
  EXPECT_EQ(name(1, ActivationFunction::kSigmoid), "binary_crossentropy");
  EXPECT_EQ(name(1, ActivationFunction::kLinear), "binary_crossentropy_from_logits");
}

TEST(LossMismatch, IsSaidInOneLine) {
  const auto mismatch = [](int64_t outputs, const std::string& activation, const std::string& loss) {
    return loss_mismatch({.outputs = outputs, .activation = activation}, *loss_from_name(loss));
  };
  for (const char* activation : {"softmax", "sigmoid", "linear"}) {
    const OutputForm form{.outputs = 3, .activation = activation};
    EXPECT_THAT(loss_mismatch(form, *loss_for(form)), IsEmpty()) << activation;
  }
  EXPECT_THAT(mismatch(3, "sigmoid", "binary_crossentropy"), IsEmpty());
  EXPECT_THAT(mismatch(3, "linear", "categorical_crossentropy"),
              AllOf(HasSubstr("ends in logits"), HasSubstr("use categorical_crossentropy_from_logits")));
  EXPECT_THAT(mismatch(3, "softmax", "categorical_crossentropy_from_logits"),
              AllOf(HasSubstr("ends in softmax"), HasSubstr("use sparse_categorical_crossentropy")));
  EXPECT_THAT(mismatch(1, "sigmoid", "binary_crossentropy_from_logits"),
              HasSubstr("use binary_crossentropy"));
  EXPECT_THAT(mismatch(3, "softmax", "binary_crossentropy"), HasSubstr("each output by itself"));
  EXPECT_THAT(mismatch(3, "tanh", "sparse_categorical_crossentropy"), HasSubstr("takes for probabilities"));
  EXPECT_THAT(mismatch(1, "softmax", "binary_crossentropy"), HasSubstr("always 1"));
}

}  // namespace
}  // namespace nudge::train
