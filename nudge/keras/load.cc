#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/json_member.h"
#include "nudge/keras/archive.h"
#include "nudge/keras/archive_members.h"
#include "nudge/keras/file_kind.h"
#include "nudge/keras/folder_members.h"
#include "nudge/keras/keras2_config.h"
#include "nudge/keras/legacy_weights.h"
#include "nudge/keras/model_config.h"
#include "nudge/keras/model_limits.h"
#include "nudge/keras/quantizer_members.h"
#include "nudge/keras/save.h"
#include "nudge/keras/tfmot_weights.h"
#include "nudge/keras/weights.h"
#include "nudge/layers/register.h"
#include "nudge/quantize/register.h"

namespace nudge::keras {
namespace {

std::unique_ptr<const Members> open_members(const std::string& path) {
  if (file_kind(path) == FileKind::kKerasFolder) return std::make_unique<FolderMembers>(path);
  return std::make_unique<ArchiveReader>(read_file(path), path);
}

SideData read_side(const Members& members, const std::string& path) {
  SideData side;
  if (members.has(kSideJson)) {
    side.json = std::make_shared<Json>(parse_json(members.read_text(kSideJson), path + ": " + kSideJson));
  }
  if (members.has(kSideArrays)) {
    const std::string where = path + ": " + kSideArrays;
    side.arrays = read_arrays(H5File::from_image(members.read(kSideArrays), where).root());
  }
  return side;
}

// Older files keep the card among the side data.
ModelCard read_card(const Members& members, const std::string& path) {
  for (const char* member : {kCard, kSideJson}) {
    const std::string where = path + ": " + member;
    if (members.has(member)) return model_card_from_json(parse_json(members.read_text(member), where), where);
  }
  return {};
}

ModelCard read_card(const H5File& file, const std::string& path) {
  const std::string where = path + ": " + kCard;
  const auto card = file.root().text_attribute(kCard);
  return card ? model_card_from_json(parse_json(*card, where), where) : ModelCard{};
}

// The quantized model whose float layers are those of `float_model`.
ModelPtr read_quantized(const Members& members, const Model& float_model, const std::string& path,
                        const LoadOptions& options) {
  const std::string where = path + ": " + kQuantizedConfig;
  ModelPtr quantized =
      model_from_json(parse_json(members.read_text(kQuantizedConfig), where), where, options);
  const std::string quantizers = path + ": " + kQuantizers;
  const H5File file = H5File::from_image(members.read(kQuantizers), quantizers);
  try {
    join_quantizers(*quantized, float_model, read_arrays(file.root()), quantizers);
  } catch (const ValueError& error) {
    throw InputError(quantizers + ": " + error.what());
  }
  return quantized;
}

// The model's configuration, in Keras 3's form.
Json read_config(const Members& members, const std::string& path) {
  if (!members.has(kConfig))
    throw InputError(path + ": is a zip archive but no Keras model: it has no config.json");
  return to_keras3_form(parse_json(members.read_text(kConfig), path + ": " + kConfig));
}

H5File read_weight_member(const Members& members, const Model& model, const std::string& path) {
  return H5File::from_image(members.read(kWeights, weight_file_limit(model)), path + ": " + kWeights);
}

Saved load_archive(const std::string& path, const LoadOptions& options) {
  const auto opened = open_members(path);
  const Members& members = *opened;
  const std::string where = path + ": " + kConfig;
  const Json config = read_config(members, path);
  Saved saved{model_from_json(config, where, options), read_side(members, path), read_card(members, path),
              nullptr};
  const H5File weights = read_weight_member(members, *saved.model, path);
  read_weights(*saved.model, config.at("config"), weights.root());
  OptimizerState optimizer = read_optimizer(*saved.model, config, weights.root());
  if (members.has(kQuantizedConfig)) {
    saved.model = read_quantized(members, *saved.model, path, options);
    optimizer = in_order_of(optimizer, trainable_weights(*float_layers(*saved.model)),
                            trainable_weights(*saved.model));
  }
  if (!optimizer.class_name.empty()) saved.optimizer = std::make_shared<OptimizerState>(std::move(optimizer));
  return saved;
}

Json read_config(const H5File& file, const std::string& path) {
  const auto text = file.root().text_attribute("model_config");
  if (!text) {
    throw InputError(path + ": holds weights but no model ('model_config' is missing); give the file to " +
                     "--weights of a model that has such layers");
  }
  return to_keras3_form(parse_json(*text, path + ": model_config"));
}

Saved load_h5(const std::string& path, const LoadOptions& options) {
  const H5File file = H5File::from_image(read_file(path), path);
  const std::string where = path + ": model_config";
  const Json config = read_config(file, path);
  Saved saved{model_from_json(config, where, options), {}, read_card(file, path), nullptr};
  if (const auto side = file.root().text_attribute(kSideJson)) {
    saved.side.json = std::make_shared<Json>(parse_json(*side, path + ": " + kSideJson));
  }
  read_legacy_weights(*saved.model, object_member(config, "config", where + ": "),
                      file.root().group("model_weights"));
  return saved;
}

Saved outline_archive(const std::string& path, const LoadOptions& options) {
  const auto opened = open_members(path);
  const Members& members = *opened;
  const Json config = read_config(members, path);
  Saved saved{model_from_json(config, path + ": " + kConfig, options, UnreadLayers::kStandIn),
              {},
              read_card(members, path),
              nullptr};
  const H5File weights = H5File::from_image(members.read(kWeights), path + ": " + kWeights);
  note_stored_weights(*saved.model, config.at("config"), weights.root());
  return saved;
}

Saved outline_h5(const std::string& path, const LoadOptions& options) {
  const H5File file = H5File::from_image(read_file(path), path);
  Saved saved{
      model_from_json(read_config(file, path), path + ": model_config", options, UnreadLayers::kStandIn),
      {},
      read_card(file, path),
      nullptr};
  note_legacy_weights(*saved.model, file.root().group("model_weights"));
  return saved;
}

Saved with_moved_ranges(Saved saved) {
  note_moved_ranges(*saved.model);
  return saved;
}

using Reader = Saved (*)(const std::string& path, const LoadOptions& options);

Saved read_by_kind(const std::string& path, const LoadOptions& options, Reader archive, Reader h5) {
  layers::register_layers();
  quantize::register_quantize_layers();
  switch (file_kind(path)) {
    case FileKind::kKerasArchive:
    case FileKind::kKerasFolder:
      return archive(path, options);
    case FileKind::kLegacyH5:
      return h5(path, options);
    case FileKind::kTflite:
      throw UnsupportedError(path + ": is a TFLite file, a Keras model is needed");
    case FileKind::kUnknown:
      break;
  }
  throw InputError(path + ": is no Keras model (a .keras archive or a whole model in .h5)");
}

}  // namespace

Saved load_saved(const std::string& path, const LoadOptions& options) {
  return with_moved_ranges(read_by_kind(path, options, load_archive, load_h5));
}

Saved load_outline(const std::string& path, const LoadOptions& options) {
  return read_by_kind(path, options, outline_archive, outline_h5);
}

ModelPtr load_model(const std::string& path, const LoadOptions& options) {
  return load_saved(path, options).model;
}

}  // namespace nudge::keras
