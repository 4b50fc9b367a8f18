#include "nudge/deploy/public_metadata.h"

#include <metadata_generated.h>

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/deploy/zip_behind.h"

namespace nudge::deploy {
namespace {

using flatbuffers::Offset;
template <typename T>
using Tables = Offset<flatbuffers::Vector<Offset<T>>>;

constexpr const char* kMetadataName = "TFLITE_METADATA";
constexpr const char* kLabelFile = "labels.txt";
// The first reader that knows all that is written here.
constexpr const char* kReaderVersion = "1.0.0";

class NotesBuilder {
 public:
  NotesBuilder(const tflite::SubGraph& graph, const PublicMetadata& metadata)
      : graph_(graph), metadata_(metadata) {}

  std::vector<std::byte> build() {
    std::vector<Offset<fbs::TensorNotes>> inputs, outputs;
    for (const int32_t index : graph_.inputs) inputs.push_back(input(tensor(index), inputs.empty()));
    for (const int32_t index : graph_.outputs) outputs.push_back(output(tensor(index), outputs.empty()));
    const auto all_inputs = builder_.CreateVector(inputs), all_outputs = builder_.CreateVector(outputs);
    fbs::GraphNotesBuilder graph(builder_);
    graph.add_inputs(all_inputs);
    graph.add_outputs(all_outputs);
    const Offset<fbs::GraphNotes> notes = graph.Finish();
    const auto graphs = builder_.CreateVector(&notes, 1);
    const auto name = builder_.CreateString(metadata_.name), version = builder_.CreateString(kReaderVersion);
    fbs::ModelNotesBuilder model(builder_);
    model.add_name(name);
    model.add_graphs(graphs);
    model.add_least_reader_version(version);
    fbs::FinishModelNotesBuffer(builder_, model.Finish());
    const auto* first = reinterpret_cast<const std::byte*>(builder_.GetBufferPointer());
    return {first, first + builder_.GetSize()};
  }

 private:
  const tflite::TfLiteTensor& tensor(int32_t index) const {
    return graph_.tensors[static_cast<size_t>(index)];
  }

  Offset<fbs::TensorNotes> input(const tflite::TfLiteTensor& from, bool first) {
    const bool picture = first && from.shape.size() == 4 && !metadata_.scaling.mean.empty() &&
                         (from.shape[3] == 1 || from.shape[3] == 3);
    const Offset<fbs::Content> content = picture ? picture_of(from.shape) : features();
    Tables<fbs::Step> steps;
    if (picture) steps = normalization();
    return tensor_notes(from.name, content, steps, {});
  }

  Offset<fbs::TensorNotes> output(const tflite::TfLiteTensor& from, bool first) {
    const Offset<fbs::Content> content = features();
    Tables<fbs::AttachedFile> files;
    if (first && !metadata_.labels.empty()) {
      const auto name = builder_.CreateString(kLabelFile);
      fbs::AttachedFileBuilder file(builder_);
      file.add_name(name);
      file.add_kind(fbs::FileKind_AxisLabels);
      const Offset<fbs::AttachedFile> labels = file.Finish();
      files = builder_.CreateVector(&labels, 1);
    }
    return tensor_notes(from.name, content, {}, files);
  }

  Offset<fbs::TensorNotes> tensor_notes(const std::string& called, Offset<fbs::Content> content,
                                        Tables<fbs::Step> steps, Tables<fbs::AttachedFile> files) {
    const auto name = builder_.CreateString(called);
    fbs::TensorNotesBuilder notes(builder_);
    notes.add_name(name);
    notes.add_content(content);
    if (!steps.IsNull()) notes.add_steps(steps);
    if (!files.IsNull()) notes.add_files(files);
    return notes.Finish();
  }

  Offset<fbs::Content> content(fbs::Meaning kind, Offset<void> meaning) {
    fbs::ContentBuilder content(builder_);
    content.add_meaning_type(kind);
    content.add_meaning(meaning);
    return content.Finish();
  }

  Offset<fbs::Content> features() {
    return content(fbs::Meaning_Features, fbs::CreateFeatures(builder_).Union());
  }

  Offset<fbs::Content> picture_of(const Shape& shape) {
    const auto size =
        fbs::CreatePixelSize(builder_, static_cast<uint32_t>(shape[2]), static_cast<uint32_t>(shape[1]));
    const auto picture =
        fbs::CreatePicture(builder_, shape[3] == 3 ? fbs::Colours_Rgb : fbs::Colours_Grey, size);
    return content(fbs::Meaning_Picture, picture.Union());
  }

  Tables<fbs::Step> normalization() {
    const auto mean = builder_.CreateVector(metadata_.scaling.mean);
    const auto deviation = builder_.CreateVector(metadata_.scaling.deviation);
    const auto numbers = fbs::CreateNormalization(builder_, mean, deviation);
    const Offset<fbs::Step> step = fbs::CreateStep(builder_, fbs::Processing_Normalization, numbers.Union());
    return builder_.CreateVector(&step, 1);
  }

  const tflite::SubGraph& graph_;
  const PublicMetadata& metadata_;
  flatbuffers::FlatBufferBuilder builder_;
};

// A line each: a label with a line of its own in it would move all behind it.
std::string label_lines(const std::vector<std::string>& labels) {
  std::string lines;
  for (std::string label : labels) {
    std::ranges::replace_if(
        label, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    lines += label + "\n";
  }
  return lines;
}

}  // namespace

void set_public_metadata(tflite::TfLiteModel& file, const PublicMetadata& metadata) {
  if (metadata.scaling.mean.size() != metadata.scaling.deviation.size()) {
    throw ValueError("public metadata: as many means as deviations are needed");
  }
  std::erase_if(file.metadata, [](const tflite::Metadata& entry) { return entry.name == kMetadataName; });
  file.metadata.push_back({kMetadataName, NotesBuilder(file.main(), metadata).build()});
}

void append_labels(std::vector<std::byte>& bytes, const PublicMetadata& metadata) {
  if (!metadata.labels.empty()) append_zip(bytes, {{kLabelFile, label_lines(metadata.labels)}});
}

}  // namespace nudge::deploy
