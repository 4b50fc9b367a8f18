// A metric written outside nudge: how sure the model is of the right class, beside Keras's accuracy.
#include <nudge/nudge.h>

#include <cstdio>

using namespace nudge;

class Sureness : public train::Metric {
 public:
  Sureness() : Metric(2) {}
  std::string name() const override { return "sureness"; }

  void update(const Array& targets, const Array& predictions) override {
    const int64_t classes = predictions.shape()[1];
    for (int64_t row = 0; row < targets.size(); ++row) {
      sums_[0] += predictions.data<float>()[row * classes + targets.data<int32_t>()[row]];
      sums_[1] += 1;
    }
  }
  double result() const override { return sums_[1] == 0 ? 0 : sums_[0] / sums_[1]; }

 protected:
  std::unique_ptr<Metric> copy() const override { return std::make_unique<Sureness>(*this); }
};

int main() {
  const ModelPtr model =
      applications::build_application("small_cnn", {.input_shape = {16, 16, 3}, .classes = 5});
  data::Loader photos(data::open_source("builtin:flowers?count=100"),
                      {.size = {16, 16}, .batch = 16, .preprocess = data::Preprocess::kRescale});
  train::Goal goal = train::goal_of(train::sparse_categorical_crossentropy());
  goal.metrics.push_back(std::make_shared<Sureness>());
  train::Trainer trainer(model, train::adam(), train::Objective({goal}));
  const train::History history = trainer.fit(photos, nullptr, {.epochs = 3});
  const auto& sureness = history.metrics.at("sureness");
  std::printf("sureness %.3f, then %.3f\n", sureness.front(), sureness.back());
  return sureness.back() > sureness.front() ? 0 : 1;
}
