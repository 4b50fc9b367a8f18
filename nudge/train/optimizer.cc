#include "nudge/train/optimizer.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "nudge/base/error.h"
#include "nudge/base/threads.h"

namespace nudge::train {
namespace {

constexpr int64_t kGrain = 1 << 15;  // elements worth a thread

void check_sizes(const std::string& key, const Array& value, const Array& gradient) {
  if (value.shape() != gradient.shape()) {
    throw ShapeError("weight '" + key + "' has shape " + to_string(value.shape()) + ", its gradient " +
                     to_string(gradient.shape()));
  }
}

class Sgd : public Optimizer {
 public:
  explicit Sgd(SgdOptions options) : Optimizer(options.learning_rate), options_(options) {}
  std::string name() const override { return "SGD"; }

  void update(const std::string& key, Array& value, const Array& gradient) override {
    check_sizes(key, value, gradient);
    const auto rate = static_cast<float>(learning_rate());
    const auto momentum = static_cast<float>(options_.momentum);
    float* w = value.data<float>();
    const float* g = gradient.data<float>();
    float* v = momentum == 0.0f ? nullptr : slot(key, "momentum", value);
    const bool nesterov = options_.nesterov;
    parallel_for(value.size(), kGrain, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        if (v == nullptr) {
          w[i] -= rate * g[i];
          continue;
        }
        v[i] = momentum * v[i] - rate * g[i];
        w[i] += nesterov ? momentum * v[i] - rate * g[i] : v[i];
      }
    });
  }

 private:
  SgdOptions options_;
};

class Rmsprop : public Optimizer {
 public:
  explicit Rmsprop(RmspropOptions options) : Optimizer(options.learning_rate), options_(options) {}
  std::string name() const override { return "RMSprop"; }

  void update(const std::string& key, Array& value, const Array& gradient) override {
    check_sizes(key, value, gradient);
    const auto rate = static_cast<float>(learning_rate());
    const auto rho = static_cast<float>(options_.rho);
    const auto epsilon = static_cast<float>(options_.epsilon);
    const auto momentum = static_cast<float>(options_.momentum);
    float* w = value.data<float>();
    const float* g = gradient.data<float>();
    float* v = slot(key, "velocity", value);
    float* mean = options_.centered ? slot(key, "average_gradient", value) : nullptr;
    float* moved = momentum > 0.0f ? slot(key, "momentum", value) : nullptr;
    parallel_for(value.size(), kGrain, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        v[i] = rho * v[i] + (1.0f - rho) * g[i] * g[i];
        float spread = v[i];
        if (mean != nullptr) {
          mean[i] = rho * mean[i] + (1.0f - rho) * g[i];
          spread -= mean[i] * mean[i];
        }
        float step = rate * g[i] / std::sqrt(spread + epsilon);
        if (moved != nullptr) step = moved[i] = momentum * moved[i] + step;
        w[i] -= step;
      }
    });
  }

 private:
  RmspropOptions options_;
};

class Adam : public Optimizer {
 public:
  explicit Adam(AdamOptions options) : Optimizer(options.learning_rate), options_(options) {}
  std::string name() const override { return "Adam"; }

  void update(const std::string& key, Array& value, const Array& gradient) override {
    check_sizes(key, value, gradient);
    const auto t = static_cast<double>(std::max<int64_t>(iterations(), 1));
    const auto rate = static_cast<float>(learning_rate() * std::sqrt(1 - std::pow(options_.beta_2, t)) /
                                         (1 - std::pow(options_.beta_1, t)));
    const auto b1 = static_cast<float>(1 - options_.beta_1);
    const auto b2 = static_cast<float>(1 - options_.beta_2);
    const auto epsilon = static_cast<float>(options_.epsilon);
    float* w = value.data<float>();
    const float* g = gradient.data<float>();
    float* m = slot(key, "momentum", value);
    float* v = slot(key, "velocity", value);
    parallel_for(value.size(), kGrain, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        m[i] += (g[i] - m[i]) * b1;
        v[i] += (g[i] * g[i] - v[i]) * b2;
        w[i] -= m[i] * rate / (std::sqrt(v[i]) + epsilon);
      }
    });
  }

 private:
  AdamOptions options_;
};

}  // namespace

float* Optimizer::slot(const std::string& key, const char* name, const Array& like) {
  Array& array = state_[key + "/" + name];
  if (array.empty() || array.shape() != like.shape()) array = Array(like.shape());
  return array.data<float>();
}

std::unique_ptr<Optimizer> sgd(SgdOptions options) { return std::make_unique<Sgd>(options); }
std::unique_ptr<Optimizer> rmsprop(RmspropOptions options) { return std::make_unique<Rmsprop>(options); }
std::unique_ptr<Optimizer> adam(AdamOptions options) { return std::make_unique<Adam>(options); }

std::unique_ptr<Optimizer> optimizer_from_name(const std::string& name) {
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "sgd") return sgd();
  if (lower == "rmsprop") return rmsprop();
  if (lower == "adam") return adam();
  throw ValueError("unknown optimizer '" + name + "'; known: sgd, rmsprop, adam");
}

}  // namespace nudge::train
