// Any model over a data set: .keras files through the plan or, when quantized, through the integer
// evaluator; .tflite files through a runtime.
#pragma once

#include <optional>
#include <string>

#include "nudge/cli/model_file.h"
#include "nudge/cli/objective_option.h"
#include "nudge/train/evaluation.h"
#include "nudge/train/runtime.h"

namespace nudge::cli {

struct Score {
  std::string file;
  std::string kind;     // "float", "ptq", "qat" or "tflite"
  std::string origin;   // what it was converted from: "float", "ptq", "qat"; "" where a file does not say
  std::string runtime;  // "float", or of train::Runtime
  train::Evaluation evaluation;
  int64_t bytes = 0;  // of the file; 0 for an application
  // Quantized models: the float simulation beside the integer result, and how often they differ.
  train::Logs simulated;
  std::optional<double> disagreement;
};

struct ScoreOptions {
  std::shared_ptr<const data::Source> source;
  data::Split split = data::Split::kTest;
  ObjectiveOptions objective;
  train::Runtime runtime = train::Runtime::kAuto;  // of .tflite files
  uint64_t seed = 0;
  std::string preprocess = "auto";
  bool strict = false;  // a damaged file is an error
};

// "float", "qat", or for a file "tflite (ptq)".
std::string kind_text(const Score& score);

Score score(const std::string& model, const ScoreOptions& options);

}  // namespace nudge::cli
