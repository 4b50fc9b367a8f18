// Keras's optimizers: update rules and defaults.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nudge/base/array.h"

namespace nudge::train {

// What every optimizer takes beside its rule's own options.  At most one way of clipping.
struct OptimizerOptions {
  double weight_decay = 0.0;     // w <- w - rate decay w before the rule; 0: none
  double clipvalue = 0.0;        // each gradient's values to [-clipvalue, clipvalue]; 0: as they are
  double clipnorm = 0.0;         // each gradient's norm to this at most; 0: as it is
  double global_clipnorm = 0.0;  // that of all gradients together; 0: as it is
  bool use_ema = false;          // a moving average of the weights, which they are set to when training ends
  double ema_momentum = 0.99;    // of that average
  int64_t ema_overwrite_frequency = 0;      // after so many steps too; 0: only at the end
  int64_t gradient_accumulation_steps = 0;  // an update each so many steps, by their mean; 0: each step
};

// A weight and its gradient, which a step may overwrite.
struct WeightStep {
  std::string key;  // names the weight, so that its state is found again
  Array& value;
  Array& gradient;
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  // Keras's class: "SGD", "RMSprop", "Adam", ...
  virtual std::string name() const = 0;
  // Everything but the rate by Keras's names, such as "rho"; flags are 0 or 1.  Of OptimizerOptions what is
  // not by default.
  std::map<std::string, double> options() const;

  double learning_rate() const { return learning_rate_; }
  void set_learning_rate(double rate) { learning_rate_ = rate; }

  // A step over all weights: accumulates, clips and decays as the OptimizerOptions say, and updates.
  void apply(const std::vector<WeightStep>& weights);
  // When training has ended: with use_ema the weights become their averages.
  void finish(const std::vector<WeightStep>& weights);

  // Steps so far, with those that only accumulated.
  int64_t iterations() const { return iterations_; }
  void set_iterations(int64_t iterations) { iterations_ = iterations; }

  // The running averages by "KEY/SLOT": what a checkpoint keeps.
  std::map<std::string, Array>& state() { return state_; }

 protected:
  // Throws ValueError naming an option that is out of range.
  Optimizer(double learning_rate, const OptimizerOptions& options);

  virtual std::map<std::string, double> rule_options() const = 0;
  // Moves the weight in place; updates() counts this one.
  virtual void update(const WeightStep& weight) = 0;
  // Updates of each weight so far.
  int64_t updates() const;
  // The named average of a weight; `start` at first.
  float* slot(const std::string& key, const char* name, const Array& like, float start = 0.0f);

 private:
  bool accumulate(const std::vector<WeightStep>& weights);
  void clip(const std::vector<WeightStep>& weights) const;
  void average(const std::vector<WeightStep>& weights);

  double learning_rate_;
  OptimizerOptions common_;
  int64_t iterations_ = 0;
  std::map<std::string, Array> state_;
};

struct SgdOptions {
  double learning_rate = 0.01;
  double momentum = 0.0;
  bool nesterov = false;
  OptimizerOptions common = {};
};
// v <- momentum v - rate g;  w <- w + v, or with nesterov w + momentum v - rate g.
std::unique_ptr<Optimizer> sgd(SgdOptions options = {});

struct RmspropOptions {
  double learning_rate = 0.001;
  double rho = 0.9;  // of the running mean of squares
  double momentum = 0.0;
  double epsilon = 1e-7;  // inside the root
  bool centered = false;  // divide by the deviation instead of the root mean square
  OptimizerOptions common = {};
};
// v <- rho v + (1 - rho) g^2;  w <- w - rate g / sqrt(v + epsilon).
std::unique_ptr<Optimizer> rmsprop(RmspropOptions options = {});

struct AdamOptions {
  double learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;  // outside the root
  OptimizerOptions common = {};
};
// Kingma and Ba 2014, with the bias correction folded into the rate as Keras does.
std::unique_ptr<Optimizer> adam(AdamOptions options = {});
// Loshchilov and Hutter 2019: Adam with weight decay.
std::unique_ptr<Optimizer> adamw(AdamOptions options = {.common = {.weight_decay = 0.004}});
// Kingma and Ba 2014, section 7.1: by the largest gradient that decays, in place of the mean of squares.
std::unique_ptr<Optimizer> adamax(AdamOptions options = {});
// Dozat 2016: Adam with Nesterov's momentum.
std::unique_ptr<Optimizer> nadam(AdamOptions options = {});

struct AdagradOptions {
  double learning_rate = 0.001;
  double initial_accumulator_value = 0.1;
  double epsilon = 1e-7;  // inside the root
  OptimizerOptions common = {};
};
// a <- a + g^2;  w <- w - rate g / sqrt(a + epsilon).
std::unique_ptr<Optimizer> adagrad(AdagradOptions options = {});

struct LionOptions {
  double learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.99;
  OptimizerOptions common = {};
};
// Chen et al. 2023: w <- w - rate sign(beta_1 m + (1 - beta_1) g);  m <- beta_2 m + (1 - beta_2) g.
std::unique_ptr<Optimizer> lion(LionOptions options = {});

// "sgd", "rmsprop", "adam", ..., case-insensitive, with default options but for those given by
// Optimizer::options' names; throws ValueError listing the names or the options.
std::unique_ptr<Optimizer> optimizer_from_name(const std::string& name,
                                               const std::map<std::string, double>& options = {});
const std::vector<std::string>& optimizer_names();

}  // namespace nudge::train
