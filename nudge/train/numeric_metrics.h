// Metrics of numbers.
#pragma once

#include <memory>

#include "nudge/train/metric.h"

namespace nudge::train {

std::unique_ptr<Metric> mean_squared_error_metric();
std::unique_ptr<Metric> root_mean_squared_error_metric();
std::unique_ptr<Metric> mean_absolute_error_metric();

}  // namespace nudge::train
