// SPDX-License-Identifier: MIT
#include "ctl/table.h"

#include <gtest/gtest.h>

#include <array>
#include <clocale>
#include <iostream>

namespace caretaker::ctl {
namespace {

class TableTest : public testing::Test {
 protected:
  TableTest() { std::setlocale(LC_CTYPE, "C.UTF-8"); }

  static std::string print(const Console& console, std::string text, Colour colour = Colour::none) {
    constexpr Column columns[] = {{"NAME", Align::shrink}, {"COUNT", Align::right}};
    Table table(columns, console);
    table.add_row(std::array<Cell, 2>{{{std::move(text), colour}, {"7"}}});
    return table.text();
  }

  Console console{.out = std::cout, .error = std::cerr};
};

TEST_F(TableTest, AlignsNumbersToTheRight) {
  EXPECT_EQ(print(console, "a"), "NAME COUNT\na        7\n");
}

TEST_F(TableTest, IsEmptyWithoutRows) {
  constexpr Column columns[] = {{"NAME"}};
  EXPECT_EQ(Table(columns, console).text(), "");
}

TEST_F(TableTest, KeepsHostileTextInItsCell) {
  EXPECT_EQ(print(console, "a\nb\x1b[31m\xFF"),
            "NAME                COUNT\na\\u000ab\\u001b[31m\xEF\xBF\xBD     7\n");
  EXPECT_EQ(print(console, "\\x41"), "NAME    COUNT\n\\x5cx41     7\n");
}

TEST_F(TableTest, CountsWideCharactersAsTwoColumns) {
  EXPECT_EQ(print(console, "日本"), "NAME COUNT\n日本     7\n");
}

TEST_F(TableTest, CutsTheShrinkingColumnInANarrowTerminal) {
  console.width = 20;
  const std::string text = print(console, std::string(50, 'x'));
  const std::string row = text.substr(text.find('\n') + 1);
  EXPECT_LE(row.size(), 21U) << text;
  EXPECT_TRUE(row.ends_with(" 7\n")) << text;
}

TEST_F(TableTest, HasColoursOnlyWhereTheConsoleHas) {
  EXPECT_EQ(print(console, "a", Colour::red).find('\033'), std::string::npos);
  console.colours = true;
  EXPECT_NE(print(console, "a", Colour::red).find("\033[31m"), std::string::npos);
}

}  // namespace
}  // namespace caretaker::ctl
