// Options of a command given in JSON, by the names and with the meaning of its flags: the command's own table
// of options says what there is.
#pragma once

#include <string>
#include <vector>

#include "nudge/base/json.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace nudge::cli {

// The arguments that `options` stand for: {"epochs": 3, "reestimate-bn": true, "callbacks": ["a", "b"]}.
// `who` starts every key in messages: "flowers.json: train".  Throws InputError on an unknown key or a value
// of another type: "flowers.json: train.epochs: expected a number, got \"3\"".
std::vector<std::string> arguments_from(const CLI::App& command, const Json& options, const std::string& who);

// A schema of those options (JSON Schema 2020-12), of an object without others.
Json options_schema(const CLI::App& command);

}  // namespace nudge::cli
