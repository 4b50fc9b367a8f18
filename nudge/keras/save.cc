#include "nudge/keras/save.h"

#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/keras/archive.h"
#include "nudge/keras/file_kind.h"
#include "nudge/keras/model_config.h"
#include "nudge/keras/weights.h"
#include "nudge/layers/register.h"

namespace nudge::keras {
namespace {

constexpr const char* kMetadata = "metadata.json";
constexpr const char* kConfig = "config.json";
constexpr const char* kWeights = "model.weights.h5";
constexpr const char* kSideJson = "nudge.json";
constexpr const char* kSideArrays = "nudge.arrays.h5";

// The version of Keras whose format this is.
constexpr const char* kKerasVersion = "3.15.1";

ArchiveMember text_member(const char* name, const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {name, {bytes.begin(), bytes.end()}};
}

std::string metadata_text() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
  gmtime_r(&now, &utc);
  char date[32];
  std::strftime(date, sizeof(date), "%Y-%m-%d@%H:%M:%S", &utc);
  return dump_json({{"keras_version", kKerasVersion}, {"date_saved", date}});
}

void refuse_other_kinds(const std::string& path) {
  switch (file_kind(path)) {
    case FileKind::kKerasArchive:
      return;
    case FileKind::kLegacyH5:
      throw UnsupportedError(path + ": legacy .h5 models are not read yet; save it from Keras 3 as .keras");
    case FileKind::kTflite:
      throw UnsupportedError(path + ": is a TFLite file, a Keras model is needed");
    case FileKind::kUnknown:
      break;
  }
  throw InputError(path + ": is no Keras model (.keras archive)");
}

SideData read_side(const ArchiveReader& archive, const std::string& path) {
  SideData side;
  if (archive.has(kSideJson)) {
    side.json = std::make_shared<Json>(parse_json(archive.read_text(kSideJson), path + ": " + kSideJson));
  }
  if (archive.has(kSideArrays)) {
    const std::string where = path + ": " + kSideArrays;
    side.arrays = read_arrays(H5File::from_image(archive.read(kSideArrays), where).root());
  }
  return side;
}

}  // namespace

void save_model(const Model& model, const std::string& path, const SaveOptions& options) {
  std::vector<ArchiveMember> members;
  members.push_back(text_member(kMetadata, metadata_text()));
  members.push_back(text_member(kConfig, dump_json(model_to_json(model))));
  H5File weights = H5File::create(path + ": " + kWeights);
  write_weights(model, weights.root());
  members.push_back({kWeights, weights.image()});
  if (options.side.json != nullptr) members.push_back(text_member(kSideJson, dump_json(*options.side.json)));
  if (!options.side.arrays.empty()) {
    H5File arrays = H5File::create(path + ": " + kSideArrays);
    write_arrays(arrays.root(), options.side.arrays);
    members.push_back({kSideArrays, arrays.image()});
  }
  write_file(path, make_archive(members, path));
}

Saved load_saved(const std::string& path) {
  layers::register_layers();
  refuse_other_kinds(path);
  const ArchiveReader archive(read_file(path), path);
  if (!archive.has(kConfig))
    throw InputError(path + ": is a zip archive but no Keras model: it has no config.json");
  const Json config = parse_json(archive.read_text(kConfig), path + ": " + kConfig);
  Saved saved{model_from_json(config, path + ": " + kConfig), read_side(archive, path)};
  const H5File weights = H5File::from_image(archive.read(kWeights), path + ": " + kWeights);
  read_weights(*saved.model, config.at("config"), weights.root());
  return saved;
}

ModelPtr load_model(const std::string& path) { return load_saved(path).model; }

}  // namespace nudge::keras
