// Data from anywhere: a source of 90 pictures that are drawn as they are asked for, bright or dark.
#include <nudge/nudge.h>

#include <algorithm>
#include <cstdio>

using namespace nudge;

class BrightOrDark : public data::Source {
 public:
  const std::string& spec() const override { return spec_; }
  int64_t size() const override { return 90; }
  const std::vector<std::string>& class_names() const override { return classes_; }
  int32_t label(int64_t item) const override { return static_cast<int32_t>(item % 2); }
  std::string item_name(int64_t item) const override { return "picture " + std::to_string(item); }
  data::ImageSize stored_size(int64_t) const override { return {0, 0}; }
  Array load(int64_t item, data::ImageSize size) const override {
    Array picture({size.height, size.width, 3}, DataType::kUInt8);
    std::ranges::fill(picture.span<uint8_t>(), static_cast<uint8_t>((item % 2 == 0 ? 190 : 10) + item % 50));
    return picture;
  }

 private:
  std::string spec_ = "bright or dark";
  std::vector<std::string> classes_{"bright", "dark"};
};

int main() {
  data::Loader pictures(std::make_shared<BrightOrDark>(),
                        {.size = {8, 8}, .batch = 8, .preprocess = data::Preprocess::kRescale});
  const Tensor image = input({8, 8, 3});
  const ModelPtr model =
      make_model(image, layers::dense(layers::flatten(image),
                                      {.units = 2, .activation = layers::ActivationFunction::kSoftmax}));
  train::Trainer trainer(model, train::adam({.learning_rate = 0.01}),
                         train::sparse_categorical_crossentropy());
  const double accuracy = trainer.fit(pictures, nullptr, {.epochs = 10}).metrics.at("accuracy").back();
  std::printf("accuracy %.3f\n", accuracy);
  return accuracy > 0.9 ? 0 : 1;
}
