// A table that grows row by row, as a file of separated values.
#pragma once

#include <string>
#include <vector>

#include "nudge/base/json.h"

namespace nudge::train {

struct CSVLoggerOptions {
  char separator = ',';
  bool append = false;  // below what the file holds; else it is written anew
};

// The file is whole after every save(); where it cannot be written, that is warned of once and tried again
// with the next.
class TableFile {
 public:
  // Throws ValueError without a name, or on a separator that numbers may hold.
  TableFile(std::string filename, CSVLoggerOptions options);

  // Throws OutputError where the file cannot be written.  A table that was restored is written as it was.
  void begin();
  bool empty() const { return text_.empty(); }
  void add_row(const std::vector<std::string>& cells);
  void save();

  // For a run that goes on.
  const std::string& text() const { return text_; }
  void restore(std::string text);

 private:
  std::string filename_;
  CSVLoggerOptions options_;
  std::string text_;
  bool restored_ = false;
  bool warned_ = false;
};

// As Python writes it.
std::string number_cell(double value);

}  // namespace nudge::train
