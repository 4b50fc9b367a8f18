#include "nudge/data/csv_table.h"

#include <fmt/format.h>

#include "nudge/base/error.h"

namespace nudge::data {
namespace {

class Parser {
 public:
  Parser(const std::string& text, char separator, const std::string& name)
      : text_(text), separator_(separator), name_(name) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;  // a mark that Windows puts before UTF-8
  }

  std::vector<CsvRow> run() {
    std::vector<CsvRow> rows;
    while (at_ < text_.size()) {
      CsvRow row{line_, {}};
      bool more = true;
      while (more) more = cell(row.cells);
      if (row.cells.size() > 1 || !row.cells.front().empty()) rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  // Whether another follows in the same row.
  bool cell(std::vector<std::string>& cells) {
    std::string value = at_ < text_.size() && text_[at_] == '"' ? quoted() : plain();
    cells.push_back(std::move(value));
    if (at_ == text_.size()) return false;
    if (text_[at_] == separator_) return ++at_, true;
    if (text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++line_;
    return false;
  }

  bool ends_cell(char c) const { return c == separator_ || c == '\n' || c == '\r'; }

  std::string plain() {
    std::string value;
    while (at_ < text_.size() && !ends_cell(text_[at_])) value += text_[at_++];
    return value;
  }

  std::string quoted() {
    const int64_t begin = line_;
    std::string value;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        value += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        value += text_[at_++];
      } else {
        ++at_;
        if (at_ == text_.size() || ends_cell(text_[at_])) return value;
        throw InputError(fmt::format("{}: line {}: words stand behind a closing quote", name_, line_));
      }
    }
    throw InputError(fmt::format("{}: line {}: a quote is never closed", name_, begin));
  }

  const std::string& text_;
  const char separator_;
  const std::string& name_;
  size_t at_ = 0;
  int64_t line_ = 1;
};

}  // namespace

std::vector<CsvRow> parse_csv(const std::string& text, char separator, const std::string& name) {
  return Parser(text, separator, name).run();
}

}  // namespace nudge::data
