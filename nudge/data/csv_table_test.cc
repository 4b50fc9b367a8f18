#include "nudge/data/csv_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"

namespace nudge::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

using Rows = std::vector<std::vector<std::string>>;

Rows cells(const std::string& text, char separator = ',') {
  Rows rows;
  for (CsvRow& row : parse_csv(text, separator, "a.csv")) rows.push_back(std::move(row.cells));
  return rows;
}

// What Python's csv.reader makes of the same texts.
TEST(CsvTable, IsReadAsPythonReadsIt) {
  EXPECT_EQ(cells("a,b\nc,d\n"), (Rows{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(cells("a,b\r\nc,d"), (Rows{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(cells("\"a, b\",\"say \"\"no\"\"\"\nx,\"two\nlines\"\n"),
            (Rows{{"a, b", "say \"no\""}, {"x", "two\nlines"}}));
  EXPECT_EQ(cells(",\n,x,\n"), (Rows{{"", ""}, {"", "x", ""}}));
  EXPECT_EQ(cells("a\tb,c\n", '\t'), (Rows{{"a", "b,c"}}));
  EXPECT_EQ(cells("in\"side,b\n"), (Rows{{"in\"side", "b"}}));
  EXPECT_THAT(cells(""), IsEmpty());
  EXPECT_EQ(cells("\n\na,b\n\n"), (Rows{{"a", "b"}}));
  EXPECT_EQ(cells("\xEF\xBB\xBFpath,label\n"), (Rows{{"path", "label"}}));
}

TEST(CsvTable, LinesAreCountedThroughQuotes) {
  const auto rows = parse_csv("a,\"1\n2\"\nb,c\n\nd,e\n", ',', "a.csv");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].line, 1);
  EXPECT_EQ(rows[1].line, 3);
  EXPECT_EQ(rows[2].line, 5);
}

TEST(CsvTable, QuotesAreClosed) {
  EXPECT_THAT([] { parse_csv("a\nb,\"c\nd", ',', "a.csv"); },
              ThrowsMessage<InputError>(HasSubstr("a.csv: line 2: a quote is never closed")));
  EXPECT_THAT([] { parse_csv("\"a\" b,c\n", ',', "a.csv"); },
              ThrowsMessage<InputError>(HasSubstr("a.csv: line 1: words stand behind a closing quote")));
}

}  // namespace
}  // namespace nudge::data
