// Whether the fused blocks, in float32 and in bfloat16, train as well as plain steps: the story in float and
// QAT for each, over several seeds.
//
//   accuracy_parity [SOURCE [TEST_SOURCE [MODEL [SIZE [ALPHA [FLOAT_EPOCHS [QAT_EPOCHS [SEEDS]]]]]]]]
//
// Accuracy is that of TEST_SOURCE, all of it; when it is "-", of SOURCE's validation and test pictures.  When
// MODEL is a .keras file, nothing is trained: its own accuracy by each path is told.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nudge/layers/register.h"
#include "nudge/nudge.h"

using namespace nudge;

namespace {

struct Story {
  std::string source = "builtin:flowers?count=2000";
  std::string test_source = "builtin:flowers?count=2000&seed=99";
  std::string model = "small_cnn";
  int64_t size = 32;
  double alpha = 1.0;
  int float_epochs = 10;
  int qat_epochs = 3;
  int seeds = 3;
};

struct Path {
  const char* name;
  plan::PlanOptions options;
};
const Path kPaths[] = {{"plain float32", {.fused = false}},
                       {"fused float32", {}},
                       {"fused bfloat16", {.precision = plan::Precision::kBfloat16}}};

struct Accuracies {
  double floating, qat;
};

class Stage {
 public:
  explicit Stage(const Story& story) : story_(story) {
    options_.size = {story.size, story.size};
    options_.preprocess = preprocess_of(story.model);
    const auto source = data::open_source(story.source);
    classes_ = source->class_count();
    if (story.test_source != "-") {
      tests_.push_back(loader(data::open_source(story.test_source), data::Split::kAll, 0));
    } else {
      tests_.push_back(loader(source, data::Split::kValidation, 0));
      tests_.push_back(loader(source, data::Split::kTest, 0));
    }
  }

  double accuracy_of(const ModelPtr& model, const plan::PlanOptions& path) {
    train::Trainer trainer(model, train::sgd(), train::sparse_categorical_crossentropy(), path);
    return test(trainer);
  }

  Accuracies play(plan::PlanOptions path, uint64_t seed) {
    path.seed = seed;
    const ModelPtr model =
        applications::build_application(story_.model, {.input_shape = {story_.size, story_.size, 3},
                                                       .alpha = story_.alpha,
                                                       .classes = classes_,
                                                       .head = applications::Head::kDense});
    const auto pictures = loader(data::open_source(story_.source), data::Split::kTrain, seed);
    const double floating = train(model, path, *pictures, 0, story_.float_epochs, 1e-3);
    const ModelPtr quantized = quantize::quantize_model(*model);
    const int end = story_.float_epochs + story_.qat_epochs;
    return {floating, train(quantized, path, *pictures, story_.float_epochs, end, 1e-4)};
  }

 private:
  std::unique_ptr<data::Loader> loader(std::shared_ptr<const data::Source> source, data::Split split,
                                       uint64_t seed) {
    data::LoaderOptions options = options_;
    options.split = split;
    options.seed = seed;
    options.shuffle = split == data::Split::kTrain;
    if (options.shuffle) options.augment = "flip,shift=0.1";
    return std::make_unique<data::Loader>(std::move(source), options);
  }

  static data::Preprocess preprocess_of(const std::string& model) {
    // A file does not tell; all of the applications but the small CNN take "tf".
    if (model.ends_with(".keras")) return data::Preprocess::kTf;
    return data::preprocess_from_string(applications::application(model).preprocessing);
  }

  double train(const ModelPtr& model, const plan::PlanOptions& path, data::Loader& pictures, int begin,
               int end, double rate) {
    train::Trainer trainer(model, train::rmsprop({.learning_rate = rate}),
                           train::sparse_categorical_crossentropy(), path);
    if (begin > 0) train::calibrate(trainer.plan(), pictures, 8);
    const auto schedule =
        std::make_shared<train::LearningRateScheduler>(trainer.optimizer(), train::cosine_rate());
    trainer.fit(pictures, nullptr,
                {.epochs = end,
                 .initial_epoch = begin,
                 .reestimate_batch_normalization = true,
                 .callbacks = {schedule}});
    return test(trainer);
  }

  double test(train::Trainer& trainer) {
    double right = 0, count = 0;
    for (const auto& test : tests_) {
      const train::Evaluation result = trainer.evaluate(*test);
      right += result.accuracy * static_cast<double>(result.count);
      count += static_cast<double>(result.count);
    }
    return right / count;
  }

  Story story_;
  data::LoaderOptions options_;
  int64_t classes_ = 0;
  std::vector<std::unique_ptr<data::Loader>> tests_;
};

// "0.9512 +- 0.0021": mean and its standard error.
std::string summary_of(const std::vector<double>& values) {
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double n = static_cast<double>(values.size());
  const double error = n > 1 ? std::sqrt(squares / (n - 1) / n) : 0.0;
  char text[64];
  std::snprintf(text, sizeof text, "%.4f +- %.4f", mean, error);
  return text;
}

void run(const Story& story) {
  Stage stage(story);
  if (story.model.ends_with(".keras")) {
    layers::register_layers();
    quantize::register_quantize_layers();
    const ModelPtr model = keras::load_model(story.model);
    for (const Path& path : kPaths) {
      std::printf("%-14s  %.4f\n", path.name, stage.accuracy_of(model, path.options));
    }
    return;
  }
  std::map<std::string, std::vector<double>> floating, qat;
  for (int seed = 0; seed < story.seeds; ++seed) {
    for (const Path& path : kPaths) {
      const Accuracies result = stage.play(path.options, static_cast<uint64_t>(seed));
      std::printf("seed %d  %-14s  float %.4f  QAT %.4f\n", seed, path.name, result.floating, result.qat);
      std::fflush(stdout);
      floating[path.name].push_back(result.floating);
      qat[path.name].push_back(result.qat);
    }
  }
  std::printf("\n%-14s  %-18s  %s\n", "", "float", "QAT");
  for (const Path& path : kPaths) {
    std::printf("%-14s  %-18s  %s\n", path.name, summary_of(floating[path.name]).c_str(),
                summary_of(qat[path.name]).c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  Story story;
  if (argc > 1) story.source = argv[1];
  if (argc > 2) story.test_source = argv[2];
  if (argc > 3) story.model = argv[3];
  if (argc > 4) story.size = std::atoll(argv[4]);
  if (argc > 5) story.alpha = std::atof(argv[5]);
  if (argc > 6) story.float_epochs = std::atoi(argv[6]);
  if (argc > 7) story.qat_epochs = std::atoi(argv[7]);
  if (argc > 8) story.seeds = std::atoi(argv[8]);
  try {
    run(story);
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "accuracy_parity: %s\n", error.what());
    return 1;
  }
}
