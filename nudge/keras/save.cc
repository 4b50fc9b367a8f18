#include "nudge/keras/save.h"

#include <charconv>
#include <ctime>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/keras/archive.h"
#include "nudge/keras/archive_members.h"
#include "nudge/keras/legacy_weights.h"
#include "nudge/keras/model_config.h"
#include "nudge/keras/quantizer_members.h"
#include "nudge/keras/stored_weight.h"
#include "nudge/keras/weights.h"

namespace nudge::keras {
namespace {

// The version of Keras whose format this is.
constexpr const char* kKerasVersion = "3.15.1";

ArchiveMember archived_text(const char* name, const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {name, {bytes.begin(), bytes.end()}};
}

std::string metadata_text() {
  // The same model gives the same bytes, so that the date is there where it is given alone.
  const char* given = std::getenv("SOURCE_DATE_EPOCH");
  std::time_t now = 0;
  const std::string_view text = given == nullptr ? "" : given;
  const bool dated = std::from_chars(text.data(), text.data() + text.size(), now).ec == std::errc();
  if (!dated) return dump_json({{"keras_version", kKerasVersion}});
  std::tm utc{};
  gmtime_r(&now, &utc);
  char date[32];
  std::strftime(date, sizeof(date), "%Y-%m-%d@%H:%M:%S", &utc);
  return dump_json({{"keras_version", kKerasVersion}, {"date_saved", date}});
}

// What Keras reads.  `optimizer` may be null.
void add_model(const Model& model, const OptimizerState* optimizer, const std::string& path,
               std::vector<ArchiveMember>& members) {
  Json config = model_to_json(model);
  H5File weights = H5File::create(path + ": " + kWeights);
  write_weights(model, weights.root());
  if (optimizer != nullptr) {
    config["compile_config"] = compile_config(*optimizer);
    write_optimizer(model, *optimizer, weights.root());
  }
  members.push_back(archived_text(kConfig, dump_json(config)));
  members.push_back({kWeights, weights.image()});
}

void check_values(const Model& model) {
  for (const LayerPtr& layer : model.layers()) {
    for (const Weight* weight : std::as_const(*layer).weights()) {
      if (!weight->value.empty()) continue;
      throw ValueError(describe(*layer, *weight) +
                       " has no value; initialize or train the model before saving");
    }
  }
}

// A whole model as Keras keeps it in one HDF5 file, what is nudge's own as attributes that Keras ignores.
void save_h5(const Model& model, const std::string& path, const SaveOptions& options) {
  if (holds_quantizers(model) || !options.side.arrays.empty()) {
    throw ValueError(path + ": .h5 holds float models only; end the name in .keras");
  }
  H5File file = H5File::create(path);
  H5Group root = file.root();
  root.write_attribute("keras_version", std::string(kKerasVersion));
  root.write_attribute("backend", std::string("tensorflow"));
  root.write_attribute("model_config", dump_json(model_to_json(model)));
  write_legacy_weights(model, root.make_group("model_weights"));
  if (const Json card = to_json(options.card); !card.empty()) root.write_attribute(kCard, dump_json(card));
  if (options.side.json != nullptr) root.write_attribute(kSideJson, dump_json(*options.side.json));
  write_file(path, file.image());
}

}  // namespace

void save_model(const Model& model, const std::string& path, const SaveOptions& options) {
  if (path.ends_with(".h5")) return save_h5(model, path, options);
  std::vector<ArchiveMember> members;
  members.push_back(archived_text(kMetadata, metadata_text()));
  if (holds_quantizers(model)) {
    check_values(model);
    const ModelPtr layers = float_layers(model);
    OptimizerState optimizer;
    if (options.optimizer != nullptr) {
      optimizer = in_order_of(*options.optimizer, trainable_weights(model), trainable_weights(*layers));
    }
    add_model(*layers, options.optimizer == nullptr ? nullptr : &optimizer, path, members);
    members.push_back(archived_text(kQuantizedConfig, dump_json(model_to_json(model))));
    H5File quantizers = H5File::create(path + ": " + kQuantizers);
    write_arrays(quantizers.root(), quantizer_arrays(model));
    members.push_back({kQuantizers, quantizers.image()});
  } else {
    add_model(model, options.optimizer.get(), path, members);
  }
  if (const Json card = to_json(options.card); !card.empty()) {
    members.push_back(archived_text(kCard, dump_json(card)));
  }
  if (options.side.json != nullptr)
    members.push_back(archived_text(kSideJson, dump_json(*options.side.json)));
  if (!options.side.arrays.empty()) {
    H5File arrays = H5File::create(path + ": " + kSideArrays);
    write_arrays(arrays.root(), options.side.arrays);
    members.push_back({kSideArrays, arrays.image()});
  }
  write_file(path, make_archive(members, path));
}

}  // namespace nudge::keras
