#include "nudge/graph/layer_pattern.h"

#include <re2/re2.h>

#include "nudge/base/error.h"
#include "nudge/base/excerpt.h"

namespace nudge {

LayerPattern::LayerPattern(const std::string& expression) {
  RE2::Options options;
  options.set_log_errors(false);  // the library does not print
  options.set_dot_nl(true);
  expression_ = std::make_shared<const RE2>(expression, options);
  if (!expression_->ok()) {
    throw ValueError(in_quotes(expression) +
                     " is not a regular expression of layer names: " + excerpt(expression_->error()));
  }
}

bool LayerPattern::matches(const std::string& name) const { return RE2::FullMatch(name, *expression_); }

}  // namespace nudge
