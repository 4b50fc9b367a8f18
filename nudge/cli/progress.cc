#include "nudge/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "nudge/cli/download_progress.h"

namespace nudge::cli {
namespace {

constexpr int kWidth = 20;

// Training's first, then the validation's; losses before the rest.
std::string logs_text(const train::Logs& logs) {
  std::vector<std::pair<int, std::string>> order;
  for (const auto& [name, value] : logs) {
    if (name.starts_with("ranges_") || name.starts_with("batch_norm_")) continue;
    if (name == "learning_rate" || name == "val_simulated_loss") continue;
    const int group = name.starts_with("val_simulated_") ? 4 : name.starts_with("val_") ? 2 : 0;
    order.emplace_back(group + (name.ends_with("loss") ? 0 : 1), name);
  }
  std::sort(order.begin(), order.end());
  std::string text;
  for (const auto& [place, name] : order) text += fmt::format(" - {}: {:.4f}", name, logs.at(name));
  return text;
}

template <typename Figure>
std::string settled_text(const char* what, const std::vector<Figure>& figures) {
  if (figures.empty()) return "";
  const auto settled =
      std::count_if(figures.begin(), figures.end(), [](const Figure& one) { return one.settled; });
  return fmt::format(" - {}: {}/{} settled", what, settled, figures.size());
}

}  // namespace

ProgressBar::ProgressBar(std::FILE* out)
    : out_(out), terminal_(out != nullptr && ::isatty(::fileno(out)) != 0) {}

double ProgressBar::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void ProgressBar::on_epoch_begin(train::TrainingState& state) {
  start_ = drawn_ = std::chrono::steady_clock::now();
  first_step_ = state.step;
  if (terminal_) fmt::print(out_, "Epoch {}/{}\n", state.epoch + 1, state.epochs);
}

void ProgressBar::on_batch_end(train::TrainingState& state, const train::Logs& logs) {
  const auto now = std::chrono::steady_clock::now();
  steps_seconds_ = seconds();
  if (!terminal_ || now - drawn_ < kRedraw) return;
  drawn_ = now;
  const int64_t done = state.step + 1;
  const auto filled = static_cast<size_t>(kWidth * done / state.steps);
  const double left =
      seconds() / static_cast<double>(done - first_step_) * static_cast<double>(state.steps - done);
  fmt::print(out_, "\r\033[K{}/{} [{}{}] {:.0f}s{}", done, state.steps, std::string(filled, '='),
             std::string(kWidth - filled, '.'), left, logs_text(logs));
  std::fflush(out_);
}

void ProgressBar::show_notes(train::TrainingState& state) const {
  for (const std::string& note : state.notes) fmt::print(out_, "{}\n", note);
  state.notes.clear();
}

void ProgressBar::on_train_end(train::TrainingState& state, const train::Logs&) {
  if (out_ != nullptr) show_notes(state);
}

void ProgressBar::on_epoch_end(train::TrainingState& state, const train::Logs& logs) {
  if (out_ == nullptr) return;
  std::string settled = settled_text("ranges", state.range_figures);
  // Averages that have arrived are not worth a word.
  if (train::settled_share(state.averages_figures) < 1.0) {
    settled += settled_text("batch norm", state.averages_figures);
  }
  const double per_step = 1000 * steps_seconds_ / static_cast<double>(state.steps);
  if (terminal_) {
    fmt::print(out_, "\r\033[K{}/{} [{}] {:.0f}s {:.0f}ms/step{}{}\n", state.steps, state.steps,
               std::string(kWidth, '='), seconds(), per_step, logs_text(logs), settled);
  } else {
    fmt::print(out_, "epoch {}/{} {:.0f}s {:.0f}ms/step{}{}\n", state.epoch + 1, state.epochs, seconds(),
               per_step, logs_text(logs), settled);
  }
  show_notes(state);
  std::fflush(out_);
}

}  // namespace nudge::cli
