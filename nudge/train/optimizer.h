// Keras's optimizers: update rules and defaults.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "nudge/base/array.h"

namespace nudge::train {

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  // "SGD", "RMSprop", "Adam".
  virtual std::string name() const = 0;
  // Everything but the rate by Keras's names, such as "rho"; flags are 0 or 1.
  virtual std::map<std::string, double> options() const = 0;

  double learning_rate() const { return learning_rate_; }
  void set_learning_rate(double rate) { learning_rate_ = rate; }

  // Call once a step, before the weights' updates.
  void begin_step() { ++iterations_; }
  int64_t iterations() const { return iterations_; }
  void set_iterations(int64_t iterations) { iterations_ = iterations; }

  // Moves `value` in place; `key` names the weight, so that its state is found again.
  virtual void update(const std::string& key, Array& value, const Array& gradient) = 0;

  // The running averages by "KEY/SLOT": what a checkpoint keeps.
  std::map<std::string, Array>& state() { return state_; }

 protected:
  explicit Optimizer(double learning_rate) : learning_rate_(learning_rate) {}
  // The named average of a weight; zeros at first.
  float* slot(const std::string& key, const char* name, const Array& like);

 private:
  double learning_rate_;
  int64_t iterations_ = 0;
  std::map<std::string, Array> state_;
};

struct SgdOptions {
  double learning_rate = 0.01;
  double momentum = 0.0;
  bool nesterov = false;
};
// v <- momentum v - rate g;  w <- w + v, or with nesterov w + momentum v - rate g.
std::unique_ptr<Optimizer> sgd(SgdOptions options = {});

struct RmspropOptions {
  double learning_rate = 0.001;
  double rho = 0.9;  // of the running mean of squares
  double momentum = 0.0;
  double epsilon = 1e-7;  // inside the root
  bool centered = false;  // divide by the deviation instead of the root mean square
};
// v <- rho v + (1 - rho) g^2;  w <- w - rate g / sqrt(v + epsilon).
std::unique_ptr<Optimizer> rmsprop(RmspropOptions options = {});

struct AdamOptions {
  double learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;  // outside the root
};
// Kingma and Ba 2014, with the bias correction folded into the rate as Keras does.
std::unique_ptr<Optimizer> adam(AdamOptions options = {});

// "sgd", "rmsprop", "adam", case-insensitive, with default options but for those given by Optimizer::options'
// names; throws ValueError listing them.
std::unique_ptr<Optimizer> optimizer_from_name(const std::string& name,
                                               const std::map<std::string, double>& options = {});

}  // namespace nudge::train
