#include "nudge/layers/random_image.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/layers/random_image_class-inl.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {
namespace {

const RandomImageClass& class_called(const std::string& name) {
  for (const RandomImageClass& known : random_image_table()) {
    if (known.name == name) return known;
  }
  throw UnsupportedError("'" + name + "' is no layer that distorts images");
}

}  // namespace

std::vector<std::string> random_image_classes() {
  std::vector<std::string> names;
  for (const RandomImageClass& known : random_image_table()) names.emplace_back(known.name);
  return names;
}

RandomImage::RandomImage(const std::string& class_name, const Json& arguments)
    : ClonableLayer(ConfigReader(arguments, class_name).name(), class_name), class_name_(class_name) {
  const RandomImageClass& own = class_called(class_name);
  colors_ = own.colors;
  Json complete = own.defaults;
  for (const auto& [key, standard] : own.defaults.items()) {
    if (arguments.contains(key)) complete[key] = arguments[key];
  }
  arguments_ = std::make_shared<const Json>(complete);
  for (ops::Distortion& made : own.read(DistortionReader(complete, where()))) {
    made.stream = distortions_.size();
    distortions_.push_back(std::make_shared<const ops::Distortion>(std::move(made)));
  }
  const Json seed = complete.value("seed", Json(nullptr));
  if (seed.is_number_integer()) seed_ = seed.get<int64_t>();
}

Json RandomImage::config() const {
  Json config = base_config();
  config["data_format"] = "channels_last";
  config.update(*arguments_);
  return config;
}

LayerPtr RandomImage::from_config(const std::string& class_name, const Json& config) {
  const ConfigReader reader(config, class_name);
  reader.require_channels_last();
  auto layer = std::make_shared<RandomImage>(class_name, config);
  reader.finish(*layer);
  return layer;
}

std::vector<Shape> RandomImage::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs, 4);
  if (colors_ && input[3] != 3) {
    throw ShapeError(fmt::format("{}takes images of three channels (red, green, blue), given shape {}",
                                 where(), to_string(input)));
  }
  return {input};
}

void RandomImage::expand(ops::Expansion& call) const {
  ops::ValueId value = call.input();
  for (const auto& distortion : distortions_) {
    value = call.add(ops::Distort{.how = distortion, .seed = seed_}, {value});
  }
  call.output(value);
}

Tensor random_image(const Tensor& x, const std::string& class_name, const Json& arguments) {
  return std::make_shared<RandomImage>(class_name, arguments)->call(x);
}

}  // namespace nudge::layers
