#include "nudge/base/excerpt.h"

#include <cstddef>

namespace nudge {
namespace {

constexpr size_t kExcerptLength = 60;
constexpr size_t kLongestWord = 300;

// The last byte that a cut before `end` may keep, so that it does not go through a character of UTF-8.
size_t whole_characters(const std::string& text, size_t end) {
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return end;
}

bool is_control(char c) {
  const auto code = static_cast<unsigned char>(c);
  return code < 0x20 || code == 0x7F;
}

void put_word(std::string& line, const std::string& word) {
  if (word.size() <= kLongestWord) {
    line += word;
    return;
  }
  const size_t tail = whole_characters(word, word.size() - kExcerptLength);
  line += word.substr(0, whole_characters(word, kExcerptLength)) + "..." + word.substr(tail);
}

}  // namespace

std::string excerpt(const std::string& text) {
  if (text.size() <= kExcerptLength) return one_line(text);
  return one_line(text.substr(0, whole_characters(text, kExcerptLength))) + "...";
}

std::string in_quotes(const std::string& text) { return "'" + excerpt(text) + "'"; }

std::string one_line(const std::string& message) {
  std::string line, word;
  for (const char c : message) {
    if (c != ' ' && !is_control(c)) {
      word += c;
      continue;
    }
    put_word(line, word);
    word.clear();
    line += ' ';
  }
  put_word(line, word);
  return line;
}

}  // namespace nudge
