// The options of an application that is given by name, and their flags.
#pragma once

#include <optional>
#include <string>

#include "nudge/applications/applications.h"
#include "nudge/graph/model.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace nudge::cli {

struct ArchitectureOptions {
  std::optional<int64_t> image_size;  // the application's own
  std::optional<double> alpha;        // 1
  bool minimalistic = false;
  std::optional<bool> include_preprocessing;  // true
  // With classes and without include_top: pooled features and a softmax Dense.  Without: Keras's own model.
  std::optional<int64_t> classes;
  std::optional<bool> include_top;
  std::optional<std::string> pooling;
  // kImagenet or a file; none: initialized by the seed, or as the model's file has them.
  std::optional<std::string> weights;
  // Where --classes does not say; 0: Keras's own.
  int64_t default_classes = 0;
};

// --image-size, --alpha, --minimalistic, --include-preprocessing, --classes, --pooling, --weights.
void add_architecture_options(CLI::App& command, ArchitectureOptions& options);

// What they say of an application.  Throws ValueError on a size or class count that none has.
applications::ApplicationOptions application_options(const ArchitectureOptions& options);

// Throws ValueError on a size, width or class count that the application does not have.
ModelPtr build_architecture(const std::string& name, const ArchitectureOptions& options);

// For a model that was read from `file`, and so has its architecture: throws ValueError where a given size
// or class count is another than the model's, and warns of options that only an application takes.
void check_architecture(const Model& model, const std::string& file, const ArchitectureOptions& options);

// Throws ValueError when training at this batch size cannot fit into the machine's memory.
void check_memory(const Model& model, int64_t batch);

}  // namespace nudge::cli
