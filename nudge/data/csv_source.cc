#include "nudge/data/csv_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "nudge/base/error.h"
#include "nudge/base/excerpt.h"
#include "nudge/base/file.h"
#include "nudge/data/class_labels.h"
#include "nudge/data/csv_table.h"
#include "nudge/data/image.h"
#include "nudge/data/picture_files.h"

namespace nudge::data {
namespace {

namespace fs = std::filesystem;

using Names = std::vector<std::string>;

struct Columns {
  size_t image = 0, label = 1;
  std::optional<size_t> split;
};

class Table {
 public:
  explicit Table(const SourceSpec& spec)
      : spec_(spec),
        rows_(parse_csv(read_text_file(spec.path), spec.path.ends_with(".tsv") ? '\t' : ',', spec.path)) {
    if (rows_.empty()) throw InputError(spec.path + ": holds no rows");
    const Names& first = rows_.front().cells;
    headed_ = std::ranges::none_of(first, [](const std::string& cell) { return has_image_extension(cell); });
    columns_ = headed_ ? named() : by_place();
    for (const CsvRow& row : rows_) {
      if (row.cells.size() == first.size()) continue;
      throw InputError(
          fmt::format("{}: {} cells where the first row has {}", place(row), row.cells.size(), first.size()));
    }
    if (headed_ && rows_.size() == 1)
      throw InputError(spec.path + ": holds no rows but the names of its columns");
  }

  std::span<const CsvRow> rows() const { return std::span(rows_).subspan(headed_ ? 1 : 0); }
  const Columns& columns() const { return columns_; }
  std::string place(const CsvRow& row) const { return fmt::format("{}: line {}", spec_.path, row.line); }

 private:
  Columns by_place() const {
    for (const char* option : {"image", "label", "split"}) {
      if (!spec_.options.contains(option)) continue;
      throw InputError(fmt::format(
          "{}: the first row names an image, so columns have no names; leave out {}=", spec_.text, option));
    }
    const size_t count = rows_.front().cells.size();
    if (count != 2 && count != 3) {
      throw InputError(
          fmt::format("{}: {} columns without names; path, class and perhaps split are expected, or a "
                      "first row that names them",
                      spec_.path, count));
    }
    return {0, 1, count == 3 ? std::optional<size_t>(2) : std::nullopt};
  }

  Columns named() const {
    const auto image = find("image", {"image", "path", "file", "filename"}, true);
    const auto label = find("label", {"label", "class"}, true);
    return {*image, *label, find("split", {"split"}, spec_.options.contains("split"))};
  }

  std::optional<size_t> find(const std::string& option, Names names, bool needed) const {
    const Names& there = rows_.front().cells;
    if (const auto given = spec_.options.find(option); given != spec_.options.end()) names = {given->second};
    for (const std::string& name : names) {
      const auto found = std::ranges::find(there, name);
      if (found != there.end()) return static_cast<size_t>(found - there.begin());
    }
    if (!needed) return std::nullopt;
    Names shown;
    for (const std::string& name : there) shown.push_back(in_quotes(name));
    shown.resize(std::min<size_t>(shown.size(), 10));
    throw InputError(fmt::format("{}: has no column {}, it has {}; say which is meant: {}?{}=COLUMN",
                                 spec_.path, fmt::join(names, " or "), fmt::join(shown, ", "), spec_.path,
                                 option));
  }

  const SourceSpec& spec_;
  std::vector<CsvRow> rows_;
  bool headed_ = false;
  Columns columns_;
};

Split split_of_cell(const std::string& cell, const std::string& where) {
  if (cell == "train") return Split::kTrain;
  if (cell == "validation" || cell == "val") return Split::kValidation;
  if (cell == "test") return Split::kTest;
  throw InputError(
      fmt::format("{}: the split is {}, expected train, validation or test", where, in_quotes(cell)));
}

}  // namespace

bool is_csv(const std::string& path) { return path.ends_with(".csv") || path.ends_with(".tsv"); }

std::shared_ptr<const Source> open_csv(const SourceSpec& spec) {
  spec.check_options({"image", "label", "split", "first"});
  const Table table(spec);
  const Columns& columns = table.columns();
  ClassLabels labels(spec);
  std::vector<ItemFile> items;
  for (const CsvRow& row : table.rows()) {
    const std::string where = table.place(row);
    ItemFile item{row.cells[columns.image]};
    if (item.name.empty()) throw InputError(where + ": names no image");
    if (columns.split) item.split = split_of_cell(row.cells[*columns.split], where);
    const ClassLabel label = label_from_text(row.cells[columns.label]);
    labels.check(label, where);
    labels.add(label);
    items.push_back(std::move(item));
  }
  const fs::path root = fs::path(spec.path).parent_path();
  std::error_code ignored;
  if (!fs::exists(root / items.front().name, ignored)) {
    throw InputError(fmt::format("{}: {} is not there; paths start at the table's folder",
                                 table.place(table.rows().front()), (root / items.front().name).string()));
  }
  const ClassLabels::Classes classes = labels.finish();
  for (size_t i = 0; i < items.size(); ++i) items[i].label = classes.labels[i];
  if (!columns.split) split_by_name(items);
  auto source = make_picture_files(spec.text, root.string(), classes.names, items);
  warn_of_missing(*source, columns.split.has_value());
  return source;
}

}  // namespace nudge::data
