#include "nudge/plan/lifetimes.h"

#include "nudge/applications/applications.h"
#include "nudge/base/error.h"
#include "nudge/layers/layers.h"
#include "nudge/plan/fused_steps.h"
#include "nudge/plan/plan_comparison.h"
#include "nudge/plan/plan_testing.h"
#include "nudge/quantize/quantize.h"

namespace nudge::plan {
namespace {

using namespace nudge::layers;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

struct Compiled {
  explicit Compiled(const ModelPtr& model)
      : lowered(lower(model)), steps(fused_steps(lowered)), lifetimes(lifetimes_of(steps, lowered)) {}

  Lowered lowered;
  std::vector<StepPtr> steps;
  Lifetimes lifetimes;
};

TEST(Lifetimes, AValueEndsWithItsLastReader) {
  const Tensor in = nudge::input({4});
  const Tensor first = dense(in, {.units = 3}), second = dense(first, {.units = 3});
  const ModelPtr model = initialized(make_model(in, dense(second, {.units = 2})));
  const Compiled made(model);
  ASSERT_EQ(made.steps.size(), 3u);
  const ValueId x = made.steps[0]->inputs()[0], a = made.steps[0]->output(), b = made.steps[1]->output();
  EXPECT_THAT(made.lifetimes.inference, ElementsAre(ElementsAre(x), ElementsAre(a), ElementsAre(b)));
  // A product reads its input again backwards; nothing ends on the way there.
  EXPECT_THAT(made.lifetimes.forward, testing::Each(IsEmpty()));
  EXPECT_THAT(made.lifetimes.backward, ElementsAre(ElementsAre(x), ElementsAre(a), ElementsAre(b)));
}

TEST(Lifetimes, ASourceLivesAsLongAsItsViews) {
  const Tensor in = nudge::input({2, 2, 1});
  const Tensor flat = layers::flatten(conv2d(in, {.filters = 2, .kernel_size = 1}));
  const Compiled made(initialized(make_model(in, dense(flat, {.units = 2}))));
  ASSERT_EQ(made.steps.size(), 3u);
  const ValueId source = made.steps[0]->output(), view = made.steps[1]->output();
  EXPECT_THAT(made.lifetimes.inference[2], testing::UnorderedElementsAre(source, view));
  EXPECT_THAT(made.lifetimes.backward[2], testing::UnorderedElementsAre(source, view));
}

TEST(Lifetimes, OutputsAndPenalisedValuesStay) {
  const Tensor in = nudge::input({4});
  const Tensor hidden = dense(in, {.units = 3});
  const ModelPtr model =
      initialized(make_model(std::vector<Tensor>{in}, {hidden, dense(hidden, {.units = 2})}));
  const Compiled made(model);
  for (const auto* moments : {&made.lifetimes.inference, &made.lifetimes.forward, &made.lifetimes.backward}) {
    for (const std::vector<ValueId>& ended : *moments) {
      for (const ValueId output : made.lowered.program.outputs) {
        EXPECT_THAT(ended, testing::Not(Contains(output)));
      }
    }
  }
}

// Two steps and an inference between them; all that comes out.
std::vector<Array> results(const ModelPtr& original, const Array& x, const PlanOptions& options, bool keep) {
  const ModelPtr model = std::dynamic_pointer_cast<Model>(original->clone());
  const auto plan = compile(model, options);
  plan->keep_layer_outputs(keep);
  std::vector<Array> all;
  if (plan->ranges() != nullptr) plan->forward({x}, Mode::kCalibration);
  for (int step = 0; step < 2; ++step) {
    all.push_back(plan->forward({x}, Mode::kTraining)[0]);
    plan->backward({random_array(all.back().shape(), 77)});
    for (const Parameter& parameter : plan->parameters()) all.push_back(parameter.gradient.clone());
    all.push_back(plan->forward({x}, Mode::kInference)[0]);
  }
  for (const Weight* weight : model->weights()) all.push_back(weight->value.clone());
  return all;
}

// Memory that is used again too early shows as other numbers, or as a value that is read when it is gone.
TEST(Lifetimes, ResultsAreThoseOfKeptValues) {
  for (const char* name : {"MobileNetV3Small", "DenseNet121"}) {
    SCOPED_TRACE(name);
    const ModelPtr model = initialized(applications::build_application(
        name, {.input_shape = {32, 32, 3}, .classes = 3, .head = applications::Head::kDense}));
    const Array x = random_array({2, 32, 32, 3}, 5);
    const ModelPtr quantized = quantize::quantize_model(*model);
    for (const auto& [tested, options] :
         {std::pair(model, PlanOptions{}), std::pair(quantized, PlanOptions{}),
          std::pair(quantized, PlanOptions{.precision = Precision::kBfloat16})}) {
      const auto kept = results(tested, x, options, true), reused = results(tested, x, options, false);
      ASSERT_EQ(kept.size(), reused.size());
      for (size_t i = 0; i < kept.size(); ++i) ASSERT_EQ(distance(kept[i], reused[i]), 0.0) << i;
    }
  }
}

TEST(Lifetimes, LayersInTheMiddleLeaveOutputsWhereTheyAreKept) {
  const Tensor in = nudge::input({4});
  const ModelPtr model =
      initialized(make_model(in, dense(dense(in, {.units = 3, .name = "hidden"}), {.units = 2})));
  const auto plan = compile(model);
  const Array x = random_array({2, 4}, 1);
  plan->forward({x}, Mode::kInference);
  EXPECT_THAT([&] { plan->layer_output("hidden"); },
              testing::ThrowsMessage<ValueError>(testing::HasSubstr("keep_layer_outputs")));
  plan->keep_layer_outputs(true);
  plan->forward({x}, Mode::kInference);
  EXPECT_EQ(plan->layer_output("hidden").shape(), (Shape{2, 3}));
}

}  // namespace
}  // namespace nudge::plan
