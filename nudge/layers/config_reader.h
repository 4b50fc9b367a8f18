// Typed reading of a layer's Keras configuration; every error names the layer and the key.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nudge/base/json.h"
#include "nudge/graph/initializer.h"
#include "nudge/graph/layer.h"
#include "nudge/layers/activation_function.h"
#include "nudge/layers/option_types.h"

namespace nudge::layers {

// Keys that are absent or null give the fallback; keys nobody asks for are ignored.  A value of the wrong
// type, or a needed key that is absent, throws InputError.  `config` must outlive the reader.
class ConfigReader {
 public:
  ConfigReader(const Json& config, const std::string& class_name);

  // Of the layer; empty when the configuration has none.
  std::string name() const;
  // "layer 'conv' (Conv2D): "
  const std::string& where() const { return where_; }

  bool has(const std::string& key) const { return find(key) != nullptr; }
  bool boolean(const std::string& key, bool fallback) const;
  int64_t integer(const std::string& key) const;
  int64_t integer(const std::string& key, int64_t fallback) const;
  double number(const std::string& key, double fallback) const;
  std::optional<double> number(const std::string& key) const;
  std::string text(const std::string& key, const std::string& fallback) const;
  // One number or a list of numbers.
  std::vector<int64_t> integers(const std::string& key) const;
  // A size, or several; null where it is open.
  Shape shape(const std::string& key) const;
  Interpolation interpolation(const std::string& fallback) const;
  // A list of numbers, or one; empty where absent.
  std::vector<double> numbers(const std::string& key) const;
  Size2 size(const std::string& key, Size2 fallback) const;
  // N integers, or one that stands for all of them.
  template <size_t N>
  std::array<int64_t, N> lengths(const std::string& key, std::array<int64_t, N> fallback) const {
    if (!has(key)) return fallback;
    const std::vector<int64_t> given = integers(key);
    if (given.size() != 1 && given.size() != N) wrong_type(key, "one integer or one a dimension");
    for (size_t i = 0; i < N; ++i) fallback[i] = given[given.size() == 1 ? 0 : i];
    return fallback;
  }
  int64_t length(const std::string& key, int64_t fallback) const { return lengths<1>(key, {fallback})[0]; }
  Size3 size3(const std::string& key, Size3 fallback) const { return lengths<3>(key, fallback); }
  // What is before and behind each of N dimensions: one integer for all, one a dimension, or a pair for each.
  template <size_t N>
  std::array<std::array<int64_t, 2>, N> borders(const std::string& key) const {
    std::array<std::array<int64_t, 2>, N> sides{};
    for (size_t i = 0; i < N; ++i) sides[i] = border(key, i, N);
    return sides;
  }
  Padding padding() const;
  ActivationFunction activation(const std::string& key = "activation",
                                ActivationFunction fallback = ActivationFunction::kLinear) const;
  Initializer initializer(const std::string& key, Initializer fallback) const;

  // A layer axis, which older Keras versions write as a list of one.
  int64_t axis(const std::string& key, int64_t fallback) const;

  // Throws UnsupportedError on data_format "channels_first".
  void require_channels_last() const;

  // The layer made from options, with the configuration's `trainable`, regularizers and constraints.
  template <typename L, typename Options>
  LayerPtr make(Options options) const {
    auto layer = std::make_shared<L>(std::move(options));
    finish(*layer);
    return layer;
  }
  // What make() does to a layer that was made otherwise.  A regularizer or constraint of somebody's own is
  // warned about and left out.
  void finish(Layer& layer) const;

 private:
  std::array<int64_t, 2> border(const std::string& key, size_t dimension, size_t dimensions) const;
  const Json* find(const std::string& key) const;
  const Json& get(const std::string& key) const;
  [[noreturn]] void wrong_type(const std::string& key, const std::string& expected) const;

  const Json& config_;
  std::string where_;
};

}  // namespace nudge::layers
