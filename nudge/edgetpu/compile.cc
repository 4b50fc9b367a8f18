#include "nudge/edgetpu/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/work_folder.h"
#include "nudge/edgetpu/comparison.h"
#include "nudge/edgetpu/cut.h"
#include "nudge/tflite/reader.h"
#include "nudge/tflite/writer.h"

namespace nudge::edgetpu {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kTimeOfAPart{60};  // a whole model takes seconds

std::string stem_of(const std::string& model) { return fs::path(model).stem().string(); }

std::vector<std::string> move_files(const std::string& from, const std::string& to) {
  std::vector<std::string> moved;
  for (const auto& entry : fs::directory_iterator(from)) {
    const std::string target = (fs::path(to) / entry.path().filename()).string();
    std::error_code failed;
    fs::rename(entry.path(), target, failed);
    if (failed) throw OutputError(fmt::format("{}: cannot be written: {}", target, failed.message()));
    moved.push_back(target);
  }
  std::sort(moved.begin(), moved.end());
  return moved;
}

// Compiles parts of a failing model.
class Search {
 public:
  Search(const Compiler& compiler, const tflite::TfLiteModel& model, const std::string& stem,
         const CompileOptions& options)
      : compiler_(compiler), model_(model), stem_(stem), options_(options) {
    // Parts have other tensors, and none that segments could end at.
    options_.compiler.cut_after.clear();
    options_.compiler.segments = 0;
    options_.compiler.time = std::min(options_.compiler.time, kTimeOfAPart);
  }

  std::vector<FailingPart> run(const Prediction& prediction) {
    std::vector<size_t> candidates;
    for (const OperatorPrediction& op : prediction.operators) {
      if (op.status == Status::kMapped || op.status == Status::kSecondSubgraph)
        candidates.push_back(op.index);
    }
    const auto trial = [this](size_t first, size_t last) { return fails(first, last); };
    std::vector<FailingPart> parts;
    for (Culprit& culprit : find_culprits(prediction.operators.size(), candidates, trial)) {
      const std::string file = (fs::path(options_.out_dir) / name_of(culprit.first, culprit.last)).string();
      tflite::write(cut(model_, culprit.first, culprit.last), file);
      parts.push_back({culprit, prediction.operators[culprit.last].op, file});
    }
    return parts;
  }

 private:
  std::string name_of(size_t first, size_t last) const {
    return first == last ? fmt::format("{}_operator_{}.tflite", stem_, first)
                         : fmt::format("{}_operators_{}_to_{}.tflite", stem_, first, last);
  }

  std::string fails(size_t first, size_t last) {
    if (options_.progress) {
      options_.progress(first == last ? fmt::format("operator {} alone", first)
                                      : fmt::format("operators {} to {}", first, last));
    }
    const WorkFolder folder(options_.out_dir);
    const std::string file = (fs::path(folder.path()) / name_of(first, last)).string();
    tflite::write(cut(model_, first, last), file);
    return run_compiler(compiler_, options_.compiler, file, folder.path()).failure();
  }

  const Compiler& compiler_;
  const tflite::TfLiteModel& model_;
  std::string stem_;
  CompileOptions options_;
};

bool can_be_cut(const tflite::SubGraph& graph) {
  return std::none_of(graph.operators.begin(), graph.operators.end(), [](const tflite::Operator& op) {
    return std::holds_alternative<tflite::UnknownOptions>(op.options);
  });
}

}  // namespace

bool CompileResult::all_mapped() const {
  if (!compiled() || run.output.subgraphs.value_or(1) < 1) return false;
  int64_t on_cpu = 0, float_ends = 0;
  for (const LogRow& row : run.log) {
    if (status_from(row.status) != Status::kMapped) on_cpu += row.count;
  }
  for (const OperatorPrediction& op : prediction.operators) float_ends += op.float_end ? 1 : 0;
  return on_cpu <= float_ends;
}

CompileResult compile(const Compiler& compiler, const std::string& model, const CompileOptions& options) {
  const tflite::TfLiteModel read = tflite::read(model, tflite::Scales::kAny);
  CompileResult result{.prediction = predict(read)};
  {
    const WorkFolder folder(options.out_dir);
    do {
      folder.clear();
      result.run = run_compiler(compiler, options.compiler, model, folder.path());
      ++result.attempts;
    } while (result.run.failed_without_reason() && result.attempts < options.attempts);
    if (result.compiled()) result.files = move_files(folder.path(), options.out_dir);
  }
  if (result.compiled() && result.prediction.failures.empty()) {
    result.surprises = surprises(result.prediction, result.run.log);
  } else if (result.run.failed_without_reason() && options.bisect && can_be_cut(read.main())) {
    result.failing = Search(compiler, read, stem_of(model), options).run(result.prediction);
  }
  if (result.compiled() != result.prediction.failures.empty()) {
    result.surprises.insert(result.surprises.begin(), result.compiled()
                                                          ? "the compiler was expected to refuse the model"
                                                          : "the compiler was expected to take the model");
  }
  return result;
}

}  // namespace nudge::edgetpu
