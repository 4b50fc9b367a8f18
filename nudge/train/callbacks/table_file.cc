#include "nudge/train/callbacks/table_file.h"

#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/log.h"

namespace nudge::train {

std::string number_cell(double value) { return std::isnan(value) ? "nan" : fmt::format("{}", value); }

TableFile::TableFile(std::string filename, CSVLoggerOptions options)
    : filename_(std::move(filename)), options_(options) {
  if (filename_.empty()) throw ValueError("a table of training needs a filename");
  if (std::isalnum(static_cast<unsigned char>(options_.separator)) != 0 ||
      std::string(".+-_\"\r\n").find(options_.separator) != std::string::npos) {
    throw ValueError(fmt::format("'{}' is no separator of a table of numbers", options_.separator));
  }
}

void TableFile::begin() {
  const std::string folder = std::filesystem::path(filename_).parent_path().string();
  if (!folder.empty()) make_folder(folder);
  if (!restored_)
    text_ = options_.append && std::filesystem::exists(filename_) ? read_text_file(filename_) : "";
  write_file(filename_, text_);
}

void TableFile::add_row(const std::vector<std::string>& cells) {
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) text_ += options_.separator;
    text_ += cells[i];
  }
  text_ += "\r\n";
}

void TableFile::save() {
  try {
    write_file(filename_, text_);
    warned_ = false;
  } catch (const OutputError& error) {
    if (!warned_) log_warning(std::string("the table of training was not written: ") + error.what());
    warned_ = true;
  }
}

void TableFile::restore(std::string text) {
  text_ = std::move(text);
  restored_ = true;
}

}  // namespace nudge::train
