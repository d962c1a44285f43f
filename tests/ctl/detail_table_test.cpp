// SPDX-License-Identifier: MIT
#include "ctl/detail_table.h"

#include <gtest/gtest.h>

#include <clocale>
#include <iostream>

namespace caretaker::ctl {
namespace {

TEST(WrapText, BreaksBetweenWordsOnly) {
  EXPECT_EQ(wrap_text("aa bb cc", 2, 7), "  aa bb\n  cc\n");
  EXPECT_EQ(wrap_text("aa bb cc", 2, 8), "  aa bb\n  cc\n");
  EXPECT_EQ(wrap_text("aa bb cc", 2, 10), "  aa bb cc\n");
  EXPECT_EQ(wrap_text("aaaaaaaaaa b", 1, 4), " aaaaaaaaaa\n b\n");
  EXPECT_EQ(wrap_text("  a   b ", 0, 0), "a b\n");
  EXPECT_EQ(wrap_text("", 2, 10), "");
}

TEST(WrapText, CountsCharactersNotBytes) {
  EXPECT_EQ(wrap_text("äöü äöü", 0, 7), "äöü äöü\n");
}

class DetailTable : public testing::Test {
 protected:
  DetailTable() { std::setlocale(LC_CTYPE, "C.UTF-8"); }

  [[nodiscard]] std::string print(const std::vector<DetailRow>& rows) const {
    constexpr Column columns[] = {{"NAME", Align::shrink}, {"N", Align::right}};
    return detail_table(columns, "WHY", rows, console);
  }

  Console console{.out = std::cout, .error = std::cerr};
};

TEST_F(DetailTable, IsOneLinePerRowWithoutATerminal) {
  EXPECT_EQ(print({{{{"a"}, {"1"}}, "because it is"}, {{{"b"}, {"2"}}, ""}}),
            "NAME N WHY\na    1 because it is\nb    2\n");
}

TEST_F(DetailTable, PutsTheSentenceBelowItsRowOnATerminal) {
  console.width = 14;
  EXPECT_EQ(print({{{{"a"}, {"1"}}, "because it\nis"}, {{{"b"}, {"2"}}, ""}}),
            "NAME N\na    1\n    because\n    it\\u000ais\nb    2\n");
}

TEST_F(DetailTable, HasNoColumnThatIsAlwaysEmpty) {
  EXPECT_EQ(print({{{{"a"}, {"1"}}, ""}}), "NAME N\na    1\n");
}

TEST_F(DetailTable, IsEmptyWithoutRows) {
  EXPECT_EQ(print({}), "");
  console.width = 40;
  EXPECT_EQ(print({}), "");
}

}  // namespace
}  // namespace caretaker::ctl
