#include "nudge/post_training/search.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "nudge/post_training/quantize_model.h"
#include "nudge/post_training/sensitive_layers.h"
#include "nudge/tflite/writer.h"
#include "nudge/train/predictor.h"

namespace nudge::post_training {
namespace {

constexpr int64_t kExplainedBatches = 2;

using Clock = std::chrono::steady_clock;
using Outputs = std::vector<std::vector<Array>>;  // of each batch

Outputs outputs_of(train::Predictor& predictor, data::BatchStream& data) {
  Outputs outputs;
  data.seek(0, 0);
  for (int64_t i = 0; i < data.steps_per_epoch(); ++i)
    outputs.push_back(predictor.predict(data.next().inputs));
  return outputs;
}

double sqnr(const Outputs& floating, const Outputs& stored) {
  double signal = 0, error = 0;
  for (size_t batch = 0; batch < floating.size(); ++batch) {
    for (size_t i = 0; i < floating[batch].size(); ++i) {
      const auto exact = floating[batch][i].span<float>(), given = stored[batch][i].span<float>();
      for (size_t k = 0; k < exact.size(); ++k) {
        const double missed = double{exact[k]} - double{given[k]};
        signal += double{exact[k]} * double{exact[k]};
        error += missed * missed;
      }
    }
  }
  return error == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(signal / error);
}

std::optional<double> accuracy(const Outputs& outputs, data::BatchStream& data) {
  int64_t right = 0, count = 0;
  data.seek(0, 0);
  for (const std::vector<Array>& batch : outputs) {
    const std::vector<Array> targets = data.next().targets;
    const bool classifies = batch.size() == 1 && batch[0].shape().size() == 2 && batch[0].shape()[1] > 1 &&
                            targets.size() == 1 && targets[0].type() == DataType::kInt32 &&
                            targets[0].size() == batch[0].shape()[0];
    if (!classifies) return std::nullopt;
    const int64_t classes = batch[0].shape()[1];
    for (int64_t row = 0; row < targets[0].size(); ++row, ++count) {
      const float* scores = batch[0].data<float>() + row * classes;
      right += std::max_element(scores, scores + classes) - scores == targets[0].data<int32_t>()[row] ? 1 : 0;
    }
  }
  if (count == 0) return std::nullopt;
  return static_cast<double>(right) / static_cast<double>(count);
}

class Search {
 public:
  Search(const ModelPtr& model, data::BatchStream& calibration, data::BatchStream& validation,
         const SearchOptions& options)
      : model_(model), calibration_(calibration), validation_(validation), options_(options) {
    train::Predictor predictor(model, {.seed = options.seed});
    floating_ = outputs_of(predictor, validation);
  }

  SearchResult run() {
    for (const CalibrationMethod method :
         {CalibrationMethod::kAverage, CalibrationMethod::kMinMax, CalibrationMethod::kPercentile,
          CalibrationMethod::kSquaredError, CalibrationMethod::kEntropy}) {
      if (has_time()) attempt({.calibration = {method}});
    }
    if (!has_time()) return std::move(result_);
    const Calibration calibration = result_.best.calibration;
    const std::vector<LayersTogether> worst =
        sensitive_layers(result_.model, calibration_, kExplainedBatches);
    for (size_t kept = 1; kept <= 8 && kept < worst.size() && has_time(); kept *= 2) {
      attempt(
          {.calibration = calibration,
           .float_layers = static_cast<int64_t>(kept),
           .keep_float = expression_of({worst.begin(), worst.begin() + static_cast<std::ptrdiff_t>(kept)})});
    }
    return std::move(result_);
  }

 private:
  bool has_time() const {
    const std::chrono::duration<double> spent = Clock::now() - start_;
    return result_.trials.empty() || spent.count() < options_.seconds;
  }

  void attempt(Trial trial) {
    calibration_.seek(0, 0);
    const ModelPtr quantized = quantize_model(
        *model_, calibration_,
        {.calibration = trial.calibration, .keep_float = trial.keep_float, .seed = options_.seed});
    const convert::Conversion made = convert::convert(*quantized, options_.convert);
    trial.bytes = static_cast<int64_t>(tflite::serialize(made.file).size());
    train::Predictor predictor(made.file, {.runtime = train::Runtime::kReference});
    const Outputs outputs = outputs_of(predictor, validation_);
    trial.sqnr = sqnr(floating_, outputs);
    trial.accuracy = accuracy(outputs, validation_);
    if (options_.tell) options_.tell(trial);
    if (result_.trials.empty() || better(trial, result_.best)) {
      result_.best = trial;
      result_.model = quantized;
    }
    result_.trials.push_back(std::move(trial));
  }

  const ModelPtr& model_;
  data::BatchStream& calibration_;
  data::BatchStream& validation_;
  const SearchOptions& options_;
  const Clock::time_point start_ = Clock::now();
  Outputs floating_;
  SearchResult result_;
};

}  // namespace

bool better(const Trial& a, const Trial& b) {
  if (a.accuracy != b.accuracy) return a.accuracy > b.accuracy;
  if (a.accuracy && a.float_layers != b.float_layers) return a.float_layers < b.float_layers;
  return a.sqnr > b.sqnr;
}

SearchResult search(const ModelPtr& model, data::BatchStream& calibration, data::BatchStream& validation,
                    const SearchOptions& options) {
  return Search(model, calibration, validation, options).run();
}

}  // namespace nudge::post_training
