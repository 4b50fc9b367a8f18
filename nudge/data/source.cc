#include "nudge/data/source.h"

#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/data/array_source.h"
#include "nudge/data/class_folder.h"
#include "nudge/data/flowers.h"
#include "nudge/data/tf_flowers.h"

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

std::shared_ptr<const Source> open_source(const std::string& spec, const download::Progress& progress) {
  namespace fs = std::filesystem;
  if (spec.starts_with("builtin:")) return open_flowers(spec);
  if (spec == kTfFlowers) return open_class_folder(tf_flowers_folder(progress));
  std::error_code ignored;
  const fs::file_status status = fs::status(spec, ignored);
  if (!fs::exists(status)) {
    throw InputError(
        spec +
        ": no such folder or file; give a folder of classes, a .npz file, tf_flowers or builtin:flowers");
  }
  if (fs::is_directory(status)) return open_class_folder(spec);
  if (spec.ends_with(".npz")) return open_npz_source(spec);
  throw InputError(
      spec + ": is no data source; give a folder of classes, a .npz file, tf_flowers or builtin:flowers");
}

}  // namespace nudge::data
