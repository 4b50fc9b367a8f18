#include "nudge/train/callbacks/range_logger.h"

#include "nudge/base/error.h"

namespace nudge::train {
namespace {

constexpr const char* kTable = "table:";

}  // namespace

RangeLogger::RangeLogger(std::string filename, CSVLoggerOptions options)
    : table_(std::move(filename), options) {}

void RangeLogger::on_train_begin(TrainingState&) {
  table_.begin();
  if (!table_.empty()) return;
  table_.add_row({"epoch", "quantizer", "min", "max", "distance", "updates", "saturation", "settled"});
  table_.save();
}

void RangeLogger::on_epoch_end(TrainingState& state, const Logs&) {
  for (const RangeFigure& range : state.range_figures) {
    table_.add_row({std::to_string(state.epoch), range.name, number_cell(range.min), number_cell(range.max),
                    number_cell(range.distance), std::to_string(range.updates),
                    range.saturation ? number_cell(*range.saturation) : "NA", range.settled ? "1" : "0"});
  }
  table_.save();
}

void RangeLogger::restore(const CallbackState& state) {
  if (!state.text.starts_with(kTable)) throw InputError("the range logger's state is not readable");
  table_.restore(state.text.substr(std::string(kTable).size()));
}

}  // namespace nudge::train
