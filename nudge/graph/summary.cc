#include "nudge/graph/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nudge/graph/layer_calls.h"

namespace nudge {
namespace {

std::string with_commas(int64_t value) {
  std::string text = std::to_string(value);
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) text.insert(static_cast<size_t>(at), ",");
  return text;
}

// As Keras prints a size: float32 parameters, in the largest unit that keeps the number above 1.
std::string byte_text(int64_t parameters) {
  double bytes = 4.0 * static_cast<double>(parameters);
  for (const char* unit : {"B", "KB", "MB"}) {
    if (bytes < 1024) return fmt::format("{:.2f} {}", bytes, unit);
    bytes /= 1024;
  }
  return fmt::format("{:.2f} GB", bytes);
}

std::string shape_text(const Shape& shape) { return shape.empty() ? "?" : to_string(shape); }

std::string shapes_text(const std::vector<Shape>& shapes) {
  if (shapes.size() == 1) return shape_text(shapes.front());
  std::string text = "[";
  for (const Shape& shape : shapes) text += (text.size() > 1 ? ", " : "") + shape_text(shape);
  return text + "]";
}

bool is_chain(const std::vector<SummaryRow>& rows) {
  return std::all_of(rows.begin(), rows.end(), [&](const SummaryRow& row) {
    const auto at = static_cast<size_t>(&row - rows.data());
    return at == 0 ? row.connected_to.empty()
                   : row.connected_to == std::vector<std::string>{rows[at - 1].name + "[0][0]"};
  });
}

// Characters, not bytes: names may hold UTF-8.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string padded(const std::string& text, size_t width, bool right) {
  const std::string space(width - std::min(width, width_of(text)), ' ');
  return right ? space + text : text + space;
}

std::string rule(const std::vector<size_t>& widths, const char* left, const char* fill, const char* cross,
                 const char* right) {
  std::string line = left;
  for (size_t i = 0; i < widths.size(); ++i) {
    if (i > 0) line += cross;
    for (size_t c = 0; c < widths[i] + 2; ++c) line += fill;
  }
  return line + right + "\n";
}

std::string cells(const std::vector<std::string>& texts, const std::vector<size_t>& widths, const char* bar) {
  std::string line = bar;
  for (size_t i = 0; i < texts.size(); ++i) line += " " + padded(texts[i], widths[i], i == 2) + " " + bar;
  return line + "\n";
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all.empty() ? "-" : all;
}

// A line for each layer that could not be read, those of nested models among them.
std::string unread_text(const Model& model) {
  std::string text;
  for (const LayerPtr& layer : model.layers()) {
    if (const auto* nested = dynamic_cast<const Model*>(layer.get())) text += unread_text(*nested);
    if (const std::string reason = layer->not_read(); !reason.empty()) text += " Not read: " + reason + "\n";
  }
  return text;
}

}  // namespace

std::vector<SummaryRow> summary_rows(const Model& model) {
  std::vector<SummaryRow> rows;
  const LayerCalls calls(model);
  for (const LayerPtr& layer : model.layers()) {
    SummaryRow row{layer->name(),    layer->class_name(), {}, count_parameters(*layer).total, {},
                   layer->not_read()};
    for (const Node* node : calls.of(*layer)) {
      if (row.output_shapes.empty()) row.output_shapes = node->output_shapes;
      for (const Tensor& input : node->inputs) {
        row.connected_to.push_back(
            fmt::format("{}[{}][{}]", input.layer().name(), calls.index(*input.node), input.index));
      }
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string summary(const Model& model) {
  const auto rows = summary_rows(model);
  std::vector<std::vector<std::string>> table{{"Layer (type)", "Output Shape", "Param #", "Connected to"}};
  for (const SummaryRow& row : rows) {
    const char* mark = row.not_read.empty() ? ")" : ", not read)";
    table.push_back({row.name + " (" + row.class_name + mark, shapes_text(row.output_shapes),
                     with_commas(row.params), joined(row.connected_to)});
  }
  const size_t columns = is_chain(rows) ? 3 : 4;
  std::vector<size_t> widths(columns);
  for (auto& line : table) {
    line.resize(columns);
    for (size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], width_of(line[i]));
  }
  std::string text = "Model: \"" + model.name() + "\"\n" + rule(widths, "┏", "━", "┳", "┓") +
                     cells(table[0], widths, "┃") + rule(widths, "┡", "━", "╇", "┩");
  for (size_t i = 1; i < table.size(); ++i) text += cells(table[i], widths, "│");
  text += rule(widths, "└", "─", "┴", "┘");
  const ParameterCounts counts = count_parameters(model);
  const auto total = [](const char* label, int64_t count) {
    return fmt::format(" {}: {} ({})\n", label, with_commas(count), byte_text(count));
  };
  text += total("Total params", counts.total) + total("Trainable params", counts.trainable) +
          total("Non-trainable params", counts.non_trainable());
  return text + unread_text(model);
}

Json summary_json(const Model& model) {
  Json layers = Json::array();
  for (const SummaryRow& row : summary_rows(model)) {
    Json shapes = Json::array();
    for (const Shape& shape : row.output_shapes) {
      if (shape.empty()) {
        shapes.push_back(nullptr);
        continue;
      }
      Json dimensions = Json::array();
      for (const int64_t d : shape) dimensions.push_back(d == kUnknown ? Json(nullptr) : Json(d));
      shapes.push_back(dimensions);
    }
    layers.push_back({{"name", row.name},
                      {"class", row.class_name},
                      {"output_shape", shapes.size() == 1 ? shapes[0] : shapes},
                      {"params", row.params},
                      {"connected_to", row.connected_to}});
    if (!row.not_read.empty()) layers.back()["not_read"] = row.not_read;
  }
  const ParameterCounts counts = count_parameters(model);
  return {{"model", model.name()},
          {"layers", layers},
          {"total_params", counts.total},
          {"trainable_params", counts.trainable},
          {"non_trainable_params", counts.non_trainable()}};
}

}  // namespace nudge
