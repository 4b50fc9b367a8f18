#include "nudge/data/flowers.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/temporary.h"
#include "nudge/base/threads.h"
#include "nudge/data/image.h"

namespace nudge::data {
namespace {

constexpr int64_t kMostItems = 1'000'000;
constexpr std::string_view kSpec = "builtin:flowers";

class Flowers : public Source {
 public:
  explicit Flowers(const FlowerOptions& options)
      : options_(options), spec_(fmt::format("{}?count={}&seed={}", kSpec, options.count, options.seed)) {
    std::vector<std::string> names;
    std::vector<int32_t> labels;
    for (int64_t item = 0; item < options.count; ++item) {
      names.push_back(name(item));
      labels.push_back(class_of(item));
    }
    splits_ = balanced_splits(names, labels);
  }

  const std::string& spec() const override { return spec_; }
  int64_t size() const override { return options_.count; }
  const std::vector<std::string>& class_names() const override { return flower_classes(); }
  int32_t label(int64_t item) const override { return class_of(item); }
  std::string item_name(int64_t item) const override { return name(item); }
  Split split(int64_t item) const override { return splits_.at(static_cast<size_t>(item)); }
  ImageSize stored_size(int64_t) const override { return {}; }
  Array load(int64_t item, ImageSize size) const override {
    return draw_flower(label(item), options_.seed, item, size);
  }

 private:
  static int32_t class_of(int64_t item) {
    return static_cast<int32_t>(item % static_cast<int64_t>(flower_classes().size()));
  }
  static std::string name(int64_t item) {
    return fmt::format("{}/{:05}.png", flower_classes()[static_cast<size_t>(class_of(item))], item);
  }

  FlowerOptions options_;
  std::string spec_;
  std::vector<Split> splits_;
};

void check_count(int64_t count) {
  const auto least = static_cast<int64_t>(flower_classes().size());
  if (count >= least && count <= kMostItems) return;
  throw ValueError(
      fmt::format("the number of flowers must be between {} and {}, given {}", least, kMostItems, count));
}

[[noreturn]] void throw_unknown(const std::string& spec) {
  throw InputError(spec + ": unknown built-in source; use builtin:flowers or builtin:flowers?count=N&seed=S");
}

}  // namespace

const std::vector<std::string>& flower_classes() {
  static const std::vector<std::string> names = {"daisy", "dandelion", "roses", "sunflowers", "tulips"};
  return names;
}

std::shared_ptr<const Source> make_flowers(const FlowerOptions& options) {
  check_count(options.count);
  return std::make_shared<Flowers>(options);
}

std::shared_ptr<const Source> open_flowers(const SourceSpec& spec) {
  if (spec.path != kSpec) throw_unknown(spec.text);
  FlowerOptions options;
  for (const auto& [key, text] : spec.options) {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) throw_unknown(spec.text);
    if (key == "count") {
      options.count = static_cast<int64_t>(std::min<uint64_t>(value, kMostItems + 1));
    } else if (key == "seed") {
      options.seed = value;
    } else {
      throw_unknown(spec.text);
    }
  }
  auto source = make_flowers(options);
  warn_of_missing(*source, false);
  return source;
}

void write_flowers(const std::string& folder, const FlowerOptions& options, ImageSize size) {
  check_image_size(size);
  const std::shared_ptr<const Source> source = make_flowers(options);
  write_folder_with(folder, [&](const std::string& aside) {
    for (const std::string& name : flower_classes()) make_folder(aside + "/" + name);
    parallel_for(source->size(), 16, [&](int64_t begin, int64_t end) {
      for (int64_t item = begin; item < end; ++item) {
        write_file(aside + "/" + source->item_name(item), encode_png(source->load(item, size)));
      }
    });
  });
}

}  // namespace nudge::data
