// The whole story on the built-in flowers.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <nlohmann/json.hpp>

#include "nudge/base/cpu.h"
#include "nudge/base/file.h"
#include "nudge/base/threads.h"
#include "nudge/cli/command.h"
#include "nudge/cli/explanation.h"
#include "nudge/cli/history_picture.h"
#include "nudge/cli/preprocess_option.h"
#include "nudge/cli/range_rows.h"
#include "nudge/cli/scorer.h"
#include "nudge/cli/training.h"
#include "nudge/convert/convert.h"
#include "nudge/convert/file_card.h"
#include "nudge/graph/summary.h"
#include "nudge/post_training/quantize_model.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/ranges.h"
#include "nudge/report/table.h"
#include "nudge/tflite/litert.h"
#include "nudge/tflite/writer.h"
#include "nudge/train/input_grid.h"

namespace nudge::cli {
namespace {

struct DemoOptions {
  std::string folder = "demo";
  int64_t image_size = 64;
  int float_epochs = 8;
  int qat_epochs = 3;
};

class Demo {
 public:
  Demo(const DemoOptions& options, const CommonOptions& common) : options_(options), common_(common) {}

  void run() {
    make_folder(options_.folder);
    start_ = std::chrono::steady_clock::now();
    train_float();
    train_quantized();
    convert_all();
    compare();
    draw();
    emit_json(common_, result());
  }

 private:
  std::string path(const std::string& name) const { return options_.folder + "/" + name; }

  void headline(const std::string& text) const {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    print(common_, fmt::format("\n[{:3.0f}s] {}\n", seconds, text));
  }

  void train(const TrainingOptions& training) {
    const int signal = train_model(loaded_, source_, preprocess_, training, common_).signal;
    if (signal != 0)
      throw Interrupted(signal, "ended by a signal; what was finished is in " + options_.folder);
  }

  void train_float() {
    headline("A small CNN on " + std::string(kData) + ", float training");
    loaded_ = open_model("small_cnn", {.image_size = options_.image_size, .classes = 5});
    print(common_, summary(*loaded_.model));
    TrainingOptions training;
    training.epochs = options_.float_epochs;
    training.optimizer = "adam";
    preprocess_ = decide_preprocess("auto", "small_cnn", loaded_, source_.get()).preprocess;
    train(training);
    write_model(loaded_, path("float.keras"));
    float_ = loaded_;
  }

  void train_quantized() {
    headline("quantize_model, then quantization-aware training");
    loaded_.model = train::on_pixel_grid(quantize::quantize_model(*float_.model), preprocess_);
    loaded_.optimizer = nullptr;
    loaded_.model->initialize(common_.seed);
    print(common_, summary(*loaded_.model));
    TrainingOptions training;
    training.initial_epoch = options_.float_epochs;
    training.epochs = options_.float_epochs + options_.qat_epochs;
    training.optimizer = "adam";
    training.learning_rate = 1e-4;
    train(training);
    write_model(loaded_, path("qat.keras"));
  }

  void write(const Model& model, const std::string& name, const std::string& origin) {
    tflite::TfLiteModel file = convert::convert(model).file;
    keras::ModelCard card = float_.card;
    card.origin = origin;
    convert::set_model_card(file, card);
    tflite::write(file, path(name));
  }

  void convert_all() {
    headline("Conversion to .tflite: float32, post-training int8, and int8 of the QAT model");
    write(*float_.model, "float.tflite", "float");
    const auto inputs = train::inputs_of(*float_.model);
    const auto photos = evaluation_loader("small_cnn", told_feed("small_cnn", inputs, {}, *source_), inputs,
                                          preprocess_, source_, data::Split::kTrain);
    write(*post_training::quantize_model(*float_.model, *photos, {.seed = common_.seed}), "ptq.tflite",
          "ptq");
    write(*loaded_.model, "qat.tflite", "qat");
  }

  void compare() {
    const bool litert = tflite::litert_available();
    headline(std::string("The same test images through every model; .tflite files run in ") +
             (litert ? "LiteRT" : "nudge's integer evaluator (LiteRT is not installed)"));
    ScoreOptions wanted{.source = source_};
    for (const char* name : {"float.keras", "qat.keras", "float.tflite", "ptq.tflite", "qat.tflite"}) {
      const Score result = score(path(name), wanted);
      rows_.push_back(
          {result.file, kind_text(result), result.runtime, result.evaluation.accuracy, result.bytes});
    }
    print(common_, report::comparison_table(rows_));
  }

  void draw() {
    draw_history(loaded_.history, "small CNN, float then QAT", path("history.png"));
    const quantize::Ranges ranges(*loaded_.model);
    report::HtmlReport report;
    report.title = "nudge demo";
    report.story = {
        "A small CNN was trained in float on the built-in flowers, quantized, trained on with "
        "quantization simulated, and converted to .tflite.",
        "The table holds what each model answers on the same test images."};
    report.models = rows_;
    report.picture = path("history.png");
    report.picture_caption = "Float training left of the magenta line, QAT right of it.";
    report.layers = rows_of(explanation("qat.keras", loaded_.model, preprocess_, {.source = source_}));
    report.ranges = range_rows(ranges, loaded_.history);
    report.settings = {{"data", kData},
                       {"image size", std::to_string(options_.image_size)},
                       {"processor", describe_cpu()},
                       {"threads", std::to_string(thread_count())},
                       {"seed", std::to_string(common_.seed)}};
    report::write_html_report(report, path("report.html"));
    const auto convergence = ranges.convergence();
    print(common_,
          fmt::format("\nranges settled: {} of {}\npicture: {}\nreport:  {}\nfiles:   {} {} {}\n",
                      convergence.converged, convergence.total, path("history.png"), path("report.html"),
                      path("float.tflite"), path("ptq.tflite"), path("qat.tflite")));
  }

  Json result() const {
    Json result = loaded_.history.to_json();
    const auto convergence = quantize::Ranges(*loaded_.model).convergence();
    result["ranges"] = {{"converged", convergence.converged}, {"total", convergence.total}};
    Json models = Json::array();
    for (const auto& row : rows_) {
      models.push_back({{"file", row.file},
                        {"kind", row.kind},
                        {"runtime", row.runtime},
                        {"accuracy", row.accuracy},
                        {"bytes", row.bytes}});
    }
    result["models"] = models;
    result["files"] = {{"float", path("float.keras")},   {"qat", path("qat.keras")},
                       {"tflite", path("qat.tflite")},   {"ptq", path("ptq.tflite")},
                       {"history", path("history.png")}, {"report", path("report.html")}};
    return result;
  }

  static constexpr const char* kData = "builtin:flowers";

  const std::shared_ptr<const data::Source> source_ = data::open_source(kData);
  const DemoOptions& options_;
  const CommonOptions& common_;
  std::chrono::steady_clock::time_point start_;
  LoadedModel float_, loaded_;
  data::Preprocess preprocess_;
  std::vector<report::ComparisonRow> rows_;
};

}  // namespace

void add_demo(CLI::App& app, CommonOptions& common) {
  auto options = std::make_shared<DemoOptions>();
  CLI::App& command =
      *app.add_subcommand("demo", "The whole story on built-in flowers, with a table and a report");
  command.add_option("--out", options->folder, "Where the files go (demo)");
  command.add_option("--image-size", options->image_size, "Height and width of the images (64)");
  command.add_option("--float-epochs", options->float_epochs, "Epochs in float (8)")
      ->check(CLI::Range(1, 1000));
  command.add_option("--qat-epochs", options->qat_epochs, "Epochs of QAT (3)")->check(CLI::Range(1, 1000));
  define(command, common, [options, &common] { Demo(*options, common).run(); });
}

}  // namespace nudge::cli
