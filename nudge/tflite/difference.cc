#include "nudge/tflite/difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "nudge/tflite/inspect.h"
#include "nudge/tflite/operator_alignment.h"

namespace nudge::tflite {
namespace {

// Scales and zero points; ranges that some converters leave behind do not count.
bool same_quantization(const std::optional<Quantization>& a, const std::optional<Quantization>& b) {
  const Quantization none;
  const Quantization& left = a ? *a : none;
  const Quantization& right = b ? *b : none;
  return left.scale == right.scale && left.zero_point == right.zero_point &&
         (left.scale.size() <= 1 || left.dimension == right.dimension);
}

// What one scale is to the other, where both have as many.
std::string scale_ratios(const std::optional<Quantization>& a, const std::optional<Quantization>& b) {
  if (!a || !b || a->scale.empty() || a->scale.size() != b->scale.size() || a->scale == b->scale) return "";
  float least = INFINITY, most = 0;
  size_t different = 0;
  for (size_t i = 0; i < a->scale.size(); ++i) {
    const float ratio = b->scale[i] / a->scale[i];
    least = std::min(least, ratio);
    most = std::max(most, ratio);
    different += a->scale[i] != b->scale[i] ? 1 : 0;
  }
  return a->scale.size() == 1 ? fmt::format(" ({:.4g} times)", most)
                              : fmt::format(" ({} of {} scales, {:.4g} to {:.4g} times)", different,
                                            a->scale.size(), least, most);
}

template <typename T>
double element(const std::vector<std::byte>& data, size_t i) {
  T value;
  std::memcpy(&value, data.data() + i * sizeof(T), sizeof(T));
  return static_cast<double>(value);
}

template <typename T>
double largest_step(const TfLiteTensor& a, const TfLiteTensor& b) {
  double largest = 0;
  for (size_t i = 0; i < a.data.size() / sizeof(T); ++i) {
    largest = std::max(largest, std::abs(element<T>(a.data, i) - element<T>(b.data, i)));
  }
  return largest;
}

// How far elements of one type and count are apart; "" for types that are no numbers here.
std::string largest_difference(const TfLiteTensor& a, const TfLiteTensor& b) {
  switch (a.type) {
    case TensorType::kInt8:
      return fmt::format(", by up to {}", largest_step<int8_t>(a, b));
    case TensorType::kUInt8:
      return fmt::format(", by up to {}", largest_step<uint8_t>(a, b));
    case TensorType::kInt16:
      return fmt::format(", by up to {}", largest_step<int16_t>(a, b));
    case TensorType::kInt32:
      return fmt::format(", by up to {}", largest_step<int32_t>(a, b));
    case TensorType::kFloat32:
      return fmt::format(", by up to {:.4g}", largest_step<float>(a, b));
    default:
      return "";
  }
}

// Collects differences until there are enough.
class Search {
 public:
  Search(const SubGraph& a, const SubGraph& b, size_t most) : a_(a), b_(b), most_(most) {}

  std::vector<Difference> find() {
    compare_lists("model", "inputs", a_.inputs, b_.inputs);
    for (const AlignedOperators& pair : align_operators(a_, b_)) {
      if (found_.size() >= most_) break;
      op_ = pair.a;
      other_op_ = pair.b;
      compare(pair);
    }
    op_ = other_op_ = std::nullopt;
    compare_lists("model", "outputs", a_.outputs, b_.outputs);
    return std::move(found_);
  }

 private:
  void add(DifferenceKind kind, const std::string& where, std::string what) {
    if (found_.size() < most_) found_.push_back({kind, op_, other_op_, where, std::move(what)});
  }

  void compare(const AlignedOperators& pair) {
    if (!pair.b) {
      add(DifferenceKind::kStructure, where(*pair.a, a_.operators[*pair.a]), "the other has none");
    } else if (!pair.a) {
      add(DifferenceKind::kStructure, where(*pair.b, b_.operators[*pair.b]), "only the other has it");
    } else {
      compare(where(*pair.a, a_.operators[*pair.a]), a_.operators[*pair.a], b_.operators[*pair.b]);
    }
  }

  static std::string where(size_t index, const Operator& op) {
    return fmt::format("operator {} {}", index, operator_name(op));
  }

  void compare(const std::string& where, const Operator& a, const Operator& b) {
    if (operator_name(a) != operator_name(b)) {
      add(DifferenceKind::kStructure, where, operator_name(b) + " in the other");
      return;
    }
    if (a.version != b.version) {
      add(DifferenceKind::kStructure, where,
          fmt::format("version {}, {} in the other", a.version, b.version));
    }
    if (a.options != b.options) {
      add(DifferenceKind::kStructure, where,
          fmt::format("options {}, {} in the other", dump_json(options_json(a.options)),
                      dump_json(options_json(b.options))));
    }
    if (a.custom_options != b.custom_options) add(DifferenceKind::kStructure, where, "other custom options");
    compare_lists(where, "inputs", a.inputs, b.inputs);
    compare_lists(where, "outputs", a.outputs, b.outputs);
  }

  void compare_lists(const std::string& where, const char* side, const std::vector<int32_t>& a,
                     const std::vector<int32_t>& b) {
    if (a.size() != b.size()) {
      add(DifferenceKind::kStructure, where, fmt::format("{} {}, {} in the other", a.size(), side, b.size()));
    }
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
      const std::string here = fmt::format("{}: {}[{}]", where, side, i);
      if (a[i] >= 0 && b[i] >= 0) {
        compare(here, a_.tensors[static_cast<size_t>(a[i])], b_.tensors[static_cast<size_t>(b[i])]);
      } else if (a[i] != b[i]) {
        add(DifferenceKind::kStructure, here, "is left out in one of them");
      }
    }
  }

  void compare(const std::string& where, const TfLiteTensor& a, const TfLiteTensor& b) {
    if (a.type != b.type) {
      add(DifferenceKind::kStructure, where,
          fmt::format("{}, {} in the other", to_string(a.type), to_string(b.type)));
    }
    if (a.shape != b.shape) {
      add(DifferenceKind::kStructure, where,
          fmt::format("shape {}, {} in the other", to_string(a.shape), to_string(b.shape)));
    }
    if (!same_quantization(a.quantization, b.quantization)) {
      add(DifferenceKind::kQuantization, where,
          fmt::format("{}; {} in the other{}", quantization_text(a.quantization),
                      quantization_text(b.quantization), scale_ratios(a.quantization, b.quantization)));
    }
    if (a.data != b.data) compare_constants(where, a, b);
  }

  void compare_constants(const std::string& where, const TfLiteTensor& a, const TfLiteTensor& b) {
    if (a.data.size() != b.data.size() || a.type != b.type) {
      add(DifferenceKind::kWeights, where,
          fmt::format("{} bytes of constants, {} in the other", a.data.size(), b.data.size()));
      return;
    }
    size_t different = 0;
    for (size_t i = 0; i < a.data.size(); ++i) different += a.data[i] != b.data[i] ? 1 : 0;
    const auto first = std::mismatch(a.data.begin(), a.data.end(), b.data.begin()).first - a.data.begin();
    add(DifferenceKind::kWeights, where,
        fmt::format("{} of {} bytes of constants differ, the first at {}{}", different, a.data.size(), first,
                    largest_difference(a, b)));
  }

  const SubGraph& a_;
  const SubGraph& b_;
  size_t most_;
  std::optional<size_t> op_, other_op_;  // those that are being compared
  std::vector<Difference> found_;
};

}  // namespace

std::string to_string(DifferenceKind kind) {
  switch (kind) {
    case DifferenceKind::kStructure:
      return "structure";
    case DifferenceKind::kQuantization:
      return "quantization";
    case DifferenceKind::kWeights:
      return "weights";
  }
  return "";
}

std::vector<Difference> find_differences(const TfLiteModel& a, const TfLiteModel& b, size_t most) {
  return Search(a.main(), b.main(), most).find();
}

std::string to_text(const std::vector<Difference>& differences) {
  if (differences.empty()) return "";
  std::string text;
  for (const DifferenceKind kind :
       {DifferenceKind::kStructure, DifferenceKind::kQuantization, DifferenceKind::kWeights}) {
    const auto count = std::count_if(differences.begin(), differences.end(),
                                     [&](const Difference& each) { return each.kind == kind; });
    text += fmt::format("{:<13} {:>4} differences\n", to_string(kind), count);
  }
  text += "\n";
  for (const Difference& each : differences)
    text += fmt::format("{:<13} {}\n", to_string(each.kind), each.text());
  return text;
}

Json to_json(const std::vector<Difference>& differences) {
  Json json = Json::array();
  for (const Difference& each : differences) {
    json.push_back({{"kind", to_string(each.kind)},
                    {"op", each.op ? Json(*each.op) : Json(nullptr)},
                    {"other_op", each.other_op ? Json(*each.other_op) : Json(nullptr)},
                    {"where", each.where},
                    {"what", each.what}});
  }
  return json;
}

}  // namespace nudge::tflite
