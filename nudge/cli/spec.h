// SPECs, what flags such as --schedule take: "NAME", "NAME:KEY=VALUE,KEY=VALUE", or the same as a JSON object
// {"name": "NAME", "KEY": VALUE}.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nudge/base/json.h"

namespace nudge::cli {

// Everything wrong with a SPEC is wrong usage: CLI::ValidationError naming the flag.
class Spec {
 public:
  Spec(std::string flag, const std::string& text);

  const std::string& name() const { return name_; }
  double number(const std::string& key, double fallback);
  // None where the key is not given.
  std::optional<double> number(const std::string& key);
  // A whole number, 0 or more.
  int integer(const std::string& key, int fallback);
  bool boolean(const std::string& key, bool fallback);
  std::string text(const std::string& key, const std::string& fallback);

  // Numbers with / between them, or a JSON array of such; none where the key is not given.
  std::vector<double> list(const std::string& key);
  // All that is given, as numbers; true is 1.
  std::map<std::string, double> numbers();

  // Call when everything was asked for: a key that was not is unknown.
  void finish() const;
  [[noreturn]] void wrong(const std::string& what) const;

 private:
  const Json* find(const std::string& key);

  std::string flag_;
  std::string name_;
  std::shared_ptr<const Json> values_;
  std::set<std::string> asked_;
};

}  // namespace nudge::cli
