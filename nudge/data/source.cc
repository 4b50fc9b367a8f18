#include "nudge/data/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/log.h"
#include "nudge/data/array_source.h"
#include "nudge/data/class_folder.h"
#include "nudge/data/csv_source.h"
#include "nudge/data/flowers.h"
#include "nudge/data/idx_source.h"
#include "nudge/data/npy.h"
#include "nudge/data/record_files.h"
#include "nudge/data/shard_files.h"
#include "nudge/data/source_spec.h"
#include "nudge/data/tf_flowers.h"
#include "nudge/data/tf_records.h"
#include "nudge/data/web_dataset.h"

namespace nudge::data {

Array Source::load_array(int64_t, const std::string& name) const {
  throw InputError(spec() + ": holds pictures, no array " + name);
}

std::vector<int64_t> Source::items(Split wanted) const {
  std::vector<int64_t> result;
  for (int64_t item = 0; item < size(); ++item) {
    if (wanted == Split::kAll || split(item) == wanted) result.push_back(item);
  }
  return result;
}

void warn_of_damaged(const Source& source) {
  constexpr size_t kShown = 3;
  const std::vector<std::string> damaged = source.damaged();
  for (size_t i = 0; i < std::min(kShown, damaged.size()); ++i) log_warning(damaged[i]);
  if (damaged.size() > kShown) {
    log_warning(fmt::format("{}: {} more places are damaged", source.spec(), damaged.size() - kShown));
  }
}

std::shared_ptr<const Source> open_source(const std::string& text, const download::Progress& progress) {
  namespace fs = std::filesystem;
  constexpr const char* kKinds =
      "give a folder of classes, a .csv, .tar, .tfrecord, .npz or IDX file, tf_flowers or builtin:flowers";
  const SourceSpec spec = parse_source_spec(text);
  if (spec.path.starts_with("builtin:")) return open_flowers(spec);
  std::error_code ignored;
  if (has_folders(text)) return open_class_folder(text);
  if (const auto records = record_files(spec.path); !records.empty()) return open_tf_records(spec, records);
  if (const auto tars = tar_files(spec.path); !tars.empty()) return open_web_dataset(spec, tars);
  if (const auto images = idx_images(spec.path); !images.empty()) return open_idx(spec, images);
  if (is_csv(spec.path) && fs::exists(spec.path, ignored)) return open_csv(spec);
  spec.check_options({});
  if (text == kTfFlowers) return open_class_folder(tf_flowers_folder(progress));
  const fs::file_status status = fs::status(text, ignored);
  if (!fs::exists(status)) throw InputError(text + ": no such folder or file; " + kKinds);
  if (const auto arrays = shard_files(text, is_npy); !arrays.empty()) return open_npy_arrays(text, arrays);
  if (fs::is_directory(status)) return open_class_folder(text);
  if (text.ends_with(".npz")) return open_npz_source(text);
  throw InputError(text + ": is no data source; " + kKinds);
}

}  // namespace nudge::data
