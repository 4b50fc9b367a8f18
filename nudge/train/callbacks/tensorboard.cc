#include "nudge/train/callbacks/tensorboard.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"
#include "nudge/base/log.h"
#include "nudge/train/callbacks/event_file.h"
#include "nudge/train/trainer.h"

namespace nudge::train {
namespace {

constexpr const char* kTrain = "train";
constexpr const char* kValidation = "validation";
constexpr const char* kWhere = "TensorBoard's state: ";

Json state_of(const std::unique_ptr<EventFile>& file) {
  return file == nullptr ? Json(nullptr) : Json{{"name", file->name()}, {"bytes", file->bytes()}};
}

void add_figures(EventMessage& summary, const TrainingState& state) {
  for (const RangeFigure& range : state.range_figures) {
    const std::string tag = "ranges/" + range.name + "/";
    add_scalar(summary, tag + "min", range.min);
    add_scalar(summary, tag + "max", range.max);
    add_scalar(summary, tag + "distance", range.distance);
    add_scalar(summary, tag + "updates", static_cast<double>(range.updates));
    if (range.saturation) add_scalar(summary, tag + "saturation", *range.saturation);
    add_scalar(summary, tag + "settled", range.settled ? 1.0 : 0.0);
  }
  for (const AveragesFigure& averages : state.averages_figures) {
    add_scalar(summary, "batch_norm/" + averages.layer + "/distance", averages.distance);
  }
}

}  // namespace

TensorBoard::TensorBoard(TensorBoardOptions options) : options_(std::move(options)) {
  if (options_.log_dir.empty()) throw ValueError("TensorBoard needs a log_dir");
  if (options_.histogram_freq < 0 || options_.update_freq < 0) {
    throw ValueError("histogram_freq and update_freq are numbers from 0");
  }
}

TensorBoard::~TensorBoard() = default;

void TensorBoard::open(std::unique_ptr<EventFile>& file, const char* part) {
  const std::string folder = options_.log_dir + "/" + part;
  if (!from_.empty()) {
    const Json from = parse_json(from_, kWhere);
    if (!member(from, part, kWhere).is_null()) {
      const Json& before = object_member(from, part, kWhere);
      file = std::make_unique<EventFile>(folder, text_member(before, "name", kWhere),
                                         integer_member(before, "bytes", kWhere, -1));
      return;
    }
  }
  file = std::make_unique<EventFile>(folder);
}

void TensorBoard::write(std::unique_ptr<EventFile>& file, const char* part, const EventMessage& event) {
  try {
    if (file == nullptr) open(file, part);
    file->add(event);
  } catch (const OutputError& error) {
    if (!warned_) log_warning(std::string("events are lost: ") + error.what());
    warned_ = true;
  }
}

void TensorBoard::on_train_begin(TrainingState& state) {
  train_.reset();
  validation_.reset();
  open(train_, kTrain);
  if (options_.write_graph && from_.empty()) train_->add(graph_event(seconds_now(), state.trainer->model()));
}

void TensorBoard::on_epoch_begin(TrainingState& state) {
  epoch_began_ = seconds_now();
  epoch_began_at_ = state.step;
}

void TensorBoard::on_batch_end(TrainingState& state, const Logs& logs) {
  const int64_t step = state.epoch * state.steps + state.step + 1;
  if (options_.update_freq == 0 || step % options_.update_freq != 0) return;
  EventMessage summary;
  for (const auto& [name, value] : logs) add_scalar(summary, "batch_" + name, value);
  write(train_, kTrain, summary_event(seconds_now(), step, summary));
}

void TensorBoard::write_metrics(const TrainingState& state, const Logs& logs) {
  const double now = seconds_now();
  EventMessage train, validation;
  for (const auto& [name, value] : logs) {
    const bool validates = name.starts_with("val_");
    add_scalar(validates ? validation : train, "epoch_" + (validates ? name.substr(4) : name), value);
  }
  if (options_.write_steps_per_second) {
    const double steps = static_cast<double>(state.step - epoch_began_at_);
    add_scalar(train, "epoch_steps_per_second", steps / std::max(1e-9, now - epoch_began_));
  }
  add_figures(train, state);
  write(train_, kTrain, summary_event(now, state.epoch, train));
  if (!validation.bytes().empty())
    write(validation_, kValidation, summary_event(now, state.epoch, validation));
}

void TensorBoard::write_histograms(TrainingState& state) {
  // An event a layer: one of all would be as large as the model.
  for (const LayerPtr& layer : state.trainer->model().layers()) {
    EventMessage summary;
    for (const Weight* weight : layer->weights()) {
      add_histogram(summary, layer->name() + "/" + weight->name + "/histogram", weight->value.span<float>());
    }
    if (!summary.bytes().empty()) write(train_, kTrain, summary_event(seconds_now(), state.epoch, summary));
  }
}

void TensorBoard::on_epoch_end(TrainingState& state, const Logs& logs) {
  write_metrics(state, logs);
  if (options_.histogram_freq > 0 && state.epoch % options_.histogram_freq == 0) write_histograms(state);
}

CallbackState TensorBoard::state() const {
  return {.text = dump_json({{kTrain, state_of(train_)}, {kValidation, state_of(validation_)}})};
}

void TensorBoard::restore(const CallbackState& state) {
  object_member(Json{{"state", parse_json(state.text, kWhere)}}, "state", kWhere);
  from_ = state.text;
}

}  // namespace nudge::train
