#include "nudge/explain/deviation.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nudge/base/error.h"

namespace nudge::explain {
namespace {

constexpr int kCodes = 256;

double decibels(double signal, double error) {
  return error > 0 ? 10 * std::log10(signal / error) : std::numeric_limits<double>::infinity();
}

}  // namespace

Deviation::Deviation(const tflite::TfLiteTensor& tensor) {
  const DataType type = tflite::data_type(tensor.type);
  if (type == DataType::kFloat32) return;
  scale_ = tensor.quantization->scale.at(0);
  zero_point_ = static_cast<double>(tensor.quantization->zero_point.at(0));
  const int lowest = type == DataType::kUInt8 ? 0 : -kCodes / 2;
  lowest_ = (lowest - zero_point_) * scale_;
  highest_ = (lowest + kCodes - 1 - zero_point_) * scale_;
  taken_.resize(kCodes);
}

void Deviation::add(const Array& floating, const Array& simulated, const Array& stored) {
  if (simulated.size() != floating.size() || stored.size() != floating.size()) {
    throw ShapeError("explain: " + to_string(floating.shape()) + " in float, " +
                     to_string(simulated.shape()) + " in the simulation and " + to_string(stored.shape()) +
                     " in the file");
  }
  const float* real = floating.data<float>();
  const float* simulation = simulated.data<float>();
  const double unit = scale_ > 0 ? scale_ : 1;
  for (int64_t i = 0; i < floating.size(); ++i) {
    double value = 0;
    if (taken_.empty()) {
      value = stored.data<float>()[i];
    } else {
      const int code =
          stored.type() == DataType::kUInt8 ? stored.data<uint8_t>()[i] : stored.data<int8_t>()[i];
      value = (code - zero_point_) * scale_;
      taken_[static_cast<size_t>(code) % kCodes] = true;
      saturated_ += real[i] < lowest_ - unit || real[i] > highest_ + unit ? 1 : 0;
    }
    const double error = value - real[i];
    const double simulated_error = static_cast<double>(simulation[i]) - real[i];
    signal_ += static_cast<double>(real[i]) * real[i];
    file_error_ += error * error;
    simulated_error_ += simulated_error * simulated_error;
    largest_ = std::max(largest_, std::abs(error) / unit);
    parted_ = std::max(parted_, std::abs(error - simulated_error) / unit);
  }
  count_ += floating.size();
}

LayerError Deviation::error() const {
  LayerError result;
  result.simulated_sqnr = decibels(signal_, simulated_error_);
  result.file_sqnr = decibels(signal_, file_error_);
  result.largest_error = largest_;
  result.parted = parted_;
  result.saturated = count_ > 0 ? static_cast<double>(saturated_) / static_cast<double>(count_) : 0;
  result.codes = static_cast<int>(std::count(taken_.begin(), taken_.end(), true));
  return result;
}

double Deviation::relative_error() const {
  if (file_error_ == 0) return 0;
  return signal_ > 0 ? file_error_ / signal_ : std::numeric_limits<double>::infinity();
}

}  // namespace nudge::explain
