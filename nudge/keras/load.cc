#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/keras/archive.h"
#include "nudge/keras/archive_members.h"
#include "nudge/keras/config_member.h"
#include "nudge/keras/file_kind.h"
#include "nudge/keras/keras2_config.h"
#include "nudge/keras/legacy_weights.h"
#include "nudge/keras/model_config.h"
#include "nudge/keras/save.h"
#include "nudge/keras/weights.h"
#include "nudge/layers/register.h"

namespace nudge::keras {
namespace {

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

Saved load_archive(const std::string& path, const LoadOptions& options) {
  const ArchiveReader archive(read_file(path), path);
  if (!archive.has(kConfig))
    throw InputError(path + ": is a zip archive but no Keras model: it has no config.json");
  const std::string where = path + ": " + kConfig;
  const Json config = to_keras3_form(parse_json(archive.read_text(kConfig), where));
  Saved saved{model_from_json(config, where, options), read_side(archive, path)};
  const H5File weights = H5File::from_image(archive.read(kWeights), path + ": " + kWeights);
  read_weights(*saved.model, config.at("config"), weights.root());
  return saved;
}

Saved load_h5(const std::string& path, const LoadOptions& options) {
  const H5File file = H5File::from_image(read_file(path), path);
  const auto text = file.root().text_attribute("model_config");
  if (!text) {
    throw InputError(path + ": holds weights but no model ('model_config' is missing); give the file to " +
                     "--weights of a model that has such layers");
  }
  const std::string where = path + ": model_config";
  const Json config = to_keras3_form(parse_json(*text, where));
  Saved saved{model_from_json(config, where, options), {}};
  read_legacy_weights(*saved.model, object_member(config, "config", where + ": "),
                      file.root().group("model_weights"));
  return saved;
}

}  // namespace

Saved load_saved(const std::string& path, const LoadOptions& options) {
  layers::register_layers();
  switch (file_kind(path)) {
    case FileKind::kKerasArchive:
      return load_archive(path, options);
    case FileKind::kLegacyH5:
      return load_h5(path, options);
    case FileKind::kTflite:
      throw UnsupportedError(path + ": is a TFLite file, a Keras model is needed");
    case FileKind::kUnknown:
      break;
  }
  throw InputError(path + ": is no Keras model (a .keras archive or a whole model in .h5)");
}

ModelPtr load_model(const std::string& path, const LoadOptions& options) {
  return load_saved(path, options).model;
}

}  // namespace nudge::keras
