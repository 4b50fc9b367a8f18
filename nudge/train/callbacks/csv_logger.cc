#include "nudge/train/callbacks/csv_logger.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/json_member.h"
#include "nudge/base/log.h"

namespace nudge::train {
namespace {

std::string cell_of(const Logs& logs, const std::string& column) {
  const auto found = logs.find(column);
  if (found == logs.end()) return "NA";
  return std::isnan(found->second) ? "nan" : fmt::format("{}", found->second);
}

void make_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  if (!folder.empty()) make_folder(folder);
}

}  // namespace

CSVLogger::CSVLogger(std::string filename, CSVLoggerOptions options)
    : filename_(std::move(filename)), options_(options) {
  if (filename_.empty()) throw ValueError("a CSV logger needs a filename");
  if (std::isalnum(static_cast<unsigned char>(options_.separator)) != 0 ||
      std::string(".+-_\"\r\n").find(options_.separator) != std::string::npos) {
    throw ValueError(fmt::format("'{}' is no separator of a table of numbers", options_.separator));
  }
}

void CSVLogger::on_train_begin(TrainingState&) {
  make_folder_of(filename_);
  if (!text_) {
    const bool adds = options_.append && std::filesystem::exists(filename_);
    text_ = adds ? read_text_file(filename_) : "";
  }
  write_file(filename_, *text_);
}

void CSVLogger::add_row(const std::vector<std::string>& cells) {
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) *text_ += options_.separator;
    *text_ += cells[i];
  }
  *text_ += "\r\n";
}

void CSVLogger::on_epoch_end(TrainingState& state, const Logs& logs) {
  if (columns_.empty()) {
    std::vector<std::string> head{"epoch"};
    for (const auto& [name, value] : logs) columns_.push_back(name);
    head.insert(head.end(), columns_.begin(), columns_.end());
    if (text_->empty()) add_row(head);
  }
  std::vector<std::string> row{std::to_string(state.epoch)};
  for (const std::string& column : columns_) row.push_back(cell_of(logs, column));
  add_row(row);
  try {
    write_file(filename_, *text_);
    warned_ = false;
  } catch (const OutputError& error) {
    if (!warned_) log_warning(std::string("the table of the history was not written: ") + error.what());
    warned_ = true;
  }
}

CallbackState CSVLogger::state() const {
  return {.text = dump_json({{"text", text_.value_or("")}, {"columns", columns_}})};
}

void CSVLogger::restore(const CallbackState& state) {
  const std::string where = "the CSV logger's state";
  const Json json = parse_json(state.text, where);
  text_ = text_member(json, "text", where + ": ");
  columns_.clear();
  for (const Json& column : array_member(json, "columns", where + ": ")) {
    if (!column.is_string()) throw InputError(where + ": a column without a name");
    columns_.push_back(column.get<std::string>());
  }
}

}  // namespace nudge::train
