#include "nudge/train/callbacks/csv_logger.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"

namespace nudge::train {

CSVLogger::CSVLogger(std::string filename, CSVLoggerOptions options) : table_(std::move(filename), options) {}

void CSVLogger::on_train_begin(TrainingState&) { table_.begin(); }

void CSVLogger::on_epoch_end(TrainingState& state, const Logs& logs) {
  if (columns_.empty()) {
    std::vector<std::string> head{"epoch"};
    for (const auto& [name, value] : logs) columns_.push_back(name);
    head.insert(head.end(), columns_.begin(), columns_.end());
    if (table_.empty()) table_.add_row(head);
  }
  std::vector<std::string> row{std::to_string(state.epoch)};
  for (const std::string& column : columns_) {
    const auto found = logs.find(column);
    row.push_back(found == logs.end() ? "NA" : number_cell(found->second));
  }
  table_.add_row(row);
  table_.save();
}

CallbackState CSVLogger::state() const {
  return {.text = dump_json({{"text", table_.text()}, {"columns", columns_}})};
}

void CSVLogger::restore(const CallbackState& state) {
  const std::string where = "the CSV logger's state";
  const Json json = parse_json(state.text, where);
  columns_.clear();
  for (const Json& column : array_member(json, "columns", where + ": ")) {
    if (!column.is_string()) throw InputError(where + ": a column without a name");
    columns_.push_back(column.get<std::string>());
  }
  table_.restore(text_member(json, "text", where + ": "));
}

}  // namespace nudge::train
