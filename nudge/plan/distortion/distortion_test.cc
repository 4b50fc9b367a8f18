// What happens to an image where its draws are given, against Keras (testdata/make_distortions.py), and what
// is drawn.
#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/json.h"
#include "nudge/layers/layers.h"
#include "nudge/plan/distortion/colors.h"
#include "nudge/plan/distortion/draw.h"
#include "nudge/plan/distortion/filters.h"
#include "nudge/plan/distortion/warp.h"
#include "nudge/plan/plan_testing.h"

namespace nudge::plan {
namespace {

using testing::AllOf;
using testing::Each;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;
using testing::ThrowsMessage;

ops::Sampling sampling_of(const Json& fixture) {
  const std::string mode = fixture.value("fill_mode", "constant");
  ops::Sampling sampling{.fill_value = fixture.contains("fill_mode") ? 7.0 : 0.0};
  sampling.fill_mode = mode == "constant"  ? ops::FillMode::kConstant
                       : mode == "reflect" ? ops::FillMode::kReflect
                       : mode == "wrap"    ? ops::FillMode::kWrap
                       : mode == "nearest" ? ops::FillMode::kNearest
                                           : ops::FillMode::kMirror;
  if (fixture.value("interpolation", "bilinear") == "nearest") {
    sampling.interpolation = ops::Interpolation::kNearest;
  }
  return sampling;
}

Corners corners_of(const Json& json) {
  Corners corners{};
  for (size_t i = 0; i < 4; ++i)
    corners[i] = {json.at(i).at(0).get<double>(), json.at(i).at(1).get<double>()};
  return corners;
}

std::vector<float> floats(const Projection& projection) { return {projection.begin(), projection.end()}; }

// What nudge makes of a case of the fixture.
std::vector<float> made(const Json& fixture, const Picture& picture) {
  const auto name = fixture.at("name").get<std::string>();
  const auto number = [&](const char* key) { return fixture.at(key).get<double>(); };
  std::vector<float> result(static_cast<size_t>(picture.size()));
  if (name == "rotation") return floats(rotation(picture, number("turns")));
  if (name == "zoom") return floats(zoom(picture, number("height"), number("width")));
  if (name == "translation") return floats(translation(number("down"), number("right")));
  if (name == "shear") return floats(shear(number("x"), number("y")));
  if (name == "warp") {
    Projection projection{};
    for (size_t i = 0; i < 8; ++i) projection[i] = fixture.at("projection").at(i).get<double>();
    warp(picture, projection, sampling_of(fixture), result.data());
    return result;
  }
  if (name == "perspective") {
    warp(picture, perspective(corners_of(fixture.at("start")), corners_of(fixture.at("end"))),
         sampling_of(fixture), result.data());
    return result;
  }
  const ops::Interval values{fixture.at("values").at(0).get<double>(),
                             fixture.at("values").at(1).get<double>()};
  const double factor = number("factor");
  if (name == "brighten") brighten(picture, factor, values, result.data());
  if (name == "change_contrast") change_contrast(picture, factor, values, result.data());
  if (name == "saturate") saturate(picture, factor, values, result.data());
  if (name == "turn_hue") turn_hue(picture, factor, values, result.data());
  if (name == "fade_to_gray") fade_to_gray(picture, factor, values, result.data());
  if (name == "sharpen") sharpen(picture, factor, values, result.data());
  if (name == "posterize") posterize(picture, std::llround(factor), values, result.data());
  if (name == "invert") invert(picture, values, result.data());
  if (name == "solarize") solarize(picture, factor, number("threshold"), values, result.data());
  if (name == "make_gray") make_gray(picture, result.data());
  if (name == "blur") blur(picture, bell(3, number("down")), bell(3, number("across")), result.data());
  return result;
}

TEST(Distortions, AreKeras) {
  const std::string path = std::string(NUDGE_SOURCE_DIR) + "/nudge/plan/testdata/distortions.json";
  const Json fixtures = parse_json(read_text_file(path), path);
  const auto shape = fixtures.at("shape").get<Shape>();
  const auto full = fixtures.at("picture").get<std::vector<float>>();
  std::vector<float> unit = full;
  for (float& value : unit) value /= 255.0f;
  EXPECT_GE(fixtures.at("cases").size(), 60U);
  for (const Json& fixture : fixtures.at("cases")) {
    const bool in_unit = fixture.contains("values") && fixture.at("values").at(1) == 1;
    SCOPED_TRACE(fixture.at("name").get<std::string>() + (in_unit ? ", 0 to 1" : ""));
    const Picture picture{in_unit ? unit.data() : full.data(), shape[0], shape[1], shape[2]};
    const std::vector<float> result = made(fixture, picture);
    const Json& expected = fixture.at("result");
    ASSERT_EQ(result.size(), expected.size());
    for (size_t i = 0; i < result.size(); ++i) {
      EXPECT_NEAR(static_cast<double>(result[i]), expected[i].get<double>(), in_unit ? 2e-5 : 2e-3) << i;
    }
  }
}

Array trained(const std::string& layer, const Json& arguments, const Array& x, uint64_t seed = 1) {
  Json named = arguments;
  named["name"] = "distortion";
  const Tensor in = nudge::input(Shape(x.shape().begin() + 1, x.shape().end()));
  const ModelPtr model = make_model(in, layers::random_image(in, layer, named));
  const auto plan = compile(model, {.seed = seed});
  EXPECT_TRUE(identical(plan->forward({x}, Mode::kInference)[0], x)) << layer << " passes images as they are";
  return plan->forward({x}, Mode::kTraining)[0];
}

// One number of each image that says what was drawn for it.
std::vector<double> per_image(const Array& y, int64_t element = 0) {
  std::vector<double> values;
  const int64_t size = y.size() / y.shape()[0];
  for (int64_t i = 0; i < y.shape()[0]; ++i) {
    values.push_back(static_cast<double>(y.data<float>()[i * size + element]));
  }
  return values;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

TEST(Distortions, EachImageHasDrawsOfItsOwn) {
  const Array gray = Array::full<float>({2000, 2, 2, 3}, 0.5f);
  const Json unit = {0, 1};
  const auto bright =
      per_image(trained("RandomBrightness", {{"factor", {-0.2, 0.4}}, {"value_range", unit}}, gray));
  EXPECT_THAT(bright, Each(AllOf(Ge(0.3 - 1e-6), Le(0.9 + 1e-6))));
  EXPECT_NEAR(mean_of(bright), 0.6, 0.02);
  const auto inverted = per_image(trained("RandomInvert", {{"factor", {0.25, 0.25}}, {"value_range", unit}},
                                          Array::full<float>({2000, 2, 2, 3}, 0.0f)));
  EXPECT_NEAR(mean_of(inverted), 0.25, 0.04);
  Array marked({2000, 2, 2, 1});
  for (int64_t i = 0; i < 2000; ++i) marked.data<float>()[4 * i] = 1.0f;
  EXPECT_NEAR(mean_of(per_image(trained("RandomFlip", {{"mode", "horizontal"}}, marked), 1)), 0.5, 0.05);
  const Array both = trained("RandomFlip", Json::object(), marked);
  EXPECT_NEAR(mean_of(per_image(both, 3)), 0.5, 0.05);
  EXPECT_EQ(mean_of(per_image(both, 1)), 0.0) << "both ways at once, or neither";
}

TEST(Distortions, ErasingCoversTheDrawnArea) {
  const Array ones = Array::full<float>({500, 40, 40, 1}, 1.0f);
  const Array y =
      trained("RandomErasing", {{"scale", {0.25, 0.25}}, {"fill_value", 0.0}, {"value_range", {0, 1}}}, ones);
  double left = 0;
  for (const float value : y.span<float>()) left += static_cast<double>(value);
  // With Keras's own factor of 1 half of the images lose a quarter each.
  EXPECT_NEAR(left / static_cast<double>(y.size()), 0.875, 0.01);
}

TEST(Distortions, FollowSeedAndStepAtAnyThreadCount) {
  const Array x = random_array({4, 6, 5, 3}, 3);
  const int threads = thread_count();
  for (const std::string& layer : layers::random_image_classes()) {
    SCOPED_TRACE(layer);
    Json arguments = {{"value_range", {-1, 1}}};
    for (const char* key : {"factor", "height_factor", "width_factor", "x_factor", "y_factor", "hue_factor",
                            "threshold_factor"}) {
      arguments[key] = 0.4;
    }
    if (layer == "RandomPosterization") arguments["factor"] = 4;
    if (layer == "RandomGrayscale" || layer == "RandomInvert" || layer == "RandomErasing")
      arguments["factor"] = 1.0;
    set_thread_count(1);
    const Array one = trained(layer, arguments, x);
    EXPECT_FALSE(identical(one, x)) << "it does something";
    set_thread_count(3);
    EXPECT_TRUE(identical(one, trained(layer, arguments, x)));
    for (const float value : one.span<float>()) EXPECT_TRUE(std::isfinite(value));
  }
  set_thread_count(threads);
}

TEST(Distortions, GiveNoGradient) {
  const Tensor in = nudge::input({4, 4, 2});
  const Tensor x = layers::conv2d(in, {.filters = 2, .kernel_size = 1});
  const ModelPtr model = make_model(in, layers::random_image(x, "RandomFlip", {{"name", "flips"}}));
  model->initialize(1);
  const auto plan = compile(model);
  const Array y = plan->forward({random_array({2, 4, 4, 2}, 1)}, Mode::kTraining)[0];
  EXPECT_THAT(
      [&] { plan->backward({y}); },
      ThrowsMessage<UnsupportedError>(AllOf(HasSubstr("'flips' (RandomFlip)"), HasSubstr("model's input"))));
}

}  // namespace
}  // namespace nudge::plan
