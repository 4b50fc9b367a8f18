// What a source is opened from: "PATH", or with options of its kind "PATH?KEY=VALUE&KEY=VALUE".
#pragma once

#include <map>
#include <string>
#include <vector>

namespace nudge::data {

struct SourceSpec {
  std::string text;  // the whole of it, for messages
  std::string path;
  std::map<std::string, std::string> options;

  // The option's value, or `fallback`.
  std::string option(const std::string& key, const std::string& fallback) const;
  // Throws InputError naming an option that is none of `known`.
  void check_options(const std::vector<std::string>& known) const;
};

// A question mark belongs to the path where a file of that whole name exists.  Throws InputError on a pair
// without a key or a value, or one that is there twice.
SourceSpec parse_source_spec(const std::string& text);

}  // namespace nudge::data
