// Every metric against Keras 3 over several batches (testdata/make_metrics.py).
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nudge/base/file.h"
#include "nudge/base/json.h"
#include "nudge/train/labels_test.h"
#include "nudge/train/metric.h"

namespace nudge::train {
namespace {

TEST(MetricOracle, EveryBatchIsKeras) {
  const std::string path = std::string(NUDGE_SOURCE_DIR) + "/nudge/train/testdata/metrics.json";
  const Json cases = parse_json(read_text_file(path), path);
  std::map<std::string, int> of_each;
  for (const Json& fixture : cases) {
    const auto name = fixture.at("metric").get<std::string>();
    SCOPED_TRACE(name + " with " + fixture.at("options").dump() + ", seed " + fixture.at("seed").dump());
    ++of_each[name];
    const auto predicted = fixture.at("predicted").get<std::string>();
    const auto metric = metric_from_name(name,
                                         predicted == "logits"    ? Predicted::kLogits
                                         : predicted == "answers" ? Predicted::kAnswers
                                                                  : Predicted::kProbabilities,
                                         fixture.at("options").get<std::map<std::string, double>>());
    for (const Json& batch : fixture.at("batches")) {
      const auto shape = batch.at("shape").get<Shape>();
      metric->update(labels_of(batch.at("labels"), shape),
                     Array::of(shape, batch.at("values").get<std::vector<float>>()));
      EXPECT_NEAR(metric->result(), batch.at("expected").get<double>(), 1e-6);
    }
  }
  for (const std::string& name : metric_names()) EXPECT_GE(of_each[name], 4) << name;
}

}  // namespace
}  // namespace nudge::train
