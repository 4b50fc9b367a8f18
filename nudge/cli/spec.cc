#include "nudge/cli/spec.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "nudge/base/error.h"
#include "nudge/base/excerpt.h"

namespace nudge::cli {
namespace {

// Numbers, true and false as JSON knows them; anything else is text.
Json value_of(const std::string& text) {
  const Json value = Json::parse(text, nullptr, false);
  return value.is_number() || value.is_boolean() ? value : Json(text);
}

}  // namespace

Spec::Spec(std::string flag, const std::string& text) : flag_(std::move(flag)) {
  Json values = Json::object();
  if (text.starts_with('{')) {
    try {
      values = parse_json(text, "a SPEC in JSON is an object with a \"name\"");
    } catch (const InputError& error) {
      wrong(error.what());
    }
    if (!values.is_object() || !values.contains("name") || !values["name"].is_string()) {
      wrong("a SPEC in JSON is an object with a \"name\"");
    }
    name_ = values["name"].get<std::string>();
    values.erase("name");
  } else {
    const size_t colon = text.find(':');
    name_ = text.substr(0, colon);
    std::istringstream pairs(colon == std::string::npos ? "" : text.substr(colon + 1));
    for (std::string pair; std::getline(pairs, pair, ',');) {
      const size_t equals = pair.find('=');
      if (equals == 0 || equals == std::string::npos) wrong(in_quotes(pair) + " is not KEY=VALUE");
      const std::string key = pair.substr(0, equals);
      if (values.contains(key)) wrong(in_quotes(key) + " is given twice");
      values[key] = value_of(pair.substr(equals + 1));
    }
  }
  if (name_.empty()) wrong("a SPEC is NAME or NAME:KEY=VALUE,KEY=VALUE");
  values_ = std::make_shared<const Json>(std::move(values));
}

void Spec::wrong(const std::string& what) const {
  throw CLI::ValidationError(flag_, (name_.empty() ? "" : name_ + ": ") + what);
}

const Json* Spec::find(const std::string& key) {
  asked_.insert(key);
  const auto found = values_->find(key);
  return found == values_->end() ? nullptr : &*found;
}

double Spec::number(const std::string& key, double fallback) { return number(key).value_or(fallback); }

std::optional<double> Spec::number(const std::string& key) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) wrong(key + " must be a number");
  return value->get<double>();
}

int Spec::integer(const std::string& key, int fallback) {
  const double value = number(key, fallback);
  if (value != std::floor(value) || value < 0 || value > 1e9)
    wrong(key + " must be a whole number, 0 or more");
  return static_cast<int>(value);
}

bool Spec::boolean(const std::string& key, bool fallback) {
  const Json* value = find(key);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) wrong(key + " must be true or false");
  return value->get<bool>();
}

std::string Spec::text(const std::string& key, const std::string& fallback) {
  const Json* value = find(key);
  if (value == nullptr) return fallback;
  if (!value->is_string()) wrong(key + " must be a word");
  return value->get<std::string>();
}

std::vector<double> Spec::list(const std::string& key) {
  const Json* value = find(key);
  if (value == nullptr) return {};
  Json parts = value->is_array() ? *value : Json::array();
  if (value->is_string()) {
    std::istringstream words(value->get<std::string>());
    for (std::string word; std::getline(words, word, '/');) parts.push_back(value_of(word));
  } else if (!value->is_array()) {
    parts.push_back(*value);
  }
  std::vector<double> numbers;
  for (const Json& part : parts) {
    if (!part.is_number()) wrong(key + " must be numbers with / between them");
    numbers.push_back(part.get<double>());
  }
  return numbers;
}

std::map<std::string, double> Spec::numbers() {
  std::map<std::string, double> numbers;
  for (const auto& [key, value] : values_->items()) {
    asked_.insert(key);
    if (!value.is_number() && !value.is_boolean()) wrong(key + " must be a number, true or false");
    numbers[key] = value.is_boolean() ? (value.get<bool>() ? 1.0 : 0.0) : value.get<double>();
  }
  return numbers;
}

void Spec::finish() const {
  for (const auto& [key, value] : values_->items()) {
    if (asked_.contains(key)) continue;
    std::string known;
    for (const std::string& one : asked_) known += (known.empty() ? "" : ", ") + one;
    wrong("unknown key '" + key + "'" + (known.empty() ? "; it takes none" : "; known: " + known));
  }
}

}  // namespace nudge::cli
