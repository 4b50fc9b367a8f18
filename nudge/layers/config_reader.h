// Typed reading of a layer's Keras configuration; every error names the layer and the key.
#pragma once

#include <cstdint>
#include <initializer_list>
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
  Size2 size(const std::string& key, Size2 fallback) const;
  Padding padding() const;
  ActivationFunction activation() const;
  Initializer initializer(const std::string& key, Initializer fallback) const;

  // A layer axis, which older Keras versions write as a list of one.
  int64_t axis(const std::string& key, int64_t fallback) const;

  // Throws UnsupportedError on data_format "channels_first".
  void require_channels_last() const;
  // Logs a warning for each of these keys that is set: training goes on without it.
  void warn_ignored(std::initializer_list<const char*> keys) const;

  // The layer made from options, with the configuration's `trainable`.
  template <typename L, typename Options>
  LayerPtr make(Options options) const {
    auto layer = std::make_shared<L>(std::move(options));
    layer->set_trainable(boolean("trainable", true));
    return layer;
  }

 private:
  const Json* find(const std::string& key) const;
  const Json& get(const std::string& key) const;
  [[noreturn]] void wrong_type(const std::string& key, const std::string& expected) const;

  const Json& config_;
  std::string where_;
};

}  // namespace nudge::layers
