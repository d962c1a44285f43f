// SPDX-License-Identifier: MIT
#include "config/ini_file.h"

#include <gtest/gtest.h>

namespace caretaker {
namespace {

using std::string;

// One line per section, value and mistake.
string parsed(std::string_view text) {
  const IniFile file = parse_ini(text);
  string out;
  for (const IniSection& section : file.sections) {
    out += std::to_string(section.line) + "[" + section.name + "]\n";
    for (const IniEntry& entry : section.entries) {
      out += entry.key + " ->";
      for (const IniLine& value : entry.values)
        out += " " + std::to_string(value.number) + "<" + value.text + ">";
      out += "\n";
    }
  }
  for (const IniMistake& mistake : file.mistakes) {
    out += "!" + std::to_string(mistake.line) + " (" + mistake.section + ") (" + mistake.key + ") " +
           mistake.message + "\n";
  }
  return out;
}

constexpr std::string_view semicolon =
    "' ;' would end the value here: write comments on lines of their own, and a password that contains it "
    "into a file "
    "(password_file)\n";

TEST(IniFile, ReadsSectionsKeysAndCommentsWithTheirLines) {
  EXPECT_EQ(parsed("# comment\n\n[a]\nkey = value \n; comment\n  # comment\nk2=v=w;x\n[b.C-1]  \nk3: v\n"),
            "3[a]\nkey -> 4<value>\nk2 -> 7<v=w;x>\n8[b.C-1]\nk3 -> 9<v>\n");
}

TEST(IniFile, AcceptsWindowsLineEndsAByteOrderMarkAndAMissingLastNewline) {
  EXPECT_EQ(parsed("\xEF\xBB\xBF[a]\r\nk = v\r\n\r\nl = w"), "1[a]\nk -> 2<v>\nl -> 4<w>\n");
}

TEST(IniFile, GivesIndentedLinesToTheKeyAbove) {
  EXPECT_EQ(parsed("[a]\nlist = one\n  two\n\n  # comment\n\tthree = 3\nempty =\n  [four]\n"),
            "1[a]\nlist -> 2<one> 3<two> 6<three = 3>\nempty -> 7<> 8<[four]>\n");
}

TEST(IniFile, RefusesIndentedLinesThatContinueNothing) {
  constexpr const char* rule =
      "begins with a blank, but there is no list above that it could continue: remove the blank\n";
  EXPECT_EQ(parsed("[a]\n  k = v\n\tl = w\nm = x\n"),
            string("1[a]\nm -> 4<x>\n!2 (a) () ") + rule + "!3 (a) () " + rule);
}

TEST(IniFile, TakesALineOf199BytesAndRefusesALongerOne) {
  const string fits = "k=" + string(ini_line_bytes_max - 2, 'x');
  EXPECT_EQ(parsed("[a]\n" + fits + "\n"), "1[a]\nk -> 2<" + fits.substr(2) + ">\n");
  EXPECT_EQ(parsed("[a]\n" + fits + "x\n and more\n" + "l=1\n"),
            "1[a]\nl -> 4<1>\n"
            "!2 (a) (k) the line has 200 bytes, at most 199 are read: lists continue on indented lines\n");
  EXPECT_EQ(parsed("[a]\nk=\n " + string(300, 'x') + "\n"),
            "1[a]\nk -> 2<>\n"
            "!3 (a) (k) the line has 301 bytes, at most 199 are read: lists continue on indented lines\n");
}

TEST(IniFile, TakesLongComments) {
  EXPECT_EQ(parsed("[a]\n#" + string(1000, 'k') + "=1\nk=1\n"), "1[a]\nk -> 3<1>\n");
}

TEST(IniFile, RefusesASemicolonThatWouldCutTheValue) {
  EXPECT_EQ(parsed("[a]\npassword = ab ;cd\nk =;x\nl = \t;y\n"),
            "1[a]\nk -> 3<;x>\n!2 (a) (password) " + string(semicolon) + "!4 (a) (l) " + string(semicolon));
  EXPECT_EQ(parsed("[a]\nk = 1\n  two ;x\n"), "1[a]\nk -> 2<1>\n!3 (a) (k) " + string(semicolon));
}

TEST(IniFile, TakesASectionNameOf49BytesAndRefusesALongerOneWithItsKeys) {
  const string name(ini_section_bytes_max, 's');
  EXPECT_EQ(parsed("[" + name + "]\nk=1\n"), "1[" + name + "]\nk -> 2<1>\n");
  EXPECT_EQ(parsed("[" + name + "s]\nk=1\n l\n[b]\nk=2\n"),
            "4[b]\nk -> 5<2>\n!1 () () the section's name is longer than 49 bytes\n");
}

TEST(IniFile, RefusesSectionLinesThatWouldBeMisread) {
  for (const char* line : {"[a] k=1", "[a", "[a]]", "[a] ; comment", "[a][b]"}) {
    EXPECT_EQ(parsed(string(line) + "\nk=1\n"), "!1 () () a section is '[name]' on a line of its own\n")
        << line;
  }
  for (const char* line : {"[]", "[ a ]", "[a b]", "[a*]", "[\xC3\xA4]"}) {
    EXPECT_EQ(parsed(string(line) + "\nk=1\n"),
              "!1 () () a section's name consists of letters, digits, '_', '-' and '.'\n")
        << line;
  }
}

TEST(IniFile, RefusesKeysOutsideOfASection) {
  EXPECT_EQ(parsed("k = 1\n more\n"),
            "!1 () (k) stands outside of a section: put it below a line such as [service]\n");
}

TEST(IniFile, RefusesLinesThatAreNeitherKeyNorSection) {
  EXPECT_EQ(parsed("[a]\nk=1\nsome secret text\n more\nl=2\n= v"),
            "1[a]\nk -> 2<1>\nl -> 5<2>\n"
            "!3 (a) () is neither 'key = value' nor '[section]' nor a comment\n"
            "!6 (a) () has no key before the '='\n");
}

TEST(IniFile, RefusesBytesThatAreNoText) {
  EXPECT_EQ(parsed(string("[a]\nk = \xFF\nl = a") + '\0' + "b\nm = a\x01\n# \xFF\nn = \x7F\rx\n"),
            "1[a]\n"
            "!2 (a) (k) is not valid UTF-8\n"
            "!3 (a) (l) contains a NUL byte: this is not a text file\n"
            "!4 (a) (m) contains a control character\n"
            "!5 (a) () is not valid UTF-8\n"
            "!6 (a) (n) contains a control character\n");
  EXPECT_EQ(parsed("[a\xFF]\nk=1\n"), "!1 () () is not valid UTF-8\n");
}

TEST(IniFile, ShowsOnlyKeysThatLookLikeOne) {
  EXPECT_EQ(parse_ini("ro$ot:x\n").mistakes.at(0).key, "");
  EXPECT_EQ(parse_ini(string(65, 'k') + "=x\n").mistakes.at(0).key, "");
  EXPECT_EQ(parse_ini(string(64, 'k') + "=x\n").mistakes.at(0).key, string(64, 'k'));
  EXPECT_EQ(parse_ini("hunter2\n").mistakes.at(0).key, "");
}

TEST(IniFile, EndsAfterAHundredMistakes) {
  string text;
  for (int i = 0; i < 10'000; ++i) text += "x\n";
  EXPECT_EQ(parse_ini(text).mistakes.size(), ini_mistakes_max);
}

}  // namespace
}  // namespace caretaker
