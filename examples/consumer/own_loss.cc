// A loss written outside nudge: half the squared distance of scores from one-hot labels.
#include <nudge/nudge.h>

#include <cstdio>

using namespace nudge;

class SquaredDistance : public train::Loss {
 public:
  std::string name() const override { return "squared_distance"; }
  bool classifies() const override { return true; }

 protected:
  train::Targets::Form form() const override { return train::Targets::Form::kClassNumbersOrRows; }
  double row(std::span<const double> target, std::span<double> predicted,
             std::span<double> gradient) const override {
    double sum = 0;
    for (size_t i = 0; i < target.size(); ++i) {
      gradient[i] = predicted[i] - target[i];
      sum += 0.5 * gradient[i] * gradient[i];
    }
    return sum;
  }
};

int main() {
  const ModelPtr model =
      applications::build_application("small_cnn", {.input_shape = {16, 16, 3}, .classes = 5});
  data::Loader photos(data::open_source("builtin:flowers?count=100"),
                      {.size = {16, 16}, .batch = 16, .preprocess = data::Preprocess::kRescale});
  train::Trainer trainer(model, train::adam(), std::make_shared<SquaredDistance>());
  const train::History history = trainer.fit(photos, nullptr, {.epochs = 3});
  const auto& losses = history.metrics.at("loss");
  std::printf("loss %.4f, then %.4f\n", losses.front(), losses.back());
  return losses.back() < losses.front() ? 0 : 1;
}
