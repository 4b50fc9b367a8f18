#include "nudge/deploy/tflm_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/deploy/arena.h"
#include "nudge/deploy/c_source.h"
#include "nudge/deploy/device_program.h"
#include "nudge/deploy/golden_metadata.h"
#include "nudge/deploy/tflm_operators.h"
#include "nudge/tflite/reader.h"
#include "nudge/tflite/versions.h"
#include "nudge/tflite/writer.h"

namespace nudge::deploy {
namespace {

constexpr const char* kPlannedArena = "OfflineMemoryAllocation";  // by Arm's compiler, for the interpreter

// Labels, notes and golden vectors would lie in the device's memory unread.
std::vector<std::byte> without_unread_metadata(std::vector<std::byte> bytes, tflite::TfLiteModel file) {
  const auto unread = [](const tflite::Metadata& entry) {
    return entry.name != tflite::kMinRuntimeVersion && entry.name != kPlannedArena;
  };
  if (std::erase_if(file.metadata, unread) == 0) return bytes;
  return tflite::serialize(file);
}

std::vector<std::byte> joined(const std::vector<GoldenVector>& vectors,
                              std::vector<Array> GoldenVector::*side) {
  std::vector<std::byte> bytes;
  for (const GoldenVector& vector : vectors) {
    for (const Array& array : vector.*side) {
      bytes.insert(bytes.end(), array.bytes(), array.bytes() + array.byte_size());
    }
  }
  return bytes;
}

std::string model_header(const std::string& name, const TflmExport& made) {
  return fmt::format(
      "// {0}: a model for TensorFlow Lite Micro, written by nudge.\n"
      "#pragma once\n\n"
      "#include <cstddef>\n\n"
      "extern const unsigned char {0}_model[];\n"
      "extern const size_t {0}_model_bytes;\n\n"
      "// {2}\n"
      "constexpr size_t {0}_arena_bytes = {1};\n",
      name, made.arena_bytes,
      made.measured
          ? "Measured with TensorFlow Lite Micro's reference kernels on a machine of 64 bits; tuned "
            "kernels may want more."
          : "An upper estimate, not measured with TensorFlow Lite Micro. Tuned kernels may want more.");
}

std::string operators_header(const std::string& name, const std::vector<std::string>& registrations) {
  std::string calls;
  for (const std::string& call : registrations)
    calls += "  TF_LITE_ENSURE_STATUS(resolver." + call + "());\n";
  return fmt::format(
      "// The operators that {0} is made of.\n"
      "#pragma once\n\n"
      "#include \"tensorflow/lite/micro/micro_mutable_op_resolver.h\"\n\n"
      "using {0}_resolver = tflite::MicroMutableOpResolver<{1}>;\n\n"
      "inline TfLiteStatus {0}_register_operators({0}_resolver& resolver) {{\n"
      "{2}"
      "  return kTfLiteOk;\n"
      "}}\n",
      name, registrations.size(), calls);
}

std::string golden_header(const std::string& name, size_t vectors) {
  return fmt::format(
      "// Inputs of {0} with the outputs that the device must give.\n"
      "#pragma once\n\n"
      "// Of each vector all inputs, and all outputs, one after the other.\n"
      "constexpr int {0}_golden_vectors = {1};\n"
      "extern const unsigned char {0}_golden_inputs[];\n"
      "extern const unsigned char {0}_golden_outputs[];\n",
      name, vectors);
}

// The interpreter at hand has no NPU.
bool for_npu(const tflite::TfLiteModel& file) {
  return std::ranges::any_of(file.main().operators, is_for_ethos_u);
}

class Exporter {
 public:
  Exporter(const std::string& path, std::string folder, const TflmExportOptions& options)
      : path_(path), name_(identifier_of(path)), folder_(std::move(folder)), options_(options) {}

  TflmExport run() {
    std::vector<std::byte> bytes = read_file(path_);
    const tflite::TfLiteModel file = tflite::parse(bytes, path_);
    made_.registrations = tflm_registrations(file);
    std::vector<GoldenVector> vectors = golden_vectors(file, path_);
    if (vectors.empty() && for_npu(file)) {
      throw UnsupportedError(path_ +
                             ": only the NPU computes it; compile a file that carries golden vectors "
                             "(nudge verify --record N)");
    }
    if (vectors.empty()) vectors = make_golden(file, options_.golden, options_.seed);
    bytes = without_unread_metadata(std::move(bytes), file);
    made_.model_bytes = static_cast<int64_t>(bytes.size());
    made_.vectors = static_cast<int64_t>(vectors.size());
    measure(bytes, file, vectors);
    write(bytes, vectors);
    return std::move(made_);
  }

 private:
  void measure(const std::vector<std::byte>& bytes, const tflite::TfLiteModel& file,
               const std::vector<GoldenVector>& vectors) {
    made_.measured = !options_.python.empty() && !for_npu(file);
    if (!made_.measured) {
      made_.arena_bytes = estimated_arena(file);
      return;
    }
    std::vector<std::vector<Array>> inputs;
    for (const GoldenVector& vector : vectors) inputs.push_back(vector.inputs);
    const TflmRun run = run_tflm(options_.python, bytes, inputs, vectors.front().outputs);
    made_.arena_bytes = run.arena_bytes;
    made_.differences = golden_differences(vectors, run.outputs);
  }

  void write(const std::vector<std::byte>& bytes, const std::vector<GoldenVector>& vectors) {
    make_folder(folder_);
    save("_model.h", model_header(name_, made_));
    save("_model.cc", fmt::format("#include \"{0}_model.h\"\n\n{1}const size_t {0}_model_bytes = {2};\n",
                                  name_, byte_array(name_ + "_model", bytes), bytes.size()));
    save("_operators.h", operators_header(name_, made_.registrations));
    save("_golden.h", golden_header(name_, vectors.size()));
    save("_golden.cc", fmt::format("#include \"{0}_golden.h\"\n\n", name_) +
                           byte_array(name_ + "_golden_inputs", joined(vectors, &GoldenVector::inputs)) +
                           byte_array(name_ + "_golden_outputs", joined(vectors, &GoldenVector::outputs)));
    save("_self_test.cc", device_program(name_));
  }

  void save(const std::string& end, const std::string& text) {
    const std::string path = (std::filesystem::path(folder_) / (name_ + end)).string();
    write_file(path, text);
    made_.files.push_back(path);
  }

  std::string path_, name_, folder_;
  TflmExportOptions options_;
  TflmExport made_;
};

}  // namespace

TflmExport export_tflm(const std::string& file, const std::string& folder, const TflmExportOptions& options) {
  if (options.golden < 1) throw ValueError("a self-test needs at least one golden vector");
  return Exporter(file, folder, options).run();
}

}  // namespace nudge::deploy
