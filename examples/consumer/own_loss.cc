// A loss written outside nudge: half the squared distance of scores from one-hot labels.
#include <nudge/nudge.h>

#include <cstdio>

using namespace nudge;

class SquaredDistance : public train::Loss {
 public:
  std::string name() const override { return "squared_distance"; }
  bool from_logits() const override { return false; }
  double compute(const Array& labels, const Array& predictions, Array* gradient) const override {
    const int64_t rows = predictions.shape()[0], classes = predictions.shape()[1];
    if (gradient != nullptr) *gradient = Array(predictions.shape());
    double sum = 0;
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t of = 0; of < classes; ++of) {
        const float wanted = labels.data<int32_t>()[row] == of ? 1.0f : 0.0f;
        const float error = predictions.data<float>()[row * classes + of] - wanted;
        sum += 0.5 * static_cast<double>(error) * error;
        if (gradient != nullptr)
          gradient->data<float>()[row * classes + of] = error / static_cast<float>(rows);
      }
    }
    return sum / static_cast<double>(rows);
  }
};

int main() {
  const ModelPtr model =
      applications::build_application("small_cnn", {.input_shape = {16, 16, 3}, .classes = 5});
  data::Loader photos(data::open_source("builtin:flowers?count=100"),
                      {.size = {16, 16}, .batch = 16, .preprocess = data::Preprocess::kRescale});
  train::Trainer trainer(model, train::adam(), std::make_unique<SquaredDistance>());
  const train::History history = trainer.fit(photos, nullptr, {.epochs = 3});
  const auto& losses = history.metrics.at("loss");
  std::printf("loss %.4f, then %.4f\n", losses.front(), losses.back());
  return losses.back() < losses.front() ? 0 : 1;
}
